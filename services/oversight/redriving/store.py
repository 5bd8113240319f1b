"""The SQL of dead letters, and of those that were driven again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Any

import asyncpg
import msgspec

from services.contracts.dead_letters import DeadLettered, DeadLetterRedriven
from services.kernel.folding.comparing import Dump
from services.oversight.cursors import Place

_encode = msgspec.json.Encoder(order="deterministic").encode
_letter = attrgetter(
    *("dead_letter_id", "folder", "source_topic", "source_partition", "source_offset"),
    *("recorded_at", "key", "value", "error"),
)
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


async def save_dead_letters(
    database: asyncpg.Connection, letters: Collection[DeadLettered]
) -> None:
    """Append dead letters not known yet."""
    if not letters:
        return
    rows = [(*_letter(letter), _encode(letter.headers)) for letter in letters]
    await database.execute(
        "INSERT INTO dead_letter (dead_letter_id, folder, source_topic, source_partition,"
        " source_offset, recorded_at, key, value, error, headers)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[],"
        " $6::timestamptz[], $7::bytea[], $8::bytea[], $9::text[], $10::json[])"
        " ON CONFLICT (dead_letter_id) DO NOTHING",
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def dead_letters_by_origin(database: asyncpg.Connection) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT folder, source_topic, count(*) AS dead_letters, max(recorded_at) AS newest"
        " FROM dead_letter GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return rows


async def dead_letters(
    database: asyncpg.Connection, *, before: Place | None, limit: int, bytes_max: int
) -> list[asyncpg.Record]:
    """Dead letters, newest first; keys and values cut at `bytes_max`, `value_bytes` is the size."""
    rows: list[asyncpg.Record] = await database.fetch(
        "SELECT dead_letter_id, folder, source_topic, source_partition, source_offset,"
        " recorded_at, substring(key FROM 1 FOR $4) AS key, substring(value FROM 1 FOR $4)"
        " AS value, octet_length(value) AS value_bytes, error FROM dead_letter"
        " WHERE $1::timestamptz IS NULL OR (recorded_at, dead_letter_id) < ($1, $2::text)"
        " ORDER BY recorded_at DESC, dead_letter_id DESC LIMIT $3",
        before.at if before else None,
        before.name if before else None,
        limit,
        bytes_max,
    )
    return rows


async def dead_letter(database: asyncpg.Connection, dead_letter_id: str) -> asyncpg.Record | None:
    """One dead letter, whole."""
    return await database.fetchrow(
        "SELECT *, octet_length(value) AS value_bytes FROM dead_letter WHERE dead_letter_id = $1",
        dead_letter_id,
    )


DUMPS = (
    Dump("dead_letter", ("dead_letter_id",), text=("dead_letter_id",)),
    Dump("redrive", ("dead_letter_id", "topic", "partition", "offset"), text=("dead_letter_id",)),
)
"""Everything oversight holds of dead letters."""
