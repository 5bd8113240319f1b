"""Settings of oversight's three processes."""

from __future__ import annotations

from pydantic import Field

from services.kernel.folding.process import FolderSettings
from services.kernel.settings import ApiSettings, DatabaseSettings, HttpUrl, KafkaSettings
from services.oversight.cases.budget import NEW_CASES_A_DAY

SCHEMA = "oversight"


class WorkerProcess(FolderSettings):
    """A worker: it folds the alerts, or the dead letters."""


class ApiProcess(ApiSettings, DatabaseSettings, KafkaSettings):
    """What regulators ask; the directory of facilities names the places. `new_cases_a_day` is how
    many new cases they are shown a day, the heaviest first."""

    registry_url: HttpUrl
    new_cases_a_day: int = Field(default=NEW_CASES_A_DAY, ge=1, le=100_000)
