"""Settings of the prescribing room."""

from __future__ import annotations

from services.kernel.settings import ApiSettings, HttpUrl, KafkaSettings


class Settings(ApiSettings, KafkaSettings):
    """`code_attempts_max` is how many codes are tried for one prescription."""

    identity_url: HttpUrl
    registry_url: HttpUrl
    code_attempts_max: int = 5
