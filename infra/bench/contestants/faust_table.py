"""A plain Faust agent with a Table: what a Faust user writes first, and fairly.

One agent takes record by record; the state of a prescription, with the outcomes of its events,
is one value of a memory Table, whose changelog Faust keeps on the broker; results go out with
`send`. Decoding and judging are the registry's own. It reads the first records of the log, because
the whole of it would take too long. There is no Postgres, no history, no look-up, and a crash may
send and count twice: it does less than the registry.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import faust

from infra.bench import topics
from infra.bench.child import Child
from infra.bench.contestants.one_by_one import OneByOne, came_to, code_of
from infra.bench.measured import Measured, Round, Stopwatch, Task, differences
from infra.bench.stage import Stage
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.topology import LOG, OUTCOMES


class Tally:
    """What the agent did so far; `all_done` is set by the last record."""

    def __init__(self, records: int) -> None:
        self.left = records
        self.published = 0
        self.verdicts: Counter[str] = Counter()
        self.watch: Stopwatch | None = None
        self.all_done = asyncio.Event()


def measure(task: Task) -> Measured:
    """Run the agent over the topic's records."""
    return asyncio.run(_measure(task))


async def _measure(task: Task) -> Measured:
    app = faust.App(
        task.run,
        broker=f"kafka://{task.bootstrap}",
        store="memory://",
        topic_partitions=LOG.partitions,
        topic_replication_factor=1,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
    )
    table = app.Table("prescriptions", key_type=str, value_type=bytes)
    tally = Tally(task.records)
    _add_agent(app, task, table, tally)
    app.finalize()
    await app.start()
    try:
        await tally.all_done.wait()
        await app.producer.flush()
        assert tally.watch is not None, "the first record started it"
        seconds, cpu_seconds = tally.watch.read()
        folded = came_to(tally.verdicts, dict(table.items()))
    finally:
        await app.stop()
    return Measured(
        records=task.records,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        published=tally.published,
        folded=folded,
    )


def _add_agent(app: Any, task: Task, table: Any, tally: Tally) -> None:
    registry = OneByOne(published_language())
    raw = {"key_serializer": "raw", "value_serializer": "raw"}
    source = app.topic(task.topic, **raw)
    results = app.topic(results_of(task.run), **raw)

    @app.agent(source)  # type: ignore[untyped-decorator]
    async def judged(stream: Any) -> None:
        async for event in stream.events():
            tally.watch = tally.watch or Stopwatch()
            record = _log_record(event.message)
            step = registry.step(record, table.get(code_of(record)))
            for key, message in step.messages:
                await results.send(key=key, value=message)
                tally.published += 1
            tally.verdicts[step.decided] += 1
            if step.kept is not None:
                table[step.entry.code] = step.kept
            tally.left -= 1
            if tally.left == 0:
                tally.all_done.set()


def _log_record(message: Any) -> LogRecord:
    return LogRecord(
        message.topic,
        message.partition,
        message.offset,
        round(message.timestamp * 1000),
        message.key,
        message.value,
        message.headers or (),
    )


def results_of(run: str) -> str:
    """The scratch topic for the results of a run."""
    return f"{run}-results"


@dataclass(frozen=True, slots=True)
class FaustTable:
    """Runs the agent over the log's first records and checks what it came to."""

    name: str = "faust-table"
    title: str = "plain Faust agent with a Table"

    def run(self, stage: Stage, number: int) -> Round:
        prefix = stage.prefix
        task = Task(
            bootstrap=stage.bootstrap,
            topic=prefix.topic,
            records=prefix.records,
            run=f"bench-{self.name}-{number}",
        )
        results = replace(OUTCOMES, name=results_of(task.run))
        topics.make(stage.bootstrap, (results,))
        try:
            measured = Child("faust_table", "measure").run(task)
            arrived = topics.count(stage.bootstrap, results.name)
        finally:
            topics.remove(stage.bootstrap, (results.name, f"{task.run}-prescriptions-changelog"))
        wrong = [*differences(prefix.right.folded, measured.folded)]
        if arrived < prefix.right.results:
            wrong.append(f"{arrived} results published instead of {prefix.right.results}")
        return Round(measured, tuple(wrong))


FAUST_TABLE = FaustTable()
