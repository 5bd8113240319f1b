"""The limits: how fast this log can be read at all, read and decoded, and judged in memory.

The consumer is Faust's own (aiokafka), with the fetches the workers get.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer

from infra.bench.child import Child
from infra.bench.measured import Measured, Round, Stopwatch, Task
from infra.bench.stage import Stage
from services.kernel.log.codec import UnreadableError
from services.kernel.log.language import published_language

FETCH_RECORDS_MAX = 2000
FETCH_WAIT_MS = 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """One way to read the whole log; nothing is folded, so only the count can be wrong."""

    name: str
    title: str
    child: Child

    def run(self, stage: Stage, number: int) -> Round:
        log = stage.log
        task = Task(
            bootstrap=stage.bootstrap,
            topic=log.topic,
            records=log.records,
            run=f"bench-{self.name}-{number}",
        )
        measured = self.child.run(task)
        wrong = f"{measured.records} records read instead of {log.records}"
        return Round(measured, () if measured.records == log.records else (wrong,))


def read(task: Task) -> Measured:
    """Bytes only."""
    return asyncio.run(_read(task, lambda _values: None))


def decode(task: Task) -> Measured:
    """Every value decoded with our codec, and thrown away."""
    codec = published_language()

    def decoded(values: Sequence[bytes]) -> None:
        for value in values:
            try:
                codec.decode(value)
            except UnreadableError:
                continue

    return asyncio.run(_read(task, decoded))


async def _read(task: Task, take: Callable[[Sequence[bytes]], None]) -> Measured:
    # Without a group all partitions are ours at once, from their beginning.
    consumer: Any = AIOKafkaConsumer(
        task.topic,
        bootstrap_servers=task.bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        check_crcs=True,
    )
    await consumer.start()
    try:
        watch, done = Stopwatch(), 0
        while done < task.records:
            fetch = await consumer.getmany(timeout_ms=FETCH_WAIT_MS, max_records=FETCH_RECORDS_MAX)
            for records in fetch.values():
                take([record.value for record in records])
                done += len(records)
        seconds, cpu_seconds = watch.read()
    finally:
        await consumer.stop()
    return Measured(records=done, seconds=seconds, cpu_seconds=cpu_seconds)


READ = Limit("read", "limit: bytes read", Child("limits", "read"))
DECODE = Limit("decode", "limit: read and decoded", Child("limits", "decode"))
