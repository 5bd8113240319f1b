"""How far each room has applied each partition, read from Postgres by its owner."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg

from infra.kafka.offsets import Offsets
from infra.local.readiness import run_apart
from infra.postgres.roles import CONNECT_S, DATABASE, NOT_YET
from infra.problem import Problem
from infra.processes import ROLES

Applied = dict[str, Offsets]
"""Room -> topic and partition -> the next offset it will apply."""


def applied(owner_url: str) -> Applied:
    """The positions of every room, all of one moment."""
    try:
        return run_apart(_applied(owner_url))
    except NOT_YET as error:
        raise Problem(
            "Postgres does not answer: look at its state with `rxlog status` and try again."
        ) from error


def ahead_of(positions: Applied, ends: Mapping[tuple[str, int], int]) -> list[str]:
    """One phrase per partition of which a room applied more than the log holds."""
    return [
        f"{room} has applied {next_offset} records of {topic}/{partition}, which ends at "
        f"{ends.get((topic, partition), 0)}"
        for room, offsets in sorted(positions.items())
        for (topic, partition), next_offset in sorted(offsets.items())
        if next_offset > ends.get((topic, partition), 0)
    ]


def behind(positions: Applied, ends: Mapping[tuple[str, int], int]) -> int:
    """How many records of the log are not applied yet by the rooms that read them."""
    return sum(
        max(0, ends.get(place, 0) - next_offset)
        for offsets in positions.values()
        for place, next_offset in offsets.items()
    )


async def _applied(owner_url: str) -> Applied:
    connection = await asyncpg.connect(owner_url, database=DATABASE, timeout=CONNECT_S)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found: Applied = {}
            for room in await _rooms(connection):
                rows = await connection.fetch(
                    f"SELECT topic, partition, next_offset FROM {room}.fold_position"
                )
                found[room] = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
            return found
    finally:
        await connection.close()


async def _rooms(connection: asyncpg.Connection) -> list[str]:
    """The rooms whose schema has a table of positions by now."""
    rows = await connection.fetch(
        "SELECT schemaname FROM pg_tables WHERE tablename = 'fold_position'"
        " AND schemaname = ANY($1) ORDER BY schemaname",
        list(ROLES),
    )
    return [row["schemaname"] for row in rows]
