"""Settings of a process: read once from `RXLOG_*` variables, then frozen.

A room's settings class inherits the parts its process needs and adds its own fields; a peer's
address is such a field (`identity_url: HttpUrl` reads `RXLOG_IDENTITY_URL`). Secrets never come in
variables, they lie in files below `secrets_dir`; the database password inside the URL is the one
exception and is never shown.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "RXLOG_"

RoomName = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9-]*$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]


def _http_url(url: str) -> str:
    """The URL without a closing slash, so that paths can be appended to it."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url.rstrip("/")


def _postgres_url(url: SecretStr) -> SecretStr:
    """Refuse what the database driver would only stumble over later."""
    if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    return url


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class CannotStartError(Exception):
    """The process cannot start; the message is one plain sentence that says what to do."""


class RoomSettings(BaseSettings):
    """What every process has: its name, its log level, the folder of its secret files."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    room: RoomName
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    secrets_dir: Path


class HttpSettings(RoomSettings):
    """Where a process listens. Of requests that change something, `calls_at_once_max` at most are
    under way at a time; what is beyond is told to come back (503)."""

    host: str = "127.0.0.1"
    port: Port
    connections_max: int = Field(default=2_000, ge=1)
    calls_at_once_max: int = Field(default=250, ge=1)


class ApiSettings(HttpSettings):
    """An API that verifies its callers' tokens and may call other rooms.

    `issuer` is the expected `iss`. `token_url`, `client_id` and `client_secret_file` are only
    needed with an OpenID provider other than the development issuer.
    """

    issuer: str = Field(pattern=r"^https?://")
    jwks_url: HttpUrl
    token_url: HttpUrl | None = None
    client_id: str | None = None
    client_secret_file: Path | None = None


class KafkaSettings(RoomSettings):
    """A process that appends to the log or reads it."""

    kafka_bootstrap: str = Field(pattern=r"^[^,\s]+:\d+(,[^,\s]+:\d+)*$")
    verdict_timeout_ms: Milliseconds = 5_000


class DatabaseSettings(RoomSettings):
    """A process that owns a Postgres schema."""

    postgres_url: Annotated[SecretStr, AfterValidator(_postgres_url)]
    postgres_connections_max: int = Field(default=10, ge=2, le=100)
    """Two at least: a batch, and what is noted beside it; a look-up, and who listens."""


class WorkerSettings(RoomSettings):
    """A process without a port: it touches this file while it is ready."""

    ready_file: Path | None = None


Loaded = TypeVar("Loaded", bound=RoomSettings)


def load(settings_class: type[Loaded], **given: Any) -> Loaded:
    """Read the settings, or say in one sentence what is missing or wrong and exit with code 2."""
    try:
        return settings_class(**given)
    except ValidationError as error:
        refuse(_sentence(error))


def refuse(sentence: str) -> NoReturn:
    """Print why the process cannot start, without a traceback, and exit with code 2."""
    sys.stderr.write(sentence.rstrip() + "\n")
    raise SystemExit(2)


def _sentence(error: ValidationError) -> str:
    """Name every missing and every wrong variable; values are not shown, they may be secret."""
    missing, wrong = [], []
    for item in error.errors(include_url=False, include_input=False):
        variable = PREFIX + str(item["loc"][0] if item["loc"] else "?").upper()
        if item["type"] == "missing":
            missing.append(variable)
        else:
            reason = item["msg"].removeprefix("Value error, ")
            wrong.append(f"{variable} ({reason[:1].lower()}{reason[1:]})")
    parts = []
    if missing:
        parts.append(f"set {' and '.join(missing)}")
    if wrong:
        parts.append(f"correct {' and '.join(wrong)}")
    return f"The settings are not complete: {', and '.join(parts)} in the environment, then start."
