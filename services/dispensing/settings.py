"""Settings of the dispensing room."""

from __future__ import annotations

from services.kernel.settings import ApiSettings, HttpUrl, KafkaSettings


class Settings(ApiSettings, KafkaSettings):
    """Its own port, the log, and the registry for verdicts that were late."""

    registry_url: HttpUrl
