"""Settings of the dispensing room."""

from __future__ import annotations

from pathlib import Path

from services.kernel.settings import ApiSettings, HttpUrl, KafkaSettings
from services.vietnam.catalogue import DRUGS_FILE
from services.vietnam.directory import FACILITIES_FILE


class Settings(ApiSettings, KafkaSettings):
    """`facilities_file` and `drugs_file` default to the shipped samples."""

    registry_url: HttpUrl
    facilities_file: Path = FACILITIES_FILE
    drugs_file: Path = DRUGS_FILE
