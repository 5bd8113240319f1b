"""The folding mechanism: states, results and the next offset in one transaction.

A folder reads a topic and folds it into its own Postgres schema. One fetch, whatever partitions
it touches, is applied in one transaction that *begins* by locking the rows of those partitions
and checking epoch and `next_offset`; a worker that lost a partition (a zombie that wakes up)
finds another epoch there and its records are dropped. Results go to Kafka while the states are
written (`telling.py`) and are acknowledged before the commit; they carry deterministic ids, so
results sent twice are the same results. So effects are exactly once, and a rebuild is this same
code from offset 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import asyncpg
import structlog
from confluent_kafka import murmur2

from services.kernel.folding import told
from services.kernel.folding.telling import Tell, Telling
from services.kernel.log.event_log import EventLog, Record
from services.kernel.log.log_record import LogRecord

log = structlog.get_logger(__name__)

WHAT_TO_DO = (
    "Restore the broker's data; or, if they are lost, fold the log as it is now with "
    "`rxlog rebuild --swap` (--room names another room than the registry). The partition goes on "
    "by itself then; docs/operations.md says it step by step"
)
"""When the log is not the one that was folded."""


class Folder(Protocol):
    """What a room gives the mechanism."""

    name: str
    topic: str
    is_read_once_told: bool
    """Whether who was told a result looks the state up: then it is there (`told.py`)."""

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord], tell: Tell
    ) -> None:
        """Load the states these records touch, fold them in order, write the states back.

        Runs inside the mechanism's transaction; gives `tell` the results as soon as they are
        certain. Must depend on nothing but the states and the records, and must not fail on any
        record.
        """
        ...


class LogMismatchError(RuntimeError):
    """The log is not the one this database was folded from: it is shorter, or differs."""


@dataclass
class Applied:
    """What became of one fetch, per partition."""

    next_offsets: dict[int, int] = field(default_factory=dict)
    read_again_from: dict[int, int] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    mismatched: dict[int, str] = field(default_factory=dict)
    records: int = 0


class Folding:
    """Applies fetches for one folder. `publish` is None in a rebuild: results are known already."""

    def __init__(self, pool: asyncpg.Pool, folder: Folder, publish: EventLog | None) -> None:
        self.folder = folder
        self._pool = pool
        self._publish = publish
        self._epochs: dict[int, int] = {}
        held = f", {told.HOLD_READERS}" if publish is not None and folder.is_read_once_told else ""
        self._positions = (
            f"SELECT partition, next_offset, epoch, last_digest{held} FROM fold_position"
            " WHERE topic = $1 AND partition = ANY($2) ORDER BY partition FOR UPDATE"
        )

    async def take(self, partitions: Iterable[int]) -> dict[int, int]:
        """Become the owner of partitions: raise their epochs, return their next offsets."""
        wanted = sorted(set(partitions))
        self._epochs = {}
        async with self._pool.acquire() as database, database.transaction():
            await database.execute(
                "INSERT INTO fold_position (topic, partition, next_offset, epoch)"
                " SELECT $1, p, 0, 0 FROM unnest($2::int[]) p ORDER BY p ON CONFLICT DO NOTHING",
                self.folder.topic,
                wanted,
            )
            rows = await database.fetch(
                "WITH mine AS (SELECT partition FROM fold_position"
                "  WHERE topic = $1 AND partition = ANY($2) ORDER BY partition FOR UPDATE)"
                " UPDATE fold_position SET epoch = epoch + 1 FROM mine"
                " WHERE topic = $1 AND fold_position.partition = mine.partition"
                " RETURNING fold_position.partition, next_offset, epoch",
                self.folder.topic,
                wanted,
            )
        self._epochs = {row["partition"]: row["epoch"] for row in rows}
        return {row["partition"]: row["next_offset"] for row in rows}

    async def apply(self, fetch: Mapping[int, Sequence[LogRecord]]) -> Applied:
        """Fold one fetch (partition -> consecutive records) in one transaction."""
        applied = Applied()
        async with self._pool.acquire() as database, database.transaction():
            rows = await database.fetch(self._positions, self.folder.topic, sorted(fetch))
            known = {row["partition"]: row for row in rows}
            due: list[LogRecord] = []
            for partition in sorted(fetch):
                due.extend(self._due(known.get(partition), fetch[partition], applied))
            if due:
                await self._fold(database, due)
                await self._advance(database, due, applied)
        applied.records = len(due)
        return applied

    async def _fold(self, database: asyncpg.Connection, due: Sequence[LogRecord]) -> None:
        """Return when the states are written and every result is acknowledged."""
        if self._publish is None:
            await self.folder.fold(database, due, _tell_nobody)
            return
        note = partial(told.note, self._pool, self.folder.topic, due)
        is_read = self.folder.is_read_once_told
        telling = Telling(self._publish.append_all, note if is_read else None)
        try:
            await self.folder.fold(database, due, telling.tell)
            await telling.all_told()
        finally:
            await telling.end()

    def _due(
        self, row: asyncpg.Record | None, records: Sequence[LogRecord], applied: Applied
    ) -> Sequence[LogRecord]:
        """The records of one partition that are next, if the partition is still ours."""
        first = records[0]
        if row is None or self._epochs.get(first.partition) != row["epoch"]:
            applied.lost.add(first.partition)
            return ()
        due_offset = row["next_offset"]
        if first.offset > due_offset:
            applied.read_again_from[first.partition] = due_offset
            return ()
        last = next((record for record in records if record.offset == due_offset - 1), None)
        if last is not None and row["last_digest"] not in (None, last.digest()):
            applied.mismatched[first.partition] = (
                f"record {last.offset} of {last.topic}/{last.partition} is not the one that "
                f"was applied; the log was cut and written again. {WHAT_TO_DO}"
            )
            return ()
        return [record for record in records if record.offset >= due_offset]

    async def _advance(
        self, database: asyncpg.Connection, due: Sequence[LogRecord], applied: Applied
    ) -> None:
        """Move the offsets, and keep the digest of the last record of each partition.

        The leader epoch of that record would tell a little more (a log cut and written again
        with the same bytes at the same millisecond), but aiokafka hands no epoch out with a
        record: the digest of key, value and append time stands for it.
        """
        last = {record.partition: record for record in due}
        await database.execute(
            "UPDATE fold_position AS at SET next_offset = new.next_offset, last_digest = new.digest"
            " FROM unnest($2::int[], $3::bigint[], $4::bytea[])"
            " AS new (partition, next_offset, digest)"
            " WHERE at.topic = $1 AND at.partition = new.partition",
            self.folder.topic,
            list(last),
            [record.offset + 1 for record in last.values()],
            [record.digest() for record in last.values()],
        )
        applied.next_offsets = {p: record.offset + 1 for p, record in last.items()}


def _tell_nobody(_results: Sequence[Record]) -> None:
    """A rebuild: everybody knows."""


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, as every client of the network computes it (murmur2)."""
    return int(murmur2(key.encode(), partitions))
