"""One record as read from Kafka."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec


class LogRecord(msgspec.Struct, frozen=True, gc=False):
    """`timestamp_ms` is the broker's append time.

    A struct, because one is made for every record: a frozen dataclass takes ten times as long.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    @classmethod
    def of(cls, record: Any) -> LogRecord:
        """A record as the Kafka client of the workers (aiokafka) gives it."""
        return cls(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
            record.headers,
        )

    def digest(self) -> bytes:
        """Identifies the record's content, to notice a log that is not the one we read."""
        parts = (self.key or b"", self.value or b"", self.timestamp_ms.to_bytes(8, "big"))
        return hashlib.blake2b(b"\0".join(parts), digest_size=16).digest()
