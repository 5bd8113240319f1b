"""Composition root of surveillance: `python -m services.surveillance worker`."""

from __future__ import annotations

from pathlib import Path

from services.kernel import telemetry
from services.kernel.folding.process import run_folder
from services.kernel.log.language import published_language
from services.kernel.settings import load
from services.surveillance.folder import SurveillanceFolder
from services.surveillance.parameters import Parameters
from services.surveillance.settings import SCHEMA, WorkerProcess

MIGRATIONS = Path(__file__).with_name("migrations")


def main() -> None:
    settings = load(WorkerProcess)
    telemetry.configure(settings.room, settings.log_level)
    parameters = Parameters.load(settings.parameters_file)
    folder = SurveillanceFolder(published_language(), parameters)
    run_folder(settings, SCHEMA, MIGRATIONS, folder)


if __name__ == "__main__":
    main()
