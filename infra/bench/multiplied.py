"""A registry made large: copies of what it holds, under codes, patients and events of their own.

The places in the log are those of the originals, which the keys allow; nobody ever folds onto a
copy, since no code of the country pack looks like one.
"""

from __future__ import annotations

import asyncpg

from infra.bench.store import COPY

TABLES = ("prescription", "record", "concern")
MULTIPLY = (
    (
        "INSERT INTO registry.prescription (code, partition, patient_ref, practice_id, issued_at,"
        " due_at, state) SELECT code || $1 || n, partition, patient_ref || $1 || n, practice_id,"
        " issued_at, due_at, state"
        " FROM registry.prescription, generate_series($2::int, $3::int) AS n"
        " WHERE strpos(code, $1) = 0"
    ),
    (
        'INSERT INTO registry.record (partition, "offset", code, event_id, submission, facility_id,'
        ' recorded_at, content_hash, value, outcome) SELECT partition, "offset", code || $1 || n,'
        " event_id || $1 || n, submission, facility_id, recorded_at, content_hash, value, outcome"
        " FROM registry.record, generate_series($2::int, $3::int) AS n WHERE strpos(code, $1) = 0"
    ),
    (
        'INSERT INTO registry.concern (facility_id, partition, "offset", code, book, booked_at)'
        ' SELECT facility_id, partition, "offset", code || $1 || n, book, booked_at'
        " FROM registry.concern, generate_series($2::int, $3::int) AS n WHERE strpos(code, $1) = 0"
    ),
)
"""Copies numbered from $2 to $3 of every original row, marked with $1."""


async def grow(owner: asyncpg.Connection, wanted: int) -> None:
    """Leave copies of about so many prescriptions and of all that belongs to them, no original, and
    a log of which nothing is folded. What was copied before is part of it."""
    originals, copies = await owner.fetchrow(
        "SELECT count(*) FILTER (WHERE strpos(code, $1) = 0),"
        " coalesce(max(nullif(split_part(code, $1, 2), '')::int), 0) FROM registry.prescription",
        COPY,
    )
    for statement in MULTIPLY:
        await owner.execute(statement, COPY, copies + 1, max(round(wanted / originals), 1))
    for table in TABLES:
        await owner.execute(f"DELETE FROM registry.{table} WHERE strpos(code, $1) = 0", COPY)
    await owner.execute("TRUNCATE registry.tally, registry.fold_position, registry.fold_told")
    for table in TABLES:
        await owner.execute(f"VACUUM (ANALYZE) registry.{table}")
    await owner.execute("CHECKPOINT")
