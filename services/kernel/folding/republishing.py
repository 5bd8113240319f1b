"""Publishes every result of a folder once more: after a broker lost the end of its topics.

A rebuild publishes nothing, since results are known already. A lone broker that lost power may have
lost them while their cause stayed: a fact that surveillance never saw, an outcome nobody read. The
same folding from offset 0, into a schema that is dropped afterwards, publishes them all again.
Their ids are the same, so whoever has one drops the repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from services.kernel.folding.mechanism import Folder
from services.kernel.folding.process import RESULTS_TIMEOUT_MS, FolderSettings
from services.kernel.folding.refolding import Refolding
from services.kernel.log.event_log import EventLog
from services.kernel.store import database


async def republish(
    settings: FolderSettings,
    schema: str,
    migrations: Path,
    folder: Folder,
    say: Callable[[str], None],
) -> int:
    """Fold to where the live schema is, beside it, and publish; how many records it was."""
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
        refolding = Refolding(folder, settings.kafka_bootstrap, new, say, results)
        stack.callback(refolding.close)
        await refolding.take()
        async with live.acquire() as connection:
            positions = await refolding.positions(connection)
        records = await refolding.fold_until(positions)
        await live.execute(f"DROP SCHEMA {beside} CASCADE")
    return records
