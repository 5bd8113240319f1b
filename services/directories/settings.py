"""Where the log is, for a command that loads: read from `RXLOG_*` when it runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from services.kernel.settings import PREFIX, CannotStartError, KafkaSettings

ROOM = "directories"


def from_environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def read_settings(variables: Mapping[str, str]) -> KafkaSettings:
    """The settings in these variables. Raises `CannotStartError` saying what to set."""
    bootstrap = variables.get(f"{PREFIX}KAFKA_BOOTSTRAP", "")
    try:
        return settings_for(bootstrap)
    except ValidationError:
        raise CannotStartError(
            "Nobody said where the log is: start a network with `rxlog up`, or set "
            f"{PREFIX}KAFKA_BOOTSTRAP to host:port."
        ) from None


def settings_for(bootstrap: str) -> KafkaSettings:
    """The settings for a log at `bootstrap`, host:port."""
    return KafkaSettings(room=ROOM, secrets_dir=Path(), kafka_bootstrap=bootstrap)
