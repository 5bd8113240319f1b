"""What was told is readable: results go out a moment before their batch is committed.

Who was told a result and looks it up must find it, also when the worker, or Postgres, dies between
the two. So a batch holds a lock from its beginning to its commit, and notes in a transaction of its
own how far it is about to tell before it does. A reader who finds more told than applied waits:
for the lock, as long as the batch is under way, else for whoever applies the batch anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import asyncpg

from services.kernel.clock import monotonic
from services.kernel.log.log_record import LogRecord

TABLE = "fold_told"
POLL_FIRST_S, POLL_MAX_S = 0.002, 0.1

_LOCK = "hashtext('rxlog folding ' || $1)"

HOLD_READERS = f"pg_advisory_xact_lock({_LOCK}, partition)"
"""In the statement with which a batch ($1 its topic) locks its positions, one round trip for both:
whoever finds it told waits for its end. The lock lives in memory."""


class NotReadableYetError(Exception):
    """Results were told that cannot be read yet: their batch has to be applied anew first."""


async def note(pool: asyncpg.Pool, topic: str, records: Sequence[LogRecord]) -> None:
    """Keep, before anything is told, that the results of these records may have been."""
    ends = {record.partition: record.offset + 1 for record in records}  # in the log's order
    await pool.execute(
        f"INSERT INTO {TABLE} (topic, partition, told_until)"
        " SELECT $1, * FROM unnest($2::int[], $3::bigint[])"
        " ON CONFLICT (topic, partition) DO UPDATE SET told_until = excluded.told_until"
        f" WHERE {TABLE}.told_until < excluded.told_until",
        topic,
        list(ends),
        list(ends.values()),
    )


async def forget_what_is_lost(database: asyncpg.Connection, live: str, beside: str) -> None:
    """Where the log lost its end, a rebuild stands before the live positions: nobody waits for what
    will not come again."""
    await database.execute(
        f"UPDATE {live}.{TABLE} AS told SET told_until = new.next_offset"
        f" FROM {live}.fold_position AS old"
        f" JOIN {beside}.fold_position AS new USING (topic, partition)"
        " WHERE told.topic = old.topic AND told.partition = old.partition"
        " AND new.next_offset < old.next_offset"
    )


async def until_readable(
    database: asyncpg.Connection, topic: str, partitions: Iterable[int], within_s: float
) -> None:
    """Return when everything that was told before this call can be read.

    Raises NotReadableYetError after `within_s`, or after the connection's `lock_timeout`.
    """
    deadline, pause_s = monotonic() + within_s, POLL_FIRST_S
    rows = await database.fetch(
        f"SELECT partition, told_until FROM {TABLE} JOIN fold_position USING (topic, partition)"
        " WHERE topic = $1 AND partition = ANY($2) AND next_offset < told_until",
        topic,
        sorted(set(partitions)),
    )
    behind = {row["partition"]: row["told_until"] for row in rows}
    while behind:
        try:
            await database.execute(
                f"SELECT pg_advisory_xact_lock_shared({_LOCK}, p) FROM unnest($2::int[]) p",
                topic,
                sorted(behind),
            )
        except asyncpg.LockNotAvailableError as error:
            raise NotReadableYetError("a batch is under way for long") from error
        behind = await _still_behind(database, topic, behind)
        if not behind:
            return
        if monotonic() > deadline:
            raise NotReadableYetError("a batch has to be applied anew")
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, POLL_MAX_S)


async def _still_behind(
    database: asyncpg.Connection, topic: str, told_until: Mapping[int, int]
) -> dict[int, int]:
    """Those of the partitions that are not applied that far; what is told later does not count."""
    rows = await database.fetch(
        "SELECT partition, next_offset FROM fold_position WHERE topic = $1 AND partition = ANY($2)",
        topic,
        list(told_until),
    )
    return {p: told_until[p] for p, next_offset in rows if next_offset < told_until[p]}
