"""Composition root of surveillance: `python -m services.surveillance worker|rebuild`."""

from __future__ import annotations

import sys
from pathlib import Path

from services.kernel import telemetry
from services.kernel.folding.process import run_folder
from services.kernel.folding.rebuild import Room, Wish, rebuild
from services.kernel.log.language import published_language
from services.kernel.settings import load, refuse
from services.surveillance.folder import SurveillanceFolder
from services.surveillance.parameters import Parameters
from services.surveillance.settings import SCHEMA, WorkerProcess
from services.surveillance.store import DUMPS

MIGRATIONS = Path(__file__).with_name("migrations")


def main() -> None:
    settings = load(WorkerProcess)
    telemetry.configure(settings.room, settings.log_level)
    parameters = Parameters.load(settings.parameters_file)
    folder = SurveillanceFolder(published_language(), parameters)
    match sys.argv[1:]:
        case ["worker"]:
            run_folder(settings, SCHEMA, MIGRATIONS, folder)
        case ["rebuild", *options] if Wish.understands(options):
            inputs = [settings.parameters_file] if settings.parameters_file else []
            room = Room(SCHEMA, MIGRATIONS, (folder,), DUMPS, inputs=inputs)
            sys.exit(rebuild(settings, room, Wish.of(options)))
        case _:
            refuse(
                "Say what to run: python -m services.surveillance worker, or rebuild [--verify] "
                "[--swap] [--fresh]."
            )


if __name__ == "__main__":
    main()
