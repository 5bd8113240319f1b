"""Settings of the claims room."""

from __future__ import annotations

from pathlib import Path

from services.kernel.settings import ApiSettings, HttpUrl, KafkaSettings
from services.vietnam.directory import FACILITIES_FILE


class Settings(ApiSettings, KafkaSettings):
    """`facilities_file` defaults to the shipped sample."""

    registry_url: HttpUrl
    facilities_file: Path = FACILITIES_FILE
