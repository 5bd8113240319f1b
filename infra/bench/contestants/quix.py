"""A peer: the same fold on another well-kept stream engine (quixstreams), into the same Postgres.

It runs in the versions that its makers ask for, with its defaults, over the whole log and into
tables made by the registry's own migrations. It does less than the registry: it keeps no day books
and no totals, wakes no readers, writes no headers, and a crash may publish and write twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from msgspec import structs

from infra.bench import store, topics
from infra.bench.child import Child
from infra.bench.measured import Folded, Round, Task, differences
from infra.bench.peer import environment
from infra.bench.stage import Stage
from services.topology import OUTCOMES

SCHEMA = "registry"


@dataclass(frozen=True, slots=True)
class Quix:
    """Runs the application over the log and checks what is in the tables afterwards."""

    name: str = "quixstreams"
    title: str = "quixstreams, into Postgres"

    def run(self, stage: Stage, number: int) -> Round:
        log = stage.log
        task = Task(
            bootstrap=stage.bootstrap,
            topic=log.topic,
            records=log.records,
            run=f"bench-{self.name}-{number}",
            postgres=stage.network.postgres_url(SCHEMA),
            schema=SCHEMA,
        )
        asyncio.run(_prepare(stage, task))
        results = replace(OUTCOMES, name=f"{task.run}-results")
        topics.make(stage.bootstrap, (results,))
        try:
            measured = Child("quix_worker", "measure").run(task, environment.python())
            arrived = topics.count(stage.bootstrap, results.name)
        finally:
            topics.remove(stage.bootstrap, topics.of_run(stage.bootstrap, task.run))
        found = asyncio.run(_found(stage))
        wrong = [*differences(log.right.folded, found)]
        if arrived < log.right.results:
            wrong.append(f"{arrived} results published instead of {log.right.results}")
        return Round(structs.replace(measured, folded=found), tuple(wrong))


async def _prepare(stage: Stage, task: Task) -> None:
    async with store.connected(stage.network.postgres_url()) as owner:
        await store.empty(owner, SCHEMA)
    await store.make_tables(task.postgres, SCHEMA)


async def _found(stage: Stage) -> Folded:
    async with store.connected(stage.network.postgres_url()) as owner:
        return await store.folded(owner, SCHEMA, await store.verdicts(owner))


QUIX = Quix()
