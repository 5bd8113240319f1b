"""Composition root of the registry: `python -m services.registry worker|api|rebuild|lost`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.kernel import telemetry
from services.kernel.folding.process import run_folder
from services.kernel.folding.rebuild import rebuild
from services.kernel.folding.republishing import republish
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.tokens import TokenVerifier
from services.kernel.http.web import make_app, serve
from services.kernel.log.language import published_language
from services.kernel.settings import CannotStartError, load, refuse
from services.kernel.store import database
from services.registry.api import Registry, routes
from services.registry.folder import RegistryFolder
from services.registry.lost import write_lost
from services.registry.set_aside import read_set_aside
from services.registry.settings import SCHEMA, ApiProcess, WorkerProcess
from services.registry.store import DUMPS

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK_TIMEOUT_MS = 2_000
"""How long a look-up waits for a batch under way before it says that it cannot answer."""


def build_api(settings: ApiProcess) -> FastAPI:
    """The look-ups; nothing is connected before the application starts."""
    identity = Peer("identity", settings.identity_url, RoomToken.from_settings(settings))
    registry = Registry(codec=published_language(), identity=identity)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        opened = database.open_pool(
            settings, SCHEMA, migrations=MIGRATIONS, lock_timeout_ms=LOCK_TIMEOUT_MS
        )
        async with identity, opened as registry.pool:
            yield

    return make_app(
        "RxLog registry",
        settings,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        routers=[routes(registry)],
        description="Look-ups: a prescription now or as it was, its history, a patient's.",
        outages=database.OUTAGES,
        checks={"postgres": lambda: database.check(registry.pool)},
    )


def registry_folder(settings: WorkerProcess) -> RegistryFolder:
    """The fold, with what was told unreadable before it begins."""
    codec = published_language()
    try:
        return RegistryFolder(codec, read_set_aside(settings.kafka_bootstrap, codec))
    except CannotStartError as error:
        refuse(str(error))


def main() -> None:
    match sys.argv[1:]:
        case ["worker"]:
            worker = load(WorkerProcess)
            telemetry.configure(worker.room, worker.log_level)
            run_folder(worker, SCHEMA, MIGRATIONS, registry_folder(worker))
        case ["api"]:
            api = load(ApiProcess)
            telemetry.configure(api.room, api.log_level)
            serve(build_api(api), api)
        case ["rebuild", *options]:
            worker = load(WorkerProcess)
            telemetry.configure(worker.room, worker.log_level)
            sys.exit(
                rebuild(
                    worker,
                    SCHEMA,
                    MIGRATIONS,
                    registry_folder(worker),
                    DUMPS,
                    swap="--swap" in options,
                    carried_over=("lookup",),
                )
            )
        case ["lost"]:
            sys.exit(asyncio.run(write_lost(load(WorkerProcess), SCHEMA)))
        case ["republish"]:
            worker = load(WorkerProcess)
            telemetry.configure(worker.room, worker.log_level)
            folder = registry_folder(worker)
            records = asyncio.run(republish(worker, SCHEMA, MIGRATIONS, folder))
            sys.stdout.write(f"the results of {records} records are published again\n")
        case _:
            sys.exit(
                "Say what to run: python -m services.registry worker|api|rebuild|lost|republish"
            )


if __name__ == "__main__":
    main()
