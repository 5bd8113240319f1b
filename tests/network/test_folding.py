"""The folding mechanism against real Postgres: owners, zombies, gaps, logs that are not ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from infra.local.network import LocalNetwork
from services.kernel.folding.mechanism import Folding
from services.kernel.folding.telling import Tell
from services.kernel.log.log_record import LogRecord

pytestmark = pytest.mark.network

TABLES = """
CREATE TABLE fold_position (
    topic text, partition integer, next_offset bigint NOT NULL, epoch bigint NOT NULL,
    last_digest bytea, PRIMARY KEY (topic, partition));
CREATE TABLE tally (key text PRIMARY KEY, count integer NOT NULL);
"""


class Tally:
    """Counts records per key: any record applied twice or skipped shows."""

    name = "tally"
    topic = "tallied"
    is_read_once_told = False

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord], tell: Tell
    ) -> None:
        for record in records:
            if record.value == b"broken":
                raise RuntimeError("the fold failed in the middle")
            await database.execute(
                "INSERT INTO tally VALUES ($1, 1)"
                " ON CONFLICT (key) DO UPDATE SET count = tally.count + 1",
                (record.key or b"").decode(),
            )


@pytest.fixture
async def pool(network: LocalNetwork) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(
        network.postgres_url("registry"), min_size=1, server_settings={"search_path": "scratch"}
    ) as opened:
        await opened.execute("DROP SCHEMA IF EXISTS scratch CASCADE; CREATE SCHEMA scratch")
        await opened.execute(TABLES)
        yield opened
        await opened.execute("DROP SCHEMA scratch CASCADE")


def records(first: int, last: int, partition: int = 0, value: bytes = b"") -> list[LogRecord]:
    return [
        LogRecord(Tally.topic, partition, offset, 1000 + offset, b"k", value, ())
        for offset in range(first, last)
    ]


async def count(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("SELECT coalesce(sum(count), 0)::int FROM tally")


async def test_a_fetch_is_applied_once_and_moves_the_offset(pool: asyncpg.Pool) -> None:
    folding = Folding(pool, Tally(), None)
    assert await folding.take([0, 1]) == {0: 0, 1: 0}
    applied = await folding.apply({0: records(0, 5), 1: records(0, 3, partition=1)})
    assert applied.next_offsets == {0: 5, 1: 3}
    again = await folding.apply({0: records(0, 5)})
    assert again.records == 0
    assert await count(pool) == 8


async def test_a_fetch_that_overlaps_is_applied_from_where_we_are(pool: asyncpg.Pool) -> None:
    folding = Folding(pool, Tally(), None)
    await folding.take([0])
    await folding.apply({0: records(0, 5)})
    applied = await folding.apply({0: records(3, 9)})
    assert (applied.records, applied.next_offsets) == (4, {0: 9})


async def test_a_gap_is_read_again_and_nothing_is_skipped(pool: asyncpg.Pool) -> None:
    folding = Folding(pool, Tally(), None)
    await folding.take([0])
    applied = await folding.apply({0: records(2, 4)})
    assert applied.read_again_from == {0: 0}
    assert await count(pool) == 0


async def test_a_zombie_that_lost_its_partition_changes_nothing(pool: asyncpg.Pool) -> None:
    zombie, owner = Folding(pool, Tally(), None), Folding(pool, Tally(), None)
    await zombie.take([0, 1])
    await zombie.apply({0: records(0, 2)})
    assert await owner.take([0]) == {0: 2}
    applied = await zombie.apply({0: records(2, 4), 1: records(0, 1, partition=1)})
    assert applied.lost == {0}
    assert applied.next_offsets == {1: 1}, "what it still owns goes on"
    await owner.apply({0: records(2, 4)})
    assert await count(pool) == 5


async def test_a_fold_that_fails_leaves_nothing_behind(pool: asyncpg.Pool) -> None:
    folding = Folding(pool, Tally(), None)
    await folding.take([0])
    with pytest.raises(RuntimeError):
        await folding.apply({0: [*records(0, 3), *records(3, 4, value=b"broken")]})
    assert await count(pool) == 0
    assert (await folding.apply({0: records(0, 4)})).next_offsets == {0: 4}


async def test_a_log_that_was_cut_and_written_again_is_noticed(pool: asyncpg.Pool) -> None:
    folding = Folding(pool, Tally(), None)
    await folding.take([0])
    await folding.apply({0: records(0, 5)})
    other = [*records(4, 5, value=b"another"), *records(5, 8)]
    applied = await folding.apply({0: other})
    assert "rebuild" in applied.mismatched[0]
    assert await count(pool) == 5


async def test_a_cut_is_noticed_wherever_the_last_applied_record_stands_in_a_fetch(
    pool: asyncpg.Pool,
) -> None:
    folding = Folding(pool, Tally(), None)
    await folding.take([0])
    await folding.apply({0: records(0, 5)})
    other = [*records(2, 4), *records(4, 5, value=b"another"), *records(5, 8)]
    applied = await folding.apply({0: other})
    assert "goes on by itself then" in applied.mismatched[0]
    assert await count(pool) == 5


async def test_a_restart_sees_its_last_record_again_and_goes_on(pool: asyncpg.Pool) -> None:
    folding = Folding(pool, Tally(), None)
    await folding.take([0])
    await folding.apply({0: records(0, 5)})
    restarted = Folding(pool, Tally(), None)
    assert await restarted.take([0]) == {0: 5}
    applied = await restarted.apply({0: records(4, 8)})
    assert (applied.records, applied.mismatched) == (3, {})
