"""What the bench asks of Postgres: an empty schema, how far a fold is, what it came to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from infra.bench.measured import Folded, digest
from infra.local.environment import PROJECT
from infra.problem import Problem
from services.kernel.store.migrations import migrate

CONNECT_S = 5.0

COPY = "~"
"""Before the number of a copy, in its code: no code of the country pack has it (multiplied.py)."""

WAITING_S = 60.0
POLL_S = 0.05

WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted"
    " AND relation = (quote_ident($1) || '.fold_position')::regclass"
)

STATES = {
    "registry": "SELECT code, state::text FROM registry.prescription"
    f""" WHERE strpos(code, '{COPY}') = 0 ORDER BY code COLLATE "C\"""",
    "surveillance": "SELECT patient_ref, state::text FROM surveillance.patient"
    ' ORDER BY patient_ref COLLATE "C"',
}
"""Key and state of everything a room holds, by schema."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner."""
    connection = await asyncpg.connect(url, timeout=CONNECT_S)
    try:
        yield connection
    finally:
        await connection.close()


async def empty(owner: asyncpg.Connection, schema: str) -> None:
    """An empty schema, and nothing left to write to disk of what was before."""
    await owner.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    await owner.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {schema}")
    await owner.execute("CHECKPOINT")


async def make_tables(url: str, room: str) -> None:
    """A room's tables in its empty schema; `url` is of the room's role."""
    settings = {"search_path": room}
    async with asyncpg.create_pool(url, min_size=1, max_size=1, server_settings=settings) as pool:
        await migrate(pool, PROJECT / "services" / room / "migrations", room)


@asynccontextmanager
async def held(owner: asyncpg.Connection, schema: str) -> AsyncIterator[None]:
    """Nobody takes or applies anything in a schema until the block ends."""
    async with owner.transaction():
        await owner.execute(f"LOCK TABLE {schema}.fold_position IN EXCLUSIVE MODE")
        yield


async def await_waiting(owner: asyncpg.Connection, schema: str, workers: int) -> None:
    """Wait until so many connections stand before `held`. Raises Problem when they do not come."""
    deadline = time.monotonic() + WAITING_S
    while await owner.fetchval(WAITING, schema) < workers:
        if time.monotonic() > deadline:
            raise Problem(f"No {workers} workers came to fold into {schema}: look at their logs.")
        await asyncio.sleep(POLL_S)


async def applied(owner: asyncpg.Connection, schema: str, topic: str) -> int | None:
    """How many records of a topic are applied; None before a worker took its partitions."""
    try:
        done: int | None = await owner.fetchval(
            f"SELECT sum(next_offset)::bigint FROM {schema}.fold_position WHERE topic = $1", topic
        )
    except asyncpg.UndefinedTableError:  # its migrations are still to come
        return None
    return done


async def verdicts(owner: asyncpg.Connection) -> dict[str, int]:
    """How often the registry decided what."""
    rows = await owner.fetch(
        "SELECT concat_ws(' ', submission, outcome->>'verdict', outcome->>'result') AS name,"
        " count(*) AS records FROM registry.record WHERE strpos(code, $1) = 0 GROUP BY 1",
        COPY,
    )
    return {row["name"]: row["records"] for row in rows}


async def granted(owner: asyncpg.Connection) -> set[str]:
    """The prescriptions of which a reservation was granted."""
    rows = await owner.fetch(
        "SELECT DISTINCT code FROM registry.record"
        " WHERE submission = 'DispensingReserved' AND outcome->>'result' = 'granted'"
    )
    return {row["code"] for row in rows}


async def folded(owner: asyncpg.Connection, schema: str, decided: dict[str, int]) -> Folded:
    """What a room's fold came to; `decided` are its verdicts."""
    rows = await owner.fetch(STATES[schema])
    count, found = digest((key, state.encode()) for key, state in rows)
    return Folded(verdicts=decided, states=count, states_digest=found)


async def wal_bytes(owner: asyncpg.Connection) -> int:
    """How much Postgres has written to its write-ahead log since its data were made."""
    written: int = await owner.fetchval(
        "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
    )
    return written


async def schema_bytes(owner: asyncpg.Connection, schema: str) -> int:
    """Tables and indexes of a schema on disk."""
    size: int = await owner.fetchval(
        "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
        " WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'm')",
        schema,
    )
    return size


async def server_version(owner: asyncpg.Connection) -> str:
    """Such as 18.1."""
    version: str = await owner.fetchval("SELECT current_setting('server_version')")
    return version
