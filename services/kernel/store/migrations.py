"""Numbered migrations of one room's schema.

A migration is a file `NNNN_what_it_does.sql` in the room's `migrations/`. The files are applied in
order, all or none, by whichever process of the room starts first; the text of an applied file is
remembered by its SHA-256 and may never change again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from services.kernel import clock
from services.kernel.settings import CannotStartError

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_ANY_TIME_S = 86_400.0
"""A migration of a large table, or waiting for one, takes what it takes."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file. `checksum` is the SHA-256 of its text in hexadecimal."""

    number: int
    name: str
    checksum: str
    sql: str


async def migrate(pool: asyncpg.Pool, folder: Path, schema: str) -> Sequence[str]:
    """Apply what is not applied yet; returns the names of the files applied now.

    Raises `CannotStartError` when an applied file has changed or is missing.
    """
    known = read_migrations(folder)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            f"rxlog migrations {schema}",
            timeout=_ANY_TIME_S,
        )
        await _ensure_table(connection, schema)
        applied = {
            row["number"]: row
            for row in await connection.fetch("SELECT number, name, checksum FROM migration")
        }
        _compare(schema, known, applied)
        due = [migration for migration in known if migration.number not in applied]
        for migration in due:
            await _apply(connection, schema, migration)
    names = [migration.name for migration in due]
    if names:
        _log.info("migrations applied", schema=schema, files=names)
    return names


def read_migrations(folder: Path) -> list[Migration]:
    """The files of a folder in order, numbered 1, 2, 3 without a gap."""
    migrations = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) != number:
            raise CannotStartError(
                f"{path} should be named {number:04d}_<what_it_does>.sql: number the migrations "
                "of a folder 0001, 0002 and so on without a gap."
            )
        text = path.read_text(encoding="utf-8")
        checksum = hashlib.sha256(text.encode()).hexdigest()
        migrations.append(Migration(number, path.name, checksum, text))
    return migrations


async def _ensure_table(connection: asyncpg.Connection, schema: str) -> None:
    """Make the schema (when the role may) and the table of applied migrations."""
    may_create = "has_database_privilege(current_database(), 'CREATE')"
    row = await connection.fetchrow(
        f"SELECT to_regnamespace($1) IS NOT NULL AS there, {may_create} AS may_create", schema
    )
    if not row["there"]:
        if not row["may_create"]:
            raise CannotStartError(
                f"The database has no schema {schema}: create it for this role with "
                "infra/postgres/roles.sql."
            )
        await connection.execute(f'CREATE SCHEMA "{schema}"')
    await connection.execute(
        """
        CREATE TABLE IF NOT EXISTS migration (
            number integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL
        )
        """
    )


def _compare(schema: str, known: Sequence[Migration], applied: dict[int, Any]) -> None:
    by_number = {migration.number: migration for migration in known}
    for number, row in sorted(applied.items()):
        migration = by_number.get(number)
        if migration is None:
            raise CannotStartError(
                f"Schema {schema} has migration {row['name']}, which this version does not know: "
                "start a version that has it."
            )
        if migration.checksum != row["checksum"]:
            raise CannotStartError(
                f"Migration {migration.name} of schema {schema} was changed after it had been "
                "applied: restore its text and put the change into a new file."
            )


async def _apply(connection: asyncpg.Connection, schema: str, migration: Migration) -> None:
    try:
        await connection.execute(migration.sql, timeout=_ANY_TIME_S)
    except asyncpg.PostgresError as error:
        raise CannotStartError(
            f"Migration {migration.name} of schema {schema} failed and nothing was changed "
            f"({error.sqlstate}: {error.message}): correct the file and start again."
        ) from error
    await connection.execute(
        "INSERT INTO migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        migration.number,
        migration.name,
        migration.checksum,
        clock.now(),
    )
