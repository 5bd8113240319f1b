"""The only place where the program reads a clock or draws randomness."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, timezone-aware in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never steps back; only differences mean something."""
    return time.monotonic()


def random_bytes(count: int) -> bytes:
    """`count` bytes fit for keys, from the operating system."""
    return secrets.token_bytes(count)


def new_uuid() -> uuid.UUID:
    """A random version 4 UUID."""
    return uuid.UUID(bytes=random_bytes(16), version=4)
