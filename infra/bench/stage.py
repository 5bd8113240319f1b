"""Where the contestants meet: one network, one filled log, and what is right about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from msgspec import structs

from infra.bench import folds, topics
from infra.bench.folds import Right
from infra.bench.measured import Round
from infra.bench.submissions import records
from infra.local.network import LocalNetwork
from services.kernel.clock import now
from services.kernel.log.codec import Codec
from services.kernel.log.event_log import EventLog, Record
from services.kernel.log.language import published_language
from services.topology import LOG, TOPICS

PREFIX = replace(LOG, name="bench-prefix")
"""The first records of the log, for a contestant who would take too long over all of it."""

CHUNK = 10_000
DELIVERY_TIMEOUT_MS = 60_000
LINGER_MS = 5


@dataclass(frozen=True)
class Filled:
    """A filled topic. `value_bytes` are the bytes of all values, compression aside."""

    topic: str
    records: int
    value_bytes: int
    right: Right


@dataclass(frozen=True)
class Stage:
    """What every contestant gets."""

    network: LocalNetwork
    codec: Codec
    log: Filled
    prefix: Filled

    @property
    def bootstrap(self) -> str:
        return self.network.kafka_bootstrap


class Contestant(Protocol):
    """One line of the table."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...

    def run(self, stage: Stage, number: int) -> Round:
        """Take part in round `number` (from 1) and leave nothing running."""
        ...


class Progress(Protocol):
    """Tells a person what is done."""

    def __call__(self, what: str, seconds: float) -> None: ...


def prepare(network: LocalNetwork, seed: int, count: int, prefix: int, progress: Progress) -> Stage:
    """Fill the log of a running network and work out what is right about it."""
    codec, bootstrap = published_language(), network.kafka_bootstrap
    topics.make(bootstrap, (*TOPICS, PREFIX))
    began = time.monotonic()
    made = records(seed, count, now(), codec)
    value_bytes, prefix_bytes = asyncio.run(_fill(bootstrap, made, prefix))
    progress(f"{count:,} records written to {LOG.name}", time.monotonic() - began)
    began = time.monotonic()
    right = folds.registry(bootstrap, LOG.name, codec)
    prefix_right = folds.registry(bootstrap, PREFIX.name, codec)
    progress("the right results worked out", time.monotonic() - began)
    return Stage(
        network,
        codec,
        Filled(LOG.name, count, value_bytes, right),
        Filled(PREFIX.name, min(prefix, count), prefix_bytes, prefix_right),
    )


async def _fill(bootstrap: str, made: Iterator[Record], prefix: int) -> tuple[int, int]:
    """Append all records to the log and the first ones to the prefix; bytes of each."""
    log = EventLog(
        bootstrap, "rxlog-bench", delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=LINGER_MS
    )
    value_bytes = prefix_bytes = done = 0
    try:
        while chunk := list(islice(made, CHUNK)):
            await log.append_all(chunk)
            value_bytes += _size(chunk)
            first = chunk[: max(prefix - done, 0)]
            await log.append_all([structs.replace(record, topic=PREFIX.name) for record in first])
            prefix_bytes += _size(first)
            done += len(chunk)
    finally:
        log.close()
    return value_bytes, prefix_bytes


def _size(chunk: Sequence[Record]) -> int:
    return sum(len(record.value or b"") for record in chunk)
