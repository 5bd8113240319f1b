"""The counters of prescribers and pharmacies, and until when the log is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import asyncpg

from services.surveillance.measures.counting import Counts
from services.surveillance.measures.months import Month
from services.surveillance.measures.watermark import Told

Row = tuple[int, int, int, str, str, int]
_KEY = "partition, measure, period, subject, part"


async def save(
    database: asyncpg.Connection,
    counts: Mapping[int, Counts],
    months: Mapping[int, Counter[Month]],
) -> None:
    """Add to the counters of each partition, and to the changes of its months.

    A counter that comes to zero is removed, so what is there depends on the facts and not on how
    they were cut into batches.
    """
    if rows := [*_rows(counts)]:
        await _add(database, rows)
    touched = sorted((p, month, n) for p, of in months.items() for month, n in of.items())
    if touched:  # also by what came to nothing in this batch: another cut of it would count it
        await database.execute(
            "INSERT INTO counted_month (partition, month, changes)"
            " SELECT * FROM unnest($1::int[], $2::int[], $3::bigint[])"
            " ON CONFLICT (partition, month)"
            " DO UPDATE SET changes = counted_month.changes + excluded.changes",
            *zip(*touched, strict=True),
        )


async def _add(database: asyncpg.Connection, rows: Sequence[Row]) -> None:
    await database.execute(
        f"INSERT INTO counter ({_KEY}, value) SELECT * FROM"
        " unnest($1::int[], $2::smallint[], $3::int[], $4::text[], $5::text[], $6::bigint[])"
        f" ON CONFLICT ({_KEY}) DO UPDATE SET value = counter.value + excluded.value",
        *zip(*rows, strict=True),
    )
    fewer = [row[:5] for row in rows if row[5] < 0]
    if fewer:
        await database.execute(
            f"DELETE FROM counter WHERE value = 0 AND ({_KEY}) IN (SELECT * FROM"
            " unnest($1::int[], $2::smallint[], $3::int[], $4::text[], $5::text[]))",
            *zip(*fewer, strict=True),
        )


def _rows(counts: Mapping[int, Counts]) -> Iterator[Row]:
    for partition in sorted(counts):
        for key, value in sorted(counts[partition].items()):
            if value:
                yield partition, int(key.measure), key.period, key.subject, key.part, value


async def save_log_times(
    database: asyncpg.Connection, known: Mapping[tuple[int, int], Told]
) -> None:
    """(partition of facts, partition of the log) -> until when it is known there; never less than
    it was."""
    if not known:
        return
    rows = sorted((here, there, *told) for (here, there), told in known.items())
    await database.execute(
        "INSERT INTO log_time (partition, log_partition, known_until, log_partitions)"
        " SELECT * FROM unnest($1::int[], $2::int[], $3::timestamptz[], $4::int[])"
        " ON CONFLICT (partition, log_partition) DO UPDATE"
        " SET known_until = excluded.known_until, log_partitions = excluded.log_partitions"
        " WHERE log_time.known_until < excluded.known_until",
        *zip(*rows, strict=True),
    )


async def why_fold_again(database: asyncpg.Connection) -> str | None:
    """Why these tables must be made anew from the facts before anything is added to them."""
    reason: str | None = await database.fetchval("SELECT reason FROM fold_again LIMIT 1")
    return reason
