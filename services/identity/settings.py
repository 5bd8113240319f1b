"""Settings of the identity room."""

from __future__ import annotations

from pydantic import Field

from services.kernel.settings import ApiSettings, DatabaseSettings, KafkaSettings, RoomName

SCHEMA = "identity"
MASTER_KEY_FILE = "identity-master.key"


class Settings(ApiSettings, DatabaseSettings, KafkaSettings):
    """`lookups_per_minute_max` bounds how often one facility may look people up by number."""

    room: RoomName = "identity"
    lookups_per_minute_max: int = Field(default=30, ge=1)
