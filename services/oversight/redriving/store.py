"""The SQL of dead letters that were driven again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Any

import asyncpg

from services.contracts.dead_letters import DeadLetterRedriven

_COLUMNS = attrgetter("dead_letter_id", "topic", "partition", "offset", "redriven_at", "because")


async def save(database: asyncpg.Connection, redrives: Collection[DeadLetterRedriven]) -> None:
    """Append redrives not known yet."""
    await database.executemany(
        'INSERT INTO redrive (dead_letter_id, topic, partition, "offset", redriven_at, because)'
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        [_COLUMNS(redrive) for redrive in redrives],
    )


async def redrives_of(
    database: asyncpg.Connection, dead_letter_ids: Iterable[str]
) -> dict[str, list[dict[str, Any]]]:
    """Dead letter -> when and why it was driven again, and where to; the latest first."""
    rows = await database.fetch(
        'SELECT dead_letter_id, redriven_at, because, topic, partition, "offset" FROM redrive'
        ' WHERE dead_letter_id = ANY($1) ORDER BY redriven_at DESC, "offset" DESC',
        sorted(set(dead_letter_ids)),
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        told = {"redriven_at": row["redriven_at"], "because": row["because"]}
        place = {name: row[name] for name in ("topic", "partition", "offset")}
        found.setdefault(row["dead_letter_id"], []).append({**told, "to": place})
    return found
