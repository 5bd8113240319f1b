"""The real workers of the registry and of surveillance, each a process of its own.

Each round starts with an empty schema and empty topics for the results, and folds the source from
offset 0, whatever the consumer group remembers: the position is in Postgres.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import psutil
from msgspec import structs

from infra.bench import folds, store, topics
from infra.bench.folds import Right
from infra.bench.measured import Measured, Round, differences
from infra.bench.stage import Stage
from infra.local.logs import last_lines
from infra.problem import Problem
from services.topology import ALERTS, DEAD_LETTERS, FACTS, LOG, OUTCOMES, Topic

POLL_S = 0.05
"""Each look at the position costs Postgres a fraction of a millisecond."""

STALL_S = 60.0
LAST_LINES = 12

Verdicts = Callable[[Stage, asyncpg.Connection], Awaitable[dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker to measure. `source` is folded into the schema `room`, `results` are written.

    `right` says what it must come to, `verdicts` what it decided.
    """

    name: str
    title: str
    room: str
    source: Topic
    results: tuple[Topic, ...]
    right: Callable[[Stage], Right]
    verdicts: Verdicts

    def run(self, stage: Stage, number: int) -> Round:
        """Every round is like the first: `number` does not matter."""
        del number
        topics.renew(stage.bootstrap, self.results)
        right = self.right(stage)
        return asyncio.run(self._run(stage, right))

    async def _run(self, stage: Stage, right: Right) -> Round:
        async with store.connected(stage.network.postgres_url()) as owner:
            await store.empty(owner, self.room)
            stage.network.start_process(self._process)
            try:
                followed = await self._follow(stage, owner)
            finally:
                stage.network.stop_process(self._process)
            found = await store.folded(owner, self.room, await self.verdicts(stage, owner))
        published = sum(topics.count(stage.bootstrap, topic.name) for topic in self.results)
        wrong = [*differences(right.folded, found)]
        if published < right.results:
            wrong.append(f"{published} results published instead of {right.results}")
        return Round(structs.replace(followed, published=published, folded=found), tuple(wrong))

    async def _follow(self, stage: Stage, owner: asyncpg.Connection) -> Measured:
        """Watch the position from the taking of the partitions to the end of the source."""
        end = topics.count(stage.bootstrap, self.source.name)
        moved_at = time.monotonic()
        while await store.applied(owner, self.room, self.source.name) is None:
            await self._pause(stage, moved_at)
        began = time.monotonic()
        process = psutil.Process(stage.network.pids()[self._process])
        cpu_began = _cpu_seconds(process)
        done, moved_at, memory_bytes = 0, began, 0
        while done < end:
            await self._pause(stage, moved_at)
            memory_bytes = max(memory_bytes, process.memory_info().rss)
            now_done = await store.applied(owner, self.room, self.source.name) or 0
            if now_done > done:
                done, moved_at = now_done, time.monotonic()
        return Measured(
            records=done,
            seconds=moved_at - began,
            cpu_seconds=_cpu_seconds(process) - cpu_began,
            memory_bytes=memory_bytes,
        )

    async def _pause(self, stage: Stage, moved_at: float) -> None:
        """Wait for the next look; Problem when nothing has moved for long."""
        if time.monotonic() - moved_at > STALL_S:
            log = stage.network.home.log_of(self._process)
            said = "\n".join(last_lines(log, LAST_LINES))
            raise Problem(
                f"{self._process} has folded nothing for {STALL_S:.0f} s. It said:\n{said}"
            )
        await asyncio.sleep(POLL_S)

    @property
    def _process(self) -> str:
        return f"{self.room}-worker"


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


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
