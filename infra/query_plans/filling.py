"""Fills the registry's tables with so many prescriptions: rows first, indexes after."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

from services.registry.store.statements import named

FILLING = Path(__file__).with_name("filling.sql").read_text(encoding="utf-8")
TABLES = ("prescription", "record", "concern")

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "1GB",
    "autovacuum": "off",
}
"""Of a server whose data are thrown away. Memory for answers is the local network's."""

Say = Callable[[str, float], None]


async def fill(database: asyncpg.Connection, rows: int, say: Say) -> None:
    """Fill the tables, which the migrations have made and which are empty."""
    statements = named(FILLING.replace(":rows", str(int(rows))))
    functions = FILLING[: FILLING.index("-- name:")].replace(":rows", str(int(rows)))
    await database.execute(functions)
    for table in TABLES:
        await _fill_table(database, table, statements[table], say)
    await database.execute(statements["rest"])
    began = time.monotonic()
    await database.execute(f"VACUUM (ANALYZE) {', '.join((*TABLES, 'tally', 'fold_position'))}")
    say("vacuumed and analysed", time.monotonic() - began)


async def _fill_table(database: asyncpg.Connection, table: str, sql: str, say: Say) -> None:
    """Rows without indexes, and without a write-ahead log: the table is new to the transaction."""
    began = time.monotonic()
    indexes = await database.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
        " AND tablename = $1 ORDER BY indexname",
        table,
    )
    async with database.transaction():
        await database.execute(f"TRUNCATE {table}")
        await database.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")
        for index in indexes:
            await database.execute(f"DROP INDEX IF EXISTS {index['indexname']}")
        await database.execute(sql)
    say(f"{table}: rows", time.monotonic() - began)
    for index in indexes:
        began = time.monotonic()
        await database.execute(index["indexdef"].replace(" ON ONLY ", " ON ", 1))
        say(f"{table}: {index['indexname']}", time.monotonic() - began)


async def sizes(database: asyncpg.Connection) -> list[asyncpg.Record]:
    """Rows and bytes of each large table and each of its indexes, all parts together."""
    found: list[asyncpg.Record] = await database.fetch(
        "SELECT whole.relname AS name, sum(part.reltuples)::bigint AS rows,"
        " sum(pg_relation_size(part.oid))::bigint AS bytes FROM pg_class AS whole"
        " CROSS JOIN LATERAL pg_partition_tree(whole.oid) AS tree"
        " JOIN pg_class AS part ON part.oid = tree.relid"
        " WHERE whole.relnamespace = current_schema()::regnamespace AND tree.isleaf"
        " AND whole.relkind IN ('p', 'I') GROUP BY 1 ORDER BY 1"
    )
    return found


async def wholes(database: asyncpg.Connection) -> dict[str, str]:
    """Part of a large table or of its index -> the table or index it is a part of."""
    rows = await database.fetch(
        "SELECT part.relname AS part, whole.relname AS whole FROM pg_inherits"
        " JOIN pg_class AS part ON part.oid = inhrelid"
        " JOIN pg_class AS whole ON whole.oid = inhparent"
        " WHERE whole.relnamespace = current_schema()::regnamespace"
    )
    return {row["part"]: row["whole"] for row in rows}
