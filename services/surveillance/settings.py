"""Settings of surveillance."""

from __future__ import annotations

from pathlib import Path

from services.kernel.folding.process import FolderSettings

SCHEMA = "surveillance"


class WorkerProcess(FolderSettings):
    """The worker that folds the facts; without `parameters_file` the shipped rules' data apply."""

    parameters_file: Path | None = None
