"""Rebuild: the same folding from offset 0 into a schema beside the live one, then compare.

Without `swap` the rebuild goes as far as the live schema is and the two are compared byte for
byte. With `swap` it goes to the end of the log and takes the live schema's place; the live one is
kept as `<schema>_before`. Readers see the old one until the swap.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg

from services.kernel.folding.log_reader import LogReader
from services.kernel.folding.mechanism import Folder, Folding
from services.kernel.folding.process import FolderSettings
from services.kernel.store import database

PROGRESS_EVERY = 20_000


def rebuild(
    settings: FolderSettings,
    schema: str,
    migrations: Path,
    folder: Folder,
    dumps: Mapping[str, str],
    *,
    swap: bool,
    carried_over: Sequence[str] = (),
) -> int:
    """Run a rebuild, tell what came of it; 0 when the two are the same (or were swapped).

    `carried_over` are the tables that do not come from the log: a swap moves them.
    """
    return asyncio.run(
        _rebuild(settings, schema, migrations, folder, dumps, swap=swap, carried_over=carried_over)
    )


async def _rebuild(
    settings: FolderSettings,
    schema: str,
    migrations: Path,
    folder: Folder,
    dumps: Mapping[str, str],
    *,
    swap: bool,
    carried_over: Sequence[str],
) -> int:
    beside = f"{schema}_rebuild"
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(
            database.open_pool(settings, schema, statement_timeout_ms=0)
        )
        await live.execute(f"DROP SCHEMA IF EXISTS {beside} CASCADE; CREATE SCHEMA {beside}")
        new = await stack.enter_async_context(
            database.open_pool(settings, beside, migrations=migrations, statement_timeout_ms=0)
        )
        reader = LogReader(settings.kafka_bootstrap, folder.topic)
        stack.callback(reader.close)
        ends = reader.ends()
        async with live.acquire() as snapshot:
            async with snapshot.transaction(isolation="repeatable_read", readonly=True):
                applied = await _applied(snapshot, folder.topic)
                expected = {} if swap else await digests(snapshot, dumps)
            until = ends if swap else {p: min(applied.get(p, 0), end) for p, end in ends.items()}
        records = await _fold_until(reader, Folding(new, folder, None), until)
        _say(f"{records} records of {folder.topic} folded into {beside}")
        if swap:
            return await _swap(live, schema, beside, folder.topic, carried_over)
        async with new.acquire() as connection:
            found = await digests(connection, dumps)
        if any(applied.get(p, 0) > end for p, end in ends.items()):
            _say("the log is shorter than what is applied: the broker lost the end of its log")
            return 1
        return _compare(expected, found)


def _compare(expected: Mapping[str, str], found: Mapping[str, str]) -> int:
    for name, digest in expected.items():
        same = "same" if found[name] == digest else "DIFFERENT"
        _say(f"{name:<14} live {digest[:16]}  rebuilt {found[name][:16]}  {same}")
    return 0 if dict(expected) == dict(found) else 1


async def _applied(connection: asyncpg.Connection, topic: str) -> dict[int, int]:
    rows = await connection.fetch(
        "SELECT partition, next_offset FROM fold_position WHERE topic = $1", topic
    )
    return {row["partition"]: row["next_offset"] for row in rows}


async def digests(connection: asyncpg.Connection, dumps: Mapping[str, str]) -> dict[str, str]:
    """SHA-256 of each dump, row by row in its order, as text."""
    found = {}
    async with connection.transaction():
        for name, query in dumps.items():
            digest = hashlib.sha256()
            async for row in connection.cursor(query, prefetch=2000):
                digest.update(repr(tuple(row)).encode() + b"\n")
            found[name] = digest.hexdigest()
    return found


async def _fold_until(reader: LogReader, folding: Folding, until: Mapping[int, int]) -> int:
    await folding.take(until)
    reader.read_from_start(until)
    left = {partition: end for partition, end in until.items() if end > 0}
    done = told = 0
    while left:
        fetch = await asyncio.to_thread(reader.fetch, left)
        if not fetch:
            continue
        applied = await folding.apply(fetch)
        done += applied.records
        for partition, next_offset in applied.next_offsets.items():
            if next_offset >= left[partition]:
                del left[partition]
        if done - told >= PROGRESS_EVERY:
            told = done
            _say(f"{done} of {sum(until.values())} records")
    return done


async def _swap(
    live: asyncpg.Pool, schema: str, beside: str, topic: str, carried_over: Sequence[str]
) -> int:
    """Put the rebuilt schema in the live one's place.

    A live worker stays the owner: the new positions get its epochs. What it applied meanwhile
    beyond the rebuilt end is applied again, in the new schema, from the log.
    """
    async with live.acquire() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {schema}.fold_position IN ACCESS EXCLUSIVE MODE")
        await connection.execute(
            f"UPDATE {beside}.fold_position AS new SET epoch = old.epoch"
            f" FROM {schema}.fold_position AS old"
            " WHERE old.topic = $1 AND new.topic = $1 AND old.partition = new.partition",
            topic,
        )
        for table in carried_over:
            await connection.execute(f"DROP TABLE {beside}.{table}")
            await connection.execute(f"ALTER TABLE {schema}.{table} SET SCHEMA {beside}")
        await connection.execute(f"DROP SCHEMA IF EXISTS {schema}_before CASCADE")
        await connection.execute(f"ALTER SCHEMA {schema} RENAME TO {schema}_before")
        await connection.execute(f"ALTER SCHEMA {beside} RENAME TO {schema}")
    _say(f"{schema} is the rebuilt one now; the former is kept as {schema}_before")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
