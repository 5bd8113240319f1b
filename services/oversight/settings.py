"""Settings of oversight's three processes."""

from __future__ import annotations

from services.kernel.folding.process import FolderSettings
from services.kernel.settings import ApiSettings, DatabaseSettings, HttpUrl, KafkaSettings

SCHEMA = "oversight"


class WorkerProcess(FolderSettings):
    """A worker: it folds the alerts, or the dead letters."""


class ApiProcess(ApiSettings, DatabaseSettings, KafkaSettings):
    """What regulators ask; the directory of facilities names the places."""

    registry_url: HttpUrl
