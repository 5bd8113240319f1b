"""Where the network is, who asks, in which language: read from `RXLOG_*` when a command runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from services.kernel.settings import PREFIX, CannotStartError, HttpUrl

Room = Literal["prescribing", "registry", "oversight"]
Language = Literal["en", "vi"]
T = TypeVar("T")

Resolve = Callable[[], Mapping[str, str]]
"""Gives the `RXLOG_*` variables that say where the network is."""

REGULATOR = "regulator:RXLOG:terminal:-"
"""Who asks about alerts and prescriptions at the development issuer, unless said otherwise."""


class Settings(BaseModel):
    """The variables without their prefix. `client_id`, `client_secret_file` and `token_url` are
    for an OpenID provider of your own; else the secret is made of `room.secret`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: HttpUrl | None = None
    token_url: HttpUrl | None = None
    prescribing_url: HttpUrl | None = None
    registry_url: HttpUrl | None = None
    oversight_url: HttpUrl | None = None
    secrets_dir: Path | None = None
    client_id: str | None = None
    client_secret_file: Path | None = None

    @property
    def tokens(self) -> str:
        """Where tokens are issued."""
        if self.token_url is not None:
            return self.token_url
        return f"{_known(self.issuer, 'ISSUER')}/token"

    def url(self, room: Room) -> str:
        """The address of a room. Raises `CannotStartError` when nobody said it."""
        addresses = {
            "prescribing": self.prescribing_url,
            "registry": self.registry_url,
            "oversight": self.oversight_url,
        }
        return _known(addresses[room], f"{room.upper()}_URL")

    @property
    def master_secret_file(self) -> Path:
        """The development issuer's secret."""
        return Path(_known(self.secrets_dir, "SECRETS_DIR")) / "room.secret"


def from_environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def read_settings(variables: Mapping[str, str]) -> Settings:
    """The settings in these variables. Raises `CannotStartError` naming every wrong one."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and value
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        names = ", ".join(PREFIX + str(item["loc"][0]).upper() for item in error.errors())
        raise CannotStartError(
            f"Correct {names}: give an address such as http://127.0.0.1:8101."
        ) from None


def language(given: Language | None, variables: Mapping[str, str]) -> Language:
    """The language asked for, else that of `RXLOG_LANG`, else English."""
    if given is not None:
        return given
    return "vi" if variables.get(f"{PREFIX}LANG", "").lower().startswith("vi") else "en"


def _known(value: T | None, name: str) -> T:
    if value is None:
        raise CannotStartError(
            f"Nobody said where the network is: start one with `rxlog up`, or set {PREFIX}{name}."
        )
    return value
