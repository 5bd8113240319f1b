"""What the log lost: submissions that only the registry's former tables still hold.

After the end of a log was lost and the registry was rebuilt from what is left of it, the tables it
had before (`registry_before`) know more than the log. `python -m services.registry lost` writes
those submissions to standard output, a JSON object per line, to be appended again.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec

from services.contracts.outcomes import SubmissionJudged
from services.kernel.settings import DatabaseSettings
from services.kernel.store import database
from services.topology import LOG

STATEMENT = Path(__file__).with_name("lost.sql").read_text(encoding="utf-8")
NO_FORMER = (
    "There is no former registry to compare with (registry_before): rebuild the registry from the "
    "log as it is with `rxlog rebuild --swap`, which keeps the former one, and ask again."
)


class LostRecord(msgspec.Struct, frozen=True):
    """A submission as it stood at a place of the log. `result` is the verdict it had."""

    topic: str
    partition: int
    offset: int
    key: str
    event_id: str
    submission: str
    recorded_at: datetime
    result: str
    value: bytes


async def write_lost(settings: DatabaseSettings, schema: str) -> int:
    """Write the lost submissions; returns an exit code."""
    async with (
        database.open_pool(settings, schema, statement_timeout_ms=0) as pool,
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        try:
            async for row in connection.cursor(STATEMENT, prefetch=500):
                sys.stdout.buffer.write(msgspec.json.encode(_lost(row)) + b"\n")
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
            sys.stderr.write(NO_FORMER + "\n")
            return 1
    return 0


def _lost(row: asyncpg.Record) -> LostRecord:
    outcome = msgspec.json.decode(row["outcome"], type=SubmissionJudged)
    return LostRecord(
        topic=LOG.name,
        partition=row["partition"],
        offset=row["offset"],
        key=row["code"],
        event_id=row["event_id"],
        submission=row["submission"],
        recorded_at=row["recorded_at"],
        result=outcome.result,
        value=row["value"],
    )
