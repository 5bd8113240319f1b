"""Composition root of the registry: `python -m services.registry worker|api|rebuild|lost`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI

from services.kernel import telemetry
from services.kernel.folding.process import run_folder
from services.kernel.folding.rebuild import Room, Wish, print_line, rebuild, run
from services.kernel.folding.republishing import republish
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.tokens import TokenVerifier
from services.kernel.http.web import make_app, serve
from services.kernel.log.language import published_language
from services.kernel.settings import CannotStartError, load, refuse
from services.kernel.store import database
from services.registry.api import routers
from services.registry.folder import RegistryFolder
from services.registry.lookups.asking import PATIENCE_S, Registry
from services.registry.lookups.news import News
from services.registry.lost import write_lost
from services.registry.set_aside import read_set_aside
from services.registry.settings import SCHEMA, ApiProcess, WorkerProcess
from services.registry.store.dumps import DUMPS
from services.registry.store.loading import why_fold_again
from services.registry.ticking import Ticker

log = structlog.get_logger(__name__)

MIGRATIONS = Path(__file__).with_name("migrations")
LOOK_UP_TIMEOUT_MS = 5_000
"""Somebody stands at a counter and waits."""


def build_api(
    settings: ApiProcess, verifier: TokenVerifier | None = None, schema: str = SCHEMA
) -> FastAPI:
    """The look-ups; nothing is connected before the application starts."""
    identity = Peer("identity", settings.identity_url, RoomToken.from_settings(settings))
    registry = Registry(codec=published_language(), identity=identity, news=News(schema))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        opened = database.open_pool(
            settings,
            schema,
            migrations=MIGRATIONS,
            statement_timeout_ms=LOOK_UP_TIMEOUT_MS,
            lock_timeout_ms=round(PATIENCE_S * 1000),
        )
        async with (
            identity,
            opened as registry.pool,
            registry.news.listening(registry.pool),
        ):
            yield

    app = make_app(
        "RxLog registry",
        settings,
        verifier=verifier or TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        routers=routers(registry),
        description="Look-ups: a prescription, a patient's, a facility's day, what changed; now or "
        "as it was.",
        outages=database.OUTAGES,
        checks={"postgres": lambda: database.check(registry.pool)},
    )
    app.state.news = registry.news
    return app


def room(settings: WorkerProcess) -> Room:
    """What a rebuild needs to know of the registry."""
    folder = registry_folder(settings)
    return Room(SCHEMA, MIGRATIONS, (folder,), DUMPS, carried_over=("lookup", "fold_told"))


async def fold_again_if_due(settings: WorkerProcess) -> None:
    """Fold the log anew when a migration says that the tables cannot be completed from themselves.

    Readers go on with what is there until the swap. Who starts beside us waits its turn by failing
    and starting again.
    """
    opened = database.open_pool(settings, SCHEMA, migrations=MIGRATIONS)
    async with opened as pool, pool.acquire() as connection:
        why = await why_fold_again(connection)
    if why is not None and await run(settings, room(settings), Wish(swap=True), log.info) != 0:
        raise CannotStartError(f"The registry must be folded again ({why}) and could not be.")


def work(settings: WorkerProcess) -> None:
    """Fold the log until told to stop."""
    try:
        asyncio.run(fold_again_if_due(settings))
    except CannotStartError as error:
        refuse(str(error))
    ticker = Ticker(published_language(), settings.tick_every_s)
    run_folder(settings, SCHEMA, MIGRATIONS, registry_folder(settings), beat=ticker.beat)


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
            work(worker)
        case ["api"]:
            api = load(ApiProcess)
            telemetry.configure(api.room, api.log_level)
            serve(build_api(api), api)
        case ["rebuild", *options] if Wish.understands(options):
            worker = load(WorkerProcess)
            telemetry.configure(worker.room, worker.log_level)
            sys.exit(rebuild(worker, room(worker), Wish.of(options)))
        case ["lost"]:
            sys.exit(asyncio.run(write_lost(load(WorkerProcess), SCHEMA)))
        case ["republish"]:
            worker = load(WorkerProcess)
            telemetry.configure(worker.room, worker.log_level)
            folder = registry_folder(worker)
            records = asyncio.run(republish(worker, SCHEMA, MIGRATIONS, folder, print_line))
            sys.stdout.write(f"the results of {records} records are published again\n")
        case _:
            refuse(
                "Say what to run: python -m services.registry worker, api, lost, republish, or "
                "rebuild [--verify] [--swap] [--fresh]."
            )


if __name__ == "__main__":
    main()
