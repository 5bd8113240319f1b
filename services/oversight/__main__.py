"""Composition root of oversight: `python -m services.oversight worker|dead-letters|api|rebuild`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.contracts.directories import FacilityListed
from services.kernel import telemetry
from services.kernel.folding.mechanism import Folder
from services.kernel.folding.process import run_folder
from services.kernel.folding.rebuild import Room, Wish, rebuild
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.tokens import TokenVerifier
from services.kernel.http.web import make_app, serve
from services.kernel.log.following import Followed
from services.kernel.log.language import published_language
from services.kernel.settings import load, refuse
from services.kernel.store import database
from services.oversight import store
from services.oversight.announcements import Announcements
from services.oversight.api import Oversight, routes
from services.oversight.cases import store as cases
from services.oversight.folder import AlertFolder, DeadLetterFolder
from services.oversight.redriving import store as dead_letters
from services.oversight.settings import SCHEMA, ApiProcess, WorkerProcess
from services.oversight.store import CHANNEL
from services.oversight.views import Places
from services.topology import FACILITIES
from services.vietnam.directory import PROVINCES_FILE, FacilityDirectory, load_provinces

DUMPS = (*store.DUMPS, *cases.DUMPS, *dead_letters.DUMPS)
"""Everything oversight holds of the log."""

MIGRATIONS = Path(__file__).with_name("migrations")


def build_api(
    settings: ApiProcess, verifier: TokenVerifier | None = None, schema: str = SCHEMA
) -> FastAPI:
    """The regulators' API; nothing is connected before the application starts."""
    facilities = Followed(settings, FACILITIES.name, published_language(), FacilityListed)
    oversight = Oversight(
        registry=Peer("registry", settings.registry_url, RoomToken.from_settings(settings)),
        places=Places.of(FacilityDirectory(facilities), load_provinces(PROVINCES_FILE)),
        announcements=Announcements(CHANNEL),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with (
            oversight.registry,
            facilities,
            database.open_pool(settings, schema, migrations=MIGRATIONS) as oversight.pool,
            oversight.announcements.listening(oversight.pool),
        ):
            yield

    return make_app(
        "RxLog oversight",
        settings,
        verifier=verifier or TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        routers=[routes(oversight)],
        description="Alerts with their evidence, statistics, dead letters. Alerts are indications.",
        checks={
            "postgres": lambda: database.check(oversight.pool),
            "facilities": facilities.check,
        },
        outages=database.OUTAGES,
    )


def fold(folder: Folder) -> None:
    """Run one of the room's two folders."""
    worker = load(WorkerProcess)
    telemetry.configure(worker.room, worker.log_level)
    run_folder(worker, SCHEMA, MIGRATIONS, folder)


def main() -> None:
    match sys.argv[1:]:
        case ["worker"]:
            fold(AlertFolder(published_language()))
        case ["dead-letters"]:
            fold(DeadLetterFolder(published_language()))
        case ["rebuild", *options] if Wish.understands(options):
            worker = load(WorkerProcess)
            telemetry.configure(worker.room, worker.log_level)
            codec = published_language()
            folders = (AlertFolder(codec), DeadLetterFolder(codec))
            room = Room(SCHEMA, MIGRATIONS, folders, DUMPS, carried_over=("lookup",))
            sys.exit(rebuild(worker, room, Wish.of(options)))
        case ["api"]:
            api = load(ApiProcess)
            telemetry.configure(api.room, api.log_level)
            serve(build_api(api), api)
        case _:
            refuse(
                "Say what to run: python -m services.oversight worker, dead-letters, api, or "
                "rebuild [--verify] [--swap] [--fresh]."
            )


if __name__ == "__main__":
    main()
