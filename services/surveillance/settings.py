"""Settings of surveillance."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.kernel.folding.process import FolderSettings

SCHEMA = "surveillance"


class WorkerProcess(FolderSettings):
    """The worker that folds the facts; without `parameters_file` the shipped rules' data apply.
    Months that are over are reviewed every `review_every_s` seconds, if anything changed."""

    parameters_file: Path | None = None
    review_every_s: float = Field(default=900, ge=30, le=86_400)
