"""Settings of the development issuer."""

from __future__ import annotations

from pydantic import Field

from services.kernel.settings import HttpSettings, RoomName


class Settings(HttpSettings):
    """`issuer` is the URL it is reached at and the `iss` of its tokens."""

    room: RoomName = "issuer"
    issuer: str = Field(pattern=r"^https?://.*[^/]$")
