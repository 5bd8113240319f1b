"""Composition root of surveillance: `python -m services.surveillance worker|rebuild|late`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import structlog

from services.kernel import telemetry
from services.kernel.folding.process import run_folder
from services.kernel.folding.rebuild import Room, Wish, print_line, rebuild, run
from services.kernel.log.language import published_language
from services.kernel.settings import CannotStartError, load, refuse
from services.kernel.store import database
from services.surveillance.folder import SurveillanceFolder
from services.surveillance.late.telling import Language
from services.surveillance.late_taking import LateTaking
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.parameters import Parameters
from services.surveillance.reviewer import Reviewer
from services.surveillance.settings import SCHEMA, WorkerProcess
from services.surveillance.store.counters import why_fold_again
from services.surveillance.store.dumps import CARRIED_OVER, DUMPS

log = structlog.get_logger(__name__)

MIGRATIONS = Path(__file__).with_name("migrations")


async def fold_again_if_due(settings: WorkerProcess, room: Room) -> None:
    """Fold the facts anew when a migration says that the tables cannot be completed from
    themselves."""
    opened = database.open_pool(settings, SCHEMA, migrations=MIGRATIONS)
    async with opened as pool, pool.acquire() as connection:
        why = await why_fold_again(connection)
    if why is not None and await run(settings, room, Wish(swap=True), log.info) != 0:
        raise CannotStartError(f"The facts must be folded again ({why}) and could not be.")


def work(settings: WorkerProcess, parameters: Parameters, room: Room) -> None:
    """Fold the facts and review months until told to stop."""
    try:
        asyncio.run(fold_again_if_due(settings, room))
    except CannotStartError as error:
        refuse(str(error))
    measures = MeasureParameters(parameters.document)
    reviewer = Reviewer(settings, published_language(), measures, migrations=MIGRATIONS)
    (folder,) = room.folders
    run_folder(settings, SCHEMA, MIGRATIONS, folder, beat=reviewer.beat)


def main() -> None:
    settings = load(WorkerProcess)
    telemetry.configure(settings.room, settings.log_level)
    parameters = Parameters.load(settings.parameters_file)
    folder = SurveillanceFolder(published_language(), parameters)
    inputs = [settings.parameters_file] if settings.parameters_file else []
    room = Room(SCHEMA, MIGRATIONS, (folder,), DUMPS, CARRIED_OVER, inputs)
    match sys.argv[1:]:
        case ["worker"]:
            work(settings, parameters, room)
        case ["rebuild", *options] if Wish.understands(options):
            sys.exit(rebuild(settings, room, Wish.of(options)))
        case ["late", *options] if {"--publish", "--vi"}.issuperset(options):
            lang: Language = "vi" if "--vi" in options else "en"
            taking = LateTaking(settings, parameters, published_language(), lang, print_line)
            sys.exit(asyncio.run(taking.run(publish="--publish" in options)))
        case _:
            refuse(
                "Say what to run: python -m services.surveillance worker, rebuild [--verify] "
                "[--swap] [--fresh], or late [--publish] [--vi]."
            )


if __name__ == "__main__":
    main()
