"""What is new for a facility since a place in the log."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

from services.contracts.outcomes import SubmissionJudged
from services.registry.places import Seen
from services.registry.store.loading import decode_outcome
from services.registry.store.statements import READS
from services.topology import LOG


async def positions(database: asyncpg.Connection) -> dict[int, int]:
    """The next offset of each partition that is folded."""
    rows = await database.fetch(READS["positions"], LOG.name)
    return {row["partition"]: row["next_offset"] for row in rows}


async def news(
    database: asyncpg.Connection, facility_id: str, seen: Mapping[int, Seen], *, limit: int
) -> list[SubmissionJudged]:
    """The outcomes that concern a facility after what it has seen, in log order per partition."""
    rows = await database.fetch(
        READS["news"],
        facility_id,
        list(seen),
        [last.offset for last in seen.values()],
        [last.code for last in seen.values()],
        limit,
    )
    return [decode_outcome(row["outcome"]) for row in rows]
