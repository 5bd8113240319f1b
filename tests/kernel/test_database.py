"""Postgres: waiting for it, migrations, JSON as bytes. The files' own rules need no server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from pydantic import SecretStr

from infra.faults.links import Links
from infra.local import ports
from services.kernel.settings import CannotStartError, DatabaseSettings
from services.kernel.store import database
from services.kernel.store.database import check, open_pool
from services.kernel.store.migrations import migrate, read_migrations

FIRST = "CREATE TABLE thing (id integer PRIMARY KEY, document jsonb, text json);\n"
LOCK = "rxlog migrations kernel_test"
LOCKED = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
SECOND = "INSERT INTO thing VALUES (1); INSERT INTO thing VALUES (2);\n"


def write(folder: Path, **files: str) -> Path:
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql)
    return folder


def settings(url: str) -> DatabaseSettings:
    return DatabaseSettings(room="test", secrets_dir=Path(), postgres_url=SecretStr(url))


def test_migrations_are_read_in_order(tmp_path: Path) -> None:
    write(tmp_path, m0002_more=SECOND, m0001_tables=FIRST)
    assert [m.name for m in read_migrations(tmp_path)] == ["0001_tables.sql", "0002_more.sql"]


@pytest.mark.parametrize(
    "names",
    [["m0002_first"], ["m0001_a", "m0003_b"], ["m0001_a", "m0001_b"], ["m1_a"], ["m0001_A"]],
)
def test_badly_numbered_migrations_are_refused(tmp_path: Path, names: list[str]) -> None:
    write(tmp_path, **dict.fromkeys(names, FIRST))
    with pytest.raises(CannotStartError, match="should be named"):
        read_migrations(tmp_path)


async def test_a_postgres_that_does_not_answer_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"postgresql://role@127.0.0.1:{port}/rxlog"
    with pytest.raises(CannotStartError, match=r"did not answer within 0\.3 s"):
        async with open_pool(settings(url), "x", start_seconds_max=0.3):
            pass


@pytest.fixture
async def pool(postgres_url: Callable[[str], str]) -> AsyncIterator[asyncpg.Pool]:
    """A pool on an empty schema of its own; the registry's role may create schemas."""
    async with open_pool(settings(postgres_url("registry")), "kernel_test") as opened:
        yield opened
        await opened.execute("DROP SCHEMA IF EXISTS kernel_test CASCADE")


@pytest.mark.network
async def test_migrations_are_applied_once(pool: asyncpg.Pool, tmp_path: Path) -> None:
    write(tmp_path, m0001_tables=FIRST, m0002_rows=SECOND)
    assert await migrate(pool, tmp_path, "kernel_test") == ["0001_tables.sql", "0002_rows.sql"]
    assert await migrate(pool, tmp_path, "kernel_test") == []
    assert await pool.fetchval("SELECT count(*) FROM kernel_test.thing") == 2
    write(tmp_path, m0003_more="INSERT INTO thing VALUES (3)")
    assert await migrate(pool, tmp_path, "kernel_test") == ["0003_more.sql"]


@pytest.mark.network
async def test_processes_that_start_together_take_turns(pool: asyncpg.Pool, tmp_path: Path) -> None:
    write(tmp_path, m0001_tables=FIRST, m0002_rows=SECOND)
    results = await asyncio.gather(*(migrate(pool, tmp_path, "kernel_test") for _ in range(5)))
    assert sorted(len(names) for names in results) == [0, 0, 0, 0, 2]


@pytest.mark.network
async def test_who_waits_for_a_long_migration_waits_as_long_as_it_takes(
    postgres_url: Callable[[str], str], tmp_path: Path
) -> None:
    """Given a process whose statements wait for no lock, while another one migrates."""
    write(tmp_path, m0001_tables=FIRST)
    url = postgres_url("registry")
    other = await asyncpg.connect(url)
    try:
        async with open_pool(settings(url), "kernel_test", lock_timeout_ms=50) as pool:
            async with other.transaction():
                await other.execute(LOCKED, LOCK)
                waiting = asyncio.create_task(migrate(pool, tmp_path, "kernel_test"))
                with pytest.raises(asyncpg.LockNotAvailableError):  # others would have given up
                    await pool.execute(LOCKED, LOCK)
            assert await waiting == ["0001_tables.sql"]
            await pool.execute("DROP SCHEMA kernel_test CASCADE")
    finally:
        await other.close()


@pytest.mark.network
async def test_a_line_that_died_without_a_word_is_given_up(
    postgres_url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing passes on the connections there are, for ever; new ones work."""
    monkeypatch.setattr(database, "SILENT_AFTER_S", 0.2)
    url = urlsplit(postgres_url("registry"))
    assert url.port is not None
    port = ports.free([])["postgres"]
    proxied = urlunsplit(url._replace(netloc=url.netloc.replace(str(url.port), str(port))))
    async with (
        Links({"postgres": port}, {"postgres": url.port}) as links,
        open_pool(settings(proxied), "kernel_test", statement_timeout_ms=300) as pool,
    ):
        assert await pool.fetchval("SELECT 1") == 1
        assert await links.trouble("postgres", "silence") == 1
        async with asyncio.timeout(30):
            with pytest.raises(TimeoutError):
                await pool.fetchval("SELECT 1")
            assert await pool.fetchval("SELECT 1") == 1


@pytest.mark.network
async def test_a_changed_file_is_refused(pool: asyncpg.Pool, tmp_path: Path) -> None:
    write(tmp_path, m0001_tables=FIRST)
    await migrate(pool, tmp_path, "kernel_test")
    write(tmp_path, m0001_tables=FIRST + "-- tidier\n")
    with pytest.raises(CannotStartError, match="was changed after it had been applied: restore"):
        await migrate(pool, tmp_path, "kernel_test")


@pytest.mark.network
async def test_a_newer_database_is_refused(pool: asyncpg.Pool, tmp_path: Path) -> None:
    write(tmp_path, m0001_tables=FIRST, m0002_rows=SECOND)
    await migrate(pool, tmp_path, "kernel_test")
    (tmp_path / "0002_rows.sql").unlink()
    with pytest.raises(CannotStartError, match="this version does not know"):
        await migrate(pool, tmp_path, "kernel_test")


@pytest.mark.network
async def test_a_failing_file_changes_nothing(pool: asyncpg.Pool, tmp_path: Path) -> None:
    write(tmp_path, m0001_tables=FIRST, m0002_rows="INSERT INTO nowhere VALUES (1)")
    with pytest.raises(CannotStartError, match=r"0002_rows\.sql .* failed and nothing was changed"):
        await migrate(pool, tmp_path, "kernel_test")
    assert await pool.fetchval("SELECT to_regclass('kernel_test.thing')") is None


@pytest.mark.network
async def test_json_columns_take_and_give_bytes(pool: asyncpg.Pool, tmp_path: Path) -> None:
    write(tmp_path, m0001_tables=FIRST)
    await migrate(pool, tmp_path, "kernel_test")
    written = '{"name": "BỆNH NHÂN MẪU 0042"}'.encode()
    await pool.execute("INSERT INTO thing VALUES (1, $1, $2)", written, written)
    await pool.copy_records_to_table(
        "thing", records=[(2, b"[1, 2.50]", b"[1,2.50]")], schema_name="kernel_test"
    )
    rows = await pool.fetch("SELECT document, text FROM thing ORDER BY id")
    assert [tuple(row) for row in rows] == [(written, written), (b"[1, 2.50]", b"[1,2.50]")]
    with pytest.raises(asyncpg.PostgresError):
        await pool.execute("INSERT INTO thing (id, document) VALUES (3, $1)", b"{")


@pytest.mark.network
async def test_connections_are_set_up(pool: asyncpg.Pool) -> None:
    names = ("search_path", "application_name", "TimeZone", "statement_timeout")
    values = [await pool.fetchval("SELECT current_setting($1)", name) for name in names]
    assert values == ["kernel_test", "rxlog-test", "UTC", "15s"]
    assert await check(pool) is None


@pytest.mark.network
async def test_an_open_transaction_is_not_handed_on(pool: asyncpg.Pool) -> None:
    connection = await pool.acquire()
    await connection.execute("BEGIN")
    await connection.execute("CREATE SCHEMA kernel_test")
    await pool.release(connection)
    async with pool.acquire() as same:
        assert not same.is_in_transaction()
    assert await pool.fetchval("SELECT to_regnamespace('kernel_test')") is None


@pytest.mark.network
@pytest.mark.parametrize("change", [("registry:", "registry:x"), ("/rxlog", "/other")])
async def test_a_refused_login_is_one_sentence(
    postgres_url: Callable[[str], str], change: tuple[str, str]
) -> None:
    url = postgres_url("registry").replace(*change)
    with pytest.raises(CannotStartError, match="refused the login"):
        async with open_pool(settings(url), "x"):
            pass


@pytest.mark.network
async def test_a_role_without_a_schema_is_told_how_to_get_one(
    postgres_url: Callable[[str], str], tmp_path: Path
) -> None:
    async with open_pool(settings(postgres_url("identity")), "elsewhere") as opened:
        with pytest.raises(CannotStartError, match="no schema elsewhere"):
            await migrate(opened, tmp_path, "elsewhere")


@pytest.mark.network
async def test_a_statement_that_hangs_is_ended(postgres_url: Callable[[str], str]) -> None:
    options: dict[str, Any] = {"statement_timeout_ms": 50}
    async with open_pool(settings(postgres_url("identity")), "identity", **options) as opened:
        with pytest.raises(asyncpg.QueryCanceledError):
            await opened.execute("SELECT pg_sleep(10)")
