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
from services.oversight import api, store
from services.oversight.announcements import Announcements
from services.oversight.casebook import api as cases_api
from services.oversight.casebook import decisions_api, rules_api
from services.oversight.casebook.deciding import Deciding
from services.oversight.cases import store as cases
from services.oversight.folder import AlertFolder, DeadLetterFolder
from services.oversight.redriving import api as dead_letters_api
from services.oversight.redriving import store as dead_letters
from services.oversight.room import Oversight
from services.oversight.settings import SCHEMA, ApiProcess, WorkerProcess
from services.oversight.store import CHANNEL
from services.oversight.views import Places
from services.topology import FACILITIES
from services.vietnam.directory import PROVINCES_FILE, FacilityDirectory, load_provinces

DUMPS = (*store.DUMPS, *cases.DUMPS, *dead_letters.DUMPS)
"""Everything oversight holds of the log."""

ROUTES = (
    api.routes,
    cases_api.routes,
    decisions_api.routes,
    rules_api.routes,
    dead_letters_api.routes,
)
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
        deciding=Deciding(settings, published_language()),
        new_cases_a_day=settings.new_cases_a_day,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with (
            oversight.registry,
            facilities,
            oversight.deciding.opened(),
            database.open_pool(settings, schema, migrations=MIGRATIONS) as oversight.pool,
            oversight.announcements.listening(oversight.pool),
        ):
            yield

    return make_app(
        "RxLog oversight",
        settings,
        verifier=verifier or TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        routers=[made(oversight) for made in ROUTES],
        description="Alerts, cases, decisions, statistics, dead letters. Alerts are indications.",
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
            settings = load(ApiProcess)
            telemetry.configure(settings.room, settings.log_level)
            serve(build_api(settings), settings)
        case _:
            refuse(
                "Say what to run: python -m services.oversight worker, dead-letters, api, or "
                "rebuild [--verify] [--swap] [--fresh]."
            )


if __name__ == "__main__":
    main()
