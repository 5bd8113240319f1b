"""A registry made large: copies of what it holds, under codes, patients and events of their own.

A copy stands before its original in the log and happened days earlier, as in a registry that grew:
what comes next goes to the end of a facility's news and books, and anywhere among the codes. Places
before the log's beginning are such as no record has. Nobody ever folds onto a copy, since no code
of the country pack looks like one.
"""

from __future__ import annotations

import asyncpg

from infra.bench.store import COPY

EARLIER = 10_000_000
"""A copy is so many places before the one that was made from the same original after it."""

TABLES = ("prescription", "record", "concern")
TAKE_OUT = (
    (
        "CREATE TEMPORARY TABLE original_{table} AS"
        " SELECT * FROM registry.{table} WHERE strpos(code, '{copy}') = 0"
    ),
    "DELETE FROM registry.{table} WHERE strpos(code, '{copy}') = 0",
    # gives the emptied pages back: nothing is ever deleted from a registry, so it has no holes
    "VACUUM registry.{table}",
)
MULTIPLY = {
    "prescription": (
        "INSERT INTO registry.prescription (code, partition, patient_ref, practice_id, issued_at,"
        " due_at, state) SELECT code || $1 || n, partition, patient_ref || $1 || n, practice_id,"
        " issued_at - n * interval '1 day', due_at, state"
        " FROM original_prescription, generate_series($2::int, $3::int) AS n"
    ),
    "record": (
        'INSERT INTO registry.record (partition, "offset", code, event_id, submission, facility_id,'
        ' recorded_at, content_hash, value, outcome) SELECT partition, "offset" - n * $4::bigint,'
        " code || $1 || n, event_id || $1 || n, submission, facility_id,"
        " recorded_at - n * interval '1 day', content_hash, value, outcome"
        " FROM original_record, generate_series($2::int, $3::int) AS n"
    ),
    "concern": (
        'INSERT INTO registry.concern (facility_id, partition, "offset", code, book, booked_at)'
        ' SELECT facility_id, partition, "offset" - n * $4::bigint, code || $1 || n, book,'
        " booked_at - n * interval '1 day'"
        " FROM original_concern, generate_series($2::int, $3::int) AS n"
    ),
}
"""Copies numbered from $2 to $3 of every original row, marked with $1, $4 places apart."""


async def grow(owner: asyncpg.Connection, wanted: int) -> None:
    """Leave copies of about so many prescriptions and of all that belongs to them, no original, and
    a log of which nothing is folded. What was copied before is part of it."""
    originals, copies = await owner.fetchrow(
        "SELECT count(*) FILTER (WHERE strpos(code, $1) = 0),"
        " coalesce(max(nullif(split_part(code, $1, 2), '')::int), 0) FROM registry.prescription",
        COPY,
    )
    numbers = (COPY, copies + 1, max(round(wanted / originals), 1))
    for table in TABLES:
        for statement in TAKE_OUT:
            await owner.execute(statement.format(table=table, copy=COPY))
        apart = () if table == "prescription" else (EARLIER,)
        await owner.execute(MULTIPLY[table], *numbers, *apart)
        await owner.execute(f"DROP TABLE original_{table}")
        await owner.execute(f"VACUUM (ANALYZE) registry.{table}")
    await owner.execute("TRUNCATE registry.tally, registry.fold_position, registry.fold_told")
    await owner.execute("CHECKPOINT")
