"""Records that could not be read or judged."""

from __future__ import annotations

from datetime import datetime

from services.contracts.terms import Contract


class DeadLettered(Contract, frozen=True, kw_only=True):
    """A record kept whole, with where it came from and why, so that it can be driven again."""

    dead_letter_id: str
    folder: str
    source_topic: str
    source_partition: int
    source_offset: int
    recorded_at: datetime
    key: bytes | None = None
    value: bytes | None = None
    headers: dict[str, bytes] = {}
    error: str


class DeadLetterRedriven(Contract, frozen=True, kw_only=True):
    """A dead letter was appended anew, as it was, at the end of the topic it came from."""

    dead_letter_id: str
    redriven_at: datetime
    topic: str
    partition: int
    offset: int
    because: str = ""
