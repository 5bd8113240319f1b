"""The late lane: what came too late, and what a re-run has taken of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

import asyncpg

from services.surveillance.late.lane import LateFact
from services.surveillance.store import patients

_COLUMNS = LateFact.__struct_fields__
_NAMED = ", ".join(f'"{name}"' for name in _COLUMNS)
_WAITS = (
    'NOT EXISTS (SELECT 1 FROM late_taken t WHERE t.fact_id = f.fact_id AND t."offset"'
    ' IS NOT DISTINCT FROM f."offset" AND t.withdrawn_offset IS NOT DISTINCT FROM'
    " f.withdrawn_offset)"
)
_LOCK = "hashtextextended('rxlog late lane', 0)"


class Waiting(NamedTuple):
    """How much waits in the lane for a re-run; `oldest` is when the oldest of it happened."""

    facts: int
    withdrawn: int
    patients: int
    oldest: datetime | None


class Lane(NamedTuple):
    """What waits for a re-run, and what that needs to know.

    `waiting` is what no re-run has taken as it is now, by patient; `since_days` are those of the
    patients' states; `positions` the places up to which each partition of the facts is folded.
    """

    waiting: dict[str, list[LateFact]]
    since_days: dict[str, int]
    positions: dict[int, int]

    def patients_of(self, partition: int) -> list[str]:
        """The patients of one partition of the facts."""
        return [ref for ref, late in self.waiting.items() if late[0].partition == partition]


async def save(database: asyncpg.Connection, missed: Mapping[str, LateFact]) -> None:
    """Put what came too late into the lane; what is known there already stays as it is."""
    if not missed:
        return
    rows = [tuple(getattr(late, name) for name in _COLUMNS) for late in missed.values()]
    first = ", ".join(
        f'"{name}" = coalesce(late_fact."{name}", excluded."{name}")' for name in _COLUMNS[3:]
    )
    await database.execute(
        f"INSERT INTO late_fact ({_NAMED}) SELECT * FROM unnest($1::text[], $2::text[], $3::int[],"
        " $4::bigint[], $5::timestamptz[], $6::timestamptz[], $7::bigint[], $8::timestamptz[])"
        f" ON CONFLICT (fact_id) DO UPDATE SET {first}",
        *zip(*rows, strict=True),
    )


async def waiting(database: asyncpg.Connection) -> Waiting:
    """What a re-run would take."""
    row = await database.fetchrow(
        'SELECT count(f."offset"), count(f.withdrawn_offset), count(DISTINCT f.patient_ref),'
        f" min(f.occurred_at) FROM late_fact f WHERE {_WAITS}"
    )
    return Waiting(*row)


async def load(database: asyncpg.Connection, topic: str) -> Lane:
    """All of it as of one moment."""
    async with database.transaction(isolation="repeatable_read", readonly=True):
        rows = await database.fetch(
            f"SELECT {_NAMED} FROM late_fact f WHERE {_WAITS} ORDER BY patient_ref, fact_id"
        )
        waiting: dict[str, list[LateFact]] = defaultdict(list)
        for row in rows:
            late = LateFact(**row)
            waiting[late.patient_ref].append(late)
        places = await database.fetch(
            "SELECT partition, next_offset FROM fold_position WHERE topic = $1", topic
        )
        states = await patients.load(database, waiting)
        return Lane(
            waiting=dict(waiting),
            since_days={ref: state.since_day for ref, state in states.items()},
            positions={row["partition"]: row["next_offset"] for row in places},
        )


async def note_taken(database: asyncpg.Connection, taken: Iterable[LateFact]) -> None:
    """A re-run has published what these mean."""
    rows = [(late.fact_id, late.offset, late.withdrawn_offset) for late in taken]
    await database.executemany(
        'INSERT INTO late_taken (fact_id, "offset", withdrawn_offset) VALUES ($1, $2, $3)'
        ' ON CONFLICT (fact_id) DO UPDATE SET "offset" = excluded."offset",'
        " withdrawn_offset = excluded.withdrawn_offset",
        rows,
    )


@asynccontextmanager
async def alone(database: asyncpg.Connection) -> AsyncIterator[bool]:
    """Whether no other re-run publishes; none begins to until the block ends."""
    is_alone: bool = await database.fetchval(f"SELECT pg_try_advisory_lock({_LOCK})")
    try:
        yield is_alone
    finally:
        if is_alone:
            await database.execute(f"SELECT pg_advisory_unlock({_LOCK})")
