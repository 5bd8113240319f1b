"""Settings of the registry's two processes."""

from __future__ import annotations

from pydantic import Field

from services.kernel.folding.process import FolderSettings
from services.kernel.settings import ApiSettings, DatabaseSettings, HttpUrl

SCHEMA = "registry"


class WorkerProcess(FolderSettings):
    """The worker that folds the log, and appends a tick to each of its partitions every
    `tick_every_s` seconds (0: never)."""

    tick_every_s: float = Field(default=30, ge=0, le=86_400)


class ApiProcess(ApiSettings, DatabaseSettings):
    """The look-ups."""

    identity_url: HttpUrl
