"""The room's way to its topics: what they hold, and appending to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import EventLog, Record
from services.kernel.log.following import Followed
from services.kernel.settings import KafkaSettings
from services.topology import Topic

T = TypeVar("T", bound=msgspec.Struct)

APPENDED_AT_ONCE = 10_000
DELIVERY_TIMEOUT_MS = 30_000
LINGER_MS = 5
READ_WITHIN_S = 120.0


class OutOfReachError(Exception):
    """The log does not answer, or has no such topic."""


@asynccontextmanager
async def holding(
    settings: KafkaSettings, topic: Topic, codec: Codec, contract: type[T], within_s: float
) -> AsyncIterator[Followed[T]]:
    """What a topic holds, read to its end. Raises `OutOfReachError`."""
    async with Followed(settings, topic.name, codec, contract) as held:
        if not await held.caught_up(within_s):
            raise OutOfReachError(await held.check())
        yield held


async def append(
    settings: KafkaSettings,
    records: Sequence[Record],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Append in order, some at a time; `progress` is told how many are acknowledged.

    Raises `AppendFailedError`: what was acknowledged stays, and a repeat appends the rest.
    """
    if not records:
        return
    log = EventLog(
        settings.kafka_bootstrap,
        settings.room,
        delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
        linger_ms=LINGER_MS,
    )
    try:
        for begin in range(0, len(records), APPENDED_AT_ONCE):
            chunk = records[begin : begin + APPENDED_AT_ONCE]
            await log.append_all(chunk)
            if progress is not None:
                progress(begin + len(chunk))
    finally:
        log.close()


def record(
    topic: Topic, codec: Codec, contract: type[T], key: str, value: T | None, *, version: str
) -> Record:
    """The record of an entry; without a value it deletes the key."""
    headers = cloud_event_headers(
        event_id=f"{key}@{version}",
        event_type=contract.__name__,
        source="rxlog/directories",
        subject=key,
    )
    return Record(topic.name, key.encode(), None if value is None else codec.encode(value), headers)
