"""What was told can be read, or the reader hears that it cannot yet: never the state before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from services.kernel.folding import told
from services.kernel.log.log_record import LogRecord

pytestmark = pytest.mark.network

TOPIC = "told-of"
TABLES = """
CREATE TABLE fold_position (topic text, partition integer, next_offset bigint);
CREATE TABLE fold_told (topic text, partition integer, told_until bigint,
    PRIMARY KEY (topic, partition));
INSERT INTO fold_position VALUES ('told-of', 0, 5), ('told-of', 1, 5);
"""


@pytest.fixture
async def pool(postgres_url: Callable[[str], str]) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(
        postgres_url("registry"), min_size=1, server_settings={"search_path": "telling"}
    ) as opened:
        for schema in ("telling", "telling_new"):
            await opened.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
        await opened.execute(TABLES)
        yield opened
        await opened.execute("DROP SCHEMA telling, telling_new CASCADE")


def records(*offsets: int, partition: int = 0) -> list[LogRecord]:
    return [LogRecord(TOPIC, partition, offset, 1000, b"k", b"", ()) for offset in offsets]


async def readable(pool: asyncpg.Pool, within_s: float) -> None:
    async with pool.acquire() as database:
        await told.until_readable(database, TOPIC, [0, 1], within_s)


async def test_what_is_applied_is_read_at_once(pool: asyncpg.Pool) -> None:
    await told.note(pool, TOPIC, records(3, 4))
    await readable(pool, within_s=0)


async def test_more_told_than_applied_is_not_read(pool: asyncpg.Pool) -> None:
    await told.note(pool, TOPIC, records(4, 5, partition=1))
    with pytest.raises(told.NotReadableYetError):
        await readable(pool, within_s=0.05)


async def test_a_reader_goes_on_once_the_batch_was_applied_anew(pool: asyncpg.Pool) -> None:
    await told.note(pool, TOPIC, records(5, 6))
    reading = asyncio.create_task(readable(pool, within_s=30))
    await asyncio.sleep(0)
    await told.note(pool, TOPIC, records(7, 8))  # told later: this reader need not wait for it
    await pool.execute("UPDATE fold_position SET next_offset = 9 WHERE partition = 0")
    await reading


async def test_a_reader_waits_for_the_batch_under_way(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as database:
        async with database.transaction():
            locking = f"SELECT {told.HOLD_READERS} FROM fold_position WHERE topic = $1 FOR UPDATE"
            await database.fetch(locking, TOPIC)
            await told.note(pool, TOPIC, records(5))
            reading = asyncio.create_task(readable(pool, within_s=0))
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not await database.fetchval(waiting):
                assert not reading.done()
            await database.execute("UPDATE fold_position SET next_offset = 6 WHERE partition = 0")
        await reading


async def test_after_a_rebuild_of_a_log_that_lost_its_end_nobody_waits_for_what_was_lost(
    pool: asyncpg.Pool,
) -> None:
    await told.note(pool, TOPIC, records(5))
    await told.note(pool, TOPIC, records(5, partition=1))
    await pool.execute(
        "CREATE TABLE telling_new.fold_position AS TABLE fold_position;"
        "UPDATE telling_new.fold_position SET next_offset = 2 WHERE partition = 0"
    )
    async with pool.acquire() as database:
        await told.forget_what_is_lost(database, "telling", "telling_new")
    kept = await pool.fetch("SELECT partition, told_until FROM fold_told ORDER BY partition")
    assert [tuple(row) for row in kept] == [(0, 2), (1, 6)]
