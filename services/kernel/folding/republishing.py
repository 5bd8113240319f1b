"""Publishes every result of a folder once more: after a broker lost the end of its topics.

A rebuild publishes nothing, since results are known already. A lone broker that lost power may have
lost them while their cause stayed: a fact that surveillance never saw, an outcome nobody read. The
same folding from offset 0, into a schema that is dropped afterwards, publishes them all again.
Their ids are the same, so whoever has one drops the repeat.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from services.kernel.folding.log_reader import LogReader
from services.kernel.folding.mechanism import Folder, Folding
from services.kernel.folding.process import RESULTS_TIMEOUT_MS, FolderSettings
from services.kernel.log.event_log import EventLog
from services.kernel.store import database


async def republish(settings: FolderSettings, schema: str, migrations: Path, folder: Folder) -> int:
    """Fold the topic as it is now beside the live schema and publish; how many records it was."""
    beside = f"{schema}_republish"
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(database.open_pool(settings, schema))
        await live.execute(f"DROP SCHEMA IF EXISTS {beside} CASCADE; CREATE SCHEMA {beside}")
        new = await stack.enter_async_context(
            database.open_pool(settings, beside, migrations=migrations, statement_timeout_ms=0)
        )
        results = EventLog(
            settings.kafka_bootstrap,
            f"{settings.room}-republish",
            delivery_timeout_ms=RESULTS_TIMEOUT_MS,
            linger_ms=5,
        )
        stack.callback(results.close)
        reader = LogReader(settings.kafka_bootstrap, folder.topic)
        stack.callback(reader.close)
        records = await _fold(reader, Folding(new, folder, results))
        await live.execute(f"DROP SCHEMA {beside} CASCADE")
    return records


async def _fold(reader: LogReader, folding: Folding) -> int:
    ends = await asyncio.to_thread(reader.ends)
    await folding.take(ends)
    reader.read_from_start(ends)
    left = {partition: end for partition, end in ends.items() if end > 0}
    records = 0
    while left:
        fetch = await asyncio.to_thread(reader.fetch, left)
        if not fetch:
            continue
        applied = await folding.apply(fetch)
        records += applied.records
        left = {p: end for p, end in left.items() if applied.next_offsets.get(p, 0) < end}
    return records
