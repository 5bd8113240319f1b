"""Settings of the registry's two processes."""

from __future__ import annotations

from services.kernel.folding.process import FolderSettings
from services.kernel.settings import ApiSettings, DatabaseSettings, HttpUrl

SCHEMA = "registry"


class WorkerProcess(FolderSettings):
    """The worker that folds the log."""


class ApiProcess(ApiSettings, DatabaseSettings):
    """The look-ups."""

    identity_url: HttpUrl
