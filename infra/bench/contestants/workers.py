"""The real workers of the registry and of surveillance, each a process of its own.

Each round starts with empty tables and empty topics for the results, and folds the source from
offset 0, whatever the consumer group remembers: the position is in Postgres. The tables are held
until every worker is up and the partitions are shared out, so that no start is measured.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import asyncpg
import psutil
from msgspec import structs

from infra.bench import costs, folds, store, topics
from infra.bench.folds import Right
from infra.bench.following import Fold, follow
from infra.bench.measured import Measured, Round, differences
from infra.bench.stage import Stage
from infra.local.logs import last_lines
from infra.processes import PROCESSES, Process
from services.topology import ALERTS, DEAD_LETTERS, FACTS, LOG, OUTCOMES, Topic

LAST_LINES = 12
WORKERS_MAX = 4

Verdicts = Callable[[Stage, asyncpg.Connection], Awaitable[dict[str, int]]]
Prepare = Callable[[Stage, asyncpg.Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker to measure, or several that share the partitions. `source` is folded into the schema
    `room`, `results` are written.

    `right` says what it must come to, `verdicts` what it decided.
    """

    name: str
    title: str
    room: str
    source: Topic
    results: tuple[Topic, ...]
    right: Callable[[Stage], Right]
    verdicts: Verdicts
    workers: int = 1
    first: str = ""
    """The process, when it is not the room's usual one."""
    prepare: Prepare | None = None
    """What makes the tables, when they are not to be empty."""

    def run(self, stage: Stage, number: int) -> Round:
        """Every round is like the first: `number` does not matter."""
        del number
        topics.renew(stage.bootstrap, self.results)
        right = self.right(stage)
        return asyncio.run(self._run(stage, right))

    async def _run(self, stage: Stage, right: Right) -> Round:
        network = stage.network
        async with store.connected(network.postgres_url()) as owner:
            if self.prepare is None:
                await store.empty(owner, self.room)
                await store.make_tables(network.postgres_url(self.room), self.room)
            else:
                await self.prepare(stage, owner)
            bytes_before = await store.schema_bytes(owner, self.room)
            try:
                began = await self._started(stage, owner)
                followed = await self._follow(stage, owner, began)
            finally:
                for name in self.processes:
                    network.stop_process(name)
            found = await store.folded(owner, self.room, await self.verdicts(stage, owner))
            disk = followed.disk_bytes | await self._disk_bytes(stage, owner, bytes_before)
        published = sum(topics.count(stage.bootstrap, topic.name) for topic in self.results)
        wrong = [*differences(right.folded, found)]
        if published < right.results:
            wrong.append(f"{published} results published instead of {right.results}")
        measured = structs.replace(followed, published=published, folded=found, disk_bytes=disk)
        return Round(measured, tuple(wrong))

    async def _started(self, stage: Stage, owner: asyncpg.Connection) -> float:
        """Start the workers and let them go at once; returns the moment (monotonic seconds)."""
        async with store.held(owner, self.room):
            for name in self.processes:
                stage.network.start_process(name)
            group = f"rxlog-{self.room}"
            await asyncio.to_thread(
                topics.await_members, stage.bootstrap, group, len(self.processes)
            )
            # a member of the round before counts in the group until its session ends
            await store.await_waiting(owner, self.room, len(self.processes))
        return time.monotonic()

    async def _follow(self, stage: Stage, owner: asyncpg.Connection, began: float) -> Measured:
        """Watch the position to the end of the source."""
        network, first = stage.network, self.processes[0]

        def said() -> str:
            return "\n".join(last_lines(network.home.log_of(first), LAST_LINES))

        end = topics.count(stage.bootstrap, self.source.name)
        pids = network.pids()
        processes = [psutil.Process(pids[name]) for name in self.processes]
        fold = Fold(owner, self.room, self.source.name, end, first, said)
        return await follow(fold, network, processes, began)

    async def _disk_bytes(
        self, stage: Stage, owner: asyncpg.Connection, bytes_before: int
    ) -> dict[str, int]:
        """Bytes on disk that this fold added to the tables, and what is on the topics."""
        data = stage.network.home.kafka_data
        return {
            "postgres-tables": await store.schema_bytes(owner, self.room) - bytes_before,
            **{
                topic.name: costs.topic_bytes(data, topic.name)
                for topic in (self.source, *self.results)
            },
        }

    @property
    def processes(self) -> list[str]:
        """Their names in the network."""
        first = self.first or f"{self.room}-worker"
        return [first, *(f"{first}-{number}" for number in range(2, self.workers + 1))]


def further_workers() -> list[Process]:
    """The processes of the network that only contestants with several workers start."""
    [first] = (process for process in PROCESSES if process.name == f"{REGISTRY.room}-worker")
    return [replace(first, name=f"{first.name}-{number}") for number in range(2, WORKERS_MAX + 1)]


async def _registry_verdicts(_stage: Stage, owner: asyncpg.Connection) -> dict[str, int]:
    return await store.verdicts(owner)


async def _changes_of_alerts(stage: Stage, _owner: asyncpg.Connection) -> dict[str, int]:
    """The changes on the topic of alerts by kind, each id once."""
    return await asyncio.to_thread(_count_changes, stage.bootstrap)


def _count_changes(bootstrap: str) -> dict[str, int]:
    kinds: dict[str, str] = {}
    for batch in folds.batches(bootstrap, ALERTS.name):
        for record in batch:
            headers = dict(record.headers)
            kinds[headers["ce_id"].decode()] = headers["ce_type"].decode()
    return dict(Counter(kinds.values()))


REGISTRY = Worker(
    name="registry",
    title="registry worker, into Postgres",
    room="registry",
    source=LOG,
    results=(OUTCOMES, FACTS, DEAD_LETTERS),
    right=lambda stage: stage.log.right,
    verdicts=_registry_verdicts,
)

SURVEILLANCE = Worker(
    name="surveillance",
    title="surveillance worker, into Postgres",
    room="surveillance",
    source=FACTS,
    results=(ALERTS,),
    right=lambda stage: folds.surveillance(stage.bootstrap, FACTS.name, stage.codec),
    verdicts=_changes_of_alerts,
)
"""Folds the facts that the registry told in the same round, so it comes after it."""

SEVERAL = tuple(
    replace(
        REGISTRY,
        name=f"registry-{workers}",
        title=f"registry, {workers} workers",
        workers=workers,
    )
    for workers in (2, WORKERS_MAX)
)
"""The same log shared by several workers of one group."""
