"""Settings of oversight's three processes."""

from __future__ import annotations

from pathlib import Path

from services.kernel.folding.process import FolderSettings
from services.kernel.settings import ApiSettings, DatabaseSettings, HttpUrl
from services.vietnam.directory import FACILITIES_FILE

SCHEMA = "oversight"


class WorkerProcess(FolderSettings):
    """A worker: it folds the alerts, or the dead letters."""


class ApiProcess(ApiSettings, DatabaseSettings):
    """What regulators ask. `facilities_file` names the places; the shipped sample by default."""

    registry_url: HttpUrl
    facilities_file: Path = FACILITIES_FILE
