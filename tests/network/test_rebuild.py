"""Rebuilds beside a registry that goes on: killed and resumed, compared, swapped."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from infra.local.network import LocalNetwork
from services.kernel.folding.comparing import Compared, Dump, compare
from services.kernel.log.event_log import EventLog
from services.kernel.settings import DatabaseSettings
from services.kernel.store.database import open_pool
from services.registry.__main__ import MIGRATIONS
from tests.network.rebuilding import (
    WORKER,
    Traffic,
    caught_up,
    digests,
    folded,
    killed_at,
    postgres,
    rebuild,
)
from tests.network.waiting import until

pytestmark = pytest.mark.network

RECORDS = 5_000
FOLDED_AGAIN_S = 200.0
TABLES = 4


@pytest.fixture(scope="module")
def alone() -> Iterator[LocalNetwork]:
    """Kafka, Postgres and a registry that ticks often."""
    with LocalNetwork(settings={"RXLOG_TICK_EVERY_S": "1"}) as network:
        network.start((WORKER,))
        yield network


@pytest.fixture(scope="module")
async def traffic(alone: LocalNetwork) -> AsyncIterator[Traffic]:
    """A log with thousands of records, and more to come."""
    log = EventLog(alone.kafka_bootstrap, "test", delivery_timeout_ms=30_000, linger_ms=2)
    one = Traffic(alone, log)
    await one.append(RECORDS)
    yield one
    log.close()


async def test_killed_at_any_point_it_goes_on_and_comes_to_the_same_bytes(
    alone: LocalNetwork, traffic: Traffic
) -> None:
    async with traffic.going_on():
        for records_folded in (0, 1, 2_500, 4_500):
            await killed_at(alone, records_folded)
        code, said = await rebuild(alone)
    assert code == 0, said
    assert "goes on where it was interrupted" in said
    assert said.count(" same") == TABLES
    assert await folded(alone, "registry_rebuild") == -1, "of no use any more"
    resumed, whole = (await rebuild(alone))[1], (await rebuild(alone, "--fresh"))[1]
    assert "begins at offset 0" in whole
    assert len(digests(whole)) == TABLES
    assert resumed.count(" same") == whole.count(" same") == TABLES


async def test_with_another_program_it_begins_anew_and_says_why(
    alone: LocalNetwork, traffic: Traffic
) -> None:
    await killed_at(alone, 1)
    async with postgres(alone) as database:
        await database.execute("UPDATE registry_rebuild.rebuild SET made_by = 'another'")
    code, said = await rebuild(alone, "--verify")
    assert code == 0, said
    assert "begins at offset 0: the program, its schemas or migrations changed" in said


async def test_a_registry_that_differs_is_found_named_and_put_right_by_a_swap(
    alone: LocalNetwork, traffic: Traffic
) -> None:
    async with postgres(alone) as database:
        changed, gone = await database.fetch(
            "SELECT code FROM registry.prescription WHERE due_at IS NULL ORDER BY code LIMIT 2"
        )
        await database.execute(
            "UPDATE registry.prescription SET patient_ref = 'somebody else' WHERE code = $1",
            changed["code"],
        )
        await database.execute("DELETE FROM registry.record WHERE code = $1", gone["code"])
    for options in (("--verify",), ("--verify", "--swap")):
        code, said = await rebuild(alone, *options)
        assert code == 1, said
        assert f"code {changed['code']}: not the same patient_ref" in said
        assert f"code {gone['code']}: only in the rebuilt one" in said
        assert "DIFFERENT in 1 rows" in said
    code, said = await rebuild(alone, "--swap")
    assert code == 0, said
    assert "goes on where it was interrupted" in said, "what was compared is not folded again"
    code, said = await rebuild(alone, "--verify")
    assert code == 0, said
    async with postgres(alone) as database:
        assert await database.fetchval(
            "SELECT patient_ref FROM registry_before.prescription WHERE code = $1", changed["code"]
        ) == ("somebody else")


async def test_a_swap_under_traffic_loses_nothing_and_nobody_reads_less_than_before(
    alone: LocalNetwork, traffic: Traffic
) -> None:
    async with postgres(alone) as database:
        await database.execute(
            "INSERT INTO registry.lookup (at, facility_id, role, person_id, what)"
            " VALUES (now(), 'f', 'clinic', 'p', 'prescription')"
        )
        looked_up = await database.fetchval("SELECT count(*) FROM registry.lookup")
    stop = asyncio.Event()
    seen: list[int] = []

    async def read() -> None:
        """As the API does: a pool, names without a schema, statements prepared once."""
        settings = DatabaseSettings(
            room="test", secrets_dir=Path(), postgres_url=SecretStr(alone.postgres_url("registry"))
        )
        async with open_pool(settings, "registry", lock_timeout_ms=2_000) as pool:
            while not stop.is_set():
                seen.append(await pool.fetchval("SELECT count(*) FROM record"))

    reader = asyncio.create_task(read())
    async with traffic.going_on():
        code, said = await rebuild(alone, "--swap")
        applied = await folded(alone, "registry")

        async def goes_on() -> bool:
            return await folded(alone, "registry") > applied

        await until(goes_on, "the worker going on in the new schema")
    stop.set()
    await reader
    assert code == 0, said
    assert seen == sorted(seen)
    await until(lambda: caught_up(alone), "catching up")
    code, said = await rebuild(alone, "--verify")
    assert code == 0, said
    async with postgres(alone) as database:
        assert await database.fetchval("SELECT count(*) FROM registry.lookup") == looked_up


async def test_two_rebuilds_do_not_mix(alone: LocalNetwork, traffic: Traffic) -> None:
    async with postgres(alone) as database:
        await database.execute(
            "SELECT pg_advisory_lock(hashtextextended('rxlog rebuild registry', 0))"
        )
        code, said = await rebuild(alone)
    assert (code, "under way" in said) == (2, True)


async def test_a_registry_of_an_older_version_is_folded_again_before_it_goes_on(
    alone: LocalNetwork, traffic: Traffic
) -> None:
    """Given tables that a migration could not complete, as after an upgrade."""
    await asyncio.to_thread(alone.stop_process, WORKER)
    async with postgres(alone) as database:
        await database.execute("UPDATE registry.prescription SET due_at = NULL")
        await database.execute("TRUNCATE registry.concern")
        await database.execute("INSERT INTO registry.fold_again VALUES ('tests')")
    await asyncio.to_thread(alone.start_process, WORKER)
    await asyncio.to_thread(alone.wait_ready, WORKER, FOLDED_AGAIN_S)
    await traffic.append(100)
    code, said = await rebuild(alone, "--verify")
    assert code == 0, said
    async with postgres(alone) as database:
        assert await database.fetchval("SELECT count(*) FROM registry.fold_again") == 0


async def test_the_migration_knows_the_partition_of_old_rows(alone: LocalNetwork) -> None:
    """Given the tables of the first release with a prescription in them."""
    settings = DatabaseSettings(
        room="test", secrets_dir=Path(), postgres_url=SecretStr(alone.postgres_url("registry"))
    )
    first = sorted(MIGRATIONS.glob("*.sql"))[0]
    async with open_pool(settings, "registry_old") as pool:
        await pool.execute("CREATE SCHEMA registry_old")
        await pool.execute(first.read_text())
        await pool.execute("INSERT INTO prescription (code, state) VALUES ('c', '{}')")
        await pool.execute(
            'INSERT INTO record (partition, "offset", code, event_id, submission, facility_id,'
            " recorded_at, content_hash, value, outcome)"
            " VALUES (7, 0, 'c', 'e', 's', 'f', now(), '', '', '{}')"
        )
        for path in sorted(MIGRATIONS.glob("*.sql"))[1:]:
            await pool.execute(path.read_text())
        assert await pool.fetchval("SELECT partition FROM prescription") == 7
        assert await pool.fetchval("SELECT count(*) FROM fold_again") == 1
        await pool.execute("DROP SCHEMA registry_old CASCADE")


@pytest.mark.parametrize("room", ["surveillance", "oversight"])
async def test_the_other_folders_are_rebuilt_too(network: LocalNetwork, room: str) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", f"services.{room}", "rebuild", "--verify"],
        env=network.env(f"{room}-worker"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " same" in done.stdout


async def test_a_comparison_names_what_is_missing_on_either_side(alone: LocalNetwork) -> None:
    url = alone.postgres_url("registry")
    async with postgres(alone) as one:
        other = await asyncpg.connect(url)
        for connection, rows in (
            (one, "(1, 'a'), (2, 'b'), (3, 'c')"),
            (other, "(2, 'x'), (4, 'd')"),
        ):
            await connection.execute("CREATE TEMPORARY TABLE thing (key integer, value text)")
            await connection.execute(f"INSERT INTO thing VALUES {rows}")
        async with one.transaction(), other.transaction():
            found = await compare(one, other, Dump("thing", ("key",)))
        await other.close()
    assert isinstance(found, Compared)
    assert (found.rows, found.rebuilt_rows, found.differing) == (3, 2, 4)
    assert found.first == [
        "key 1: only in the live one",
        "key 2: not the same value",
        "key 3: only in the live one",
        "key 4: only in the rebuilt one",
    ]
