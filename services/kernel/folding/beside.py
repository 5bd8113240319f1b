"""The schema beside a live one: what a rebuild has done so far, and what it was begun with."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import asyncpg

from services.kernel.folding import told
from services.kernel.log.language import SCHEMAS

PROGRAM = Path(__file__).resolve().parents[2]
PROGRAM_FILES = {".py", ".sql", ".yaml", ".csv", ".json"}
PACKAGES = ("fastavro", "msgspec")
"""Packages whose bytes are in the tables."""


def fingerprint(inputs: Iterable[Path] = ()) -> str:
    """SHA-256 of everything the result of a fold depends on besides the log: the program, the
    schemas, the migrations (they are part of the program), `inputs`, the packages that encode."""
    digest = hashlib.sha256()
    files = [path for path in PROGRAM.rglob("*") if path.suffix in PROGRAM_FILES]
    files += [path for path in SCHEMAS.rglob("*") if path.is_file()]
    for path in [*sorted(files), *inputs]:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    told = [platform.python_version(), *(f"{name} {version(name)}" for name in PACKAGES)]
    digest.update("\n".join(told).encode())
    return digest.hexdigest()


async def why_anew(
    database: asyncpg.Connection, schema: str, made_by: str, *, finished_is_over: bool
) -> str | None:
    """Why a rebuild cannot go on with what is in the schema; None when it can.

    `made_by` is the fingerprint of now; `finished_is_over` says that a rebuild that was compared is
    not gone on with.
    """
    if await database.fetchval("SELECT to_regnamespace($1) IS NULL", schema):
        return "there is none to go on with"
    if await database.fetchval("SELECT to_regclass($1) IS NULL", f"{schema}.rebuild"):
        return "nobody knows what the one that is there was begun with"
    row = await database.fetchrow(f"SELECT made_by, compared FROM {schema}.rebuild")
    if row is None or row["made_by"] != made_by:
        return "the program, its schemas or migrations changed since the last one began"
    if row["compared"] and finished_is_over:
        return "the last one was finished"
    return None


async def begin(database: asyncpg.Connection, schema: str, made_by: str) -> None:
    """Make the schema anew; `made_by` is the fingerprint of what folds into it."""
    async with database.transaction():
        await drop(database, schema)
        await database.execute(f"CREATE SCHEMA {schema}")
        await database.execute(
            f"CREATE TABLE {schema}.rebuild"
            " (made_by text NOT NULL, compared boolean NOT NULL DEFAULT false)"
        )
        await database.execute(f"INSERT INTO {schema}.rebuild (made_by) VALUES ($1)", made_by)


async def note_compared(database: asyncpg.Connection, schema: str) -> None:
    """The rebuild reached its end and what it came to is kept."""
    await database.execute(f"UPDATE {schema}.rebuild SET compared = true")


async def drop(database: asyncpg.Connection, schema: str) -> None:
    """Drop a schema if it is there."""
    await database.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


async def swap(
    database: asyncpg.Connection, live: str, beside: str, carried_over: Sequence[str]
) -> None:
    """Put the schema beside in the live one's place, which is kept as `<live>_before`.

    Inside a transaction that holds the live positions. A live worker stays the owner of its
    partitions: the new positions get its epochs.
    """
    await database.execute(
        f"UPDATE {beside}.fold_position AS new SET epoch = old.epoch"
        f" FROM {live}.fold_position AS old"
        " WHERE old.topic = new.topic AND old.partition = new.partition"
    )
    await database.execute(f"DROP TABLE {beside}.rebuild")
    if told.TABLE in carried_over:
        await told.forget_what_is_lost(database, live, beside)
    for table in carried_over:
        await database.execute(f"DROP TABLE {beside}.{table}")
        await database.execute(f"ALTER TABLE {live}.{table} SET SCHEMA {beside}")
    await database.execute(f"ALTER SCHEMA {live} RENAME TO {live}_before")
    await database.execute(f"ALTER SCHEMA {beside} RENAME TO {live}")
