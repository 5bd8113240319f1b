"""Runs one folder as a process: Postgres, producer, mechanism, Faust worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path

from services.kernel.folding.mechanism import Folder, Folding
from services.kernel.log.event_log import EventLog
from services.kernel.settings import DatabaseSettings, KafkaSettings, Milliseconds, WorkerSettings
from services.kernel.store import database

RESULTS_TIMEOUT_MS = 6_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 12_000
"""Longer than results may take to be acknowledged, so that only a stopped process meets it."""


class FolderSettings(DatabaseSettings, KafkaSettings, WorkerSettings):
    """A worker that folds a topic. `instance` is unique per worker of a room: it keeps its
    partitions over a restart (Kafka static membership); empty gives that up. A worker that is
    silent for `session_timeout_ms` loses them; the broker sets bounds to it. A statement that takes
    longer than `statement_timeout_ms` is ended and the batch is folded again."""

    instance: str = ""
    session_timeout_ms: Milliseconds = 10_000
    statement_timeout_ms: Milliseconds = 8_000


def run_folder(
    settings: FolderSettings,
    schema: str,
    migrations: Path,
    folder: Folder,
    beat: Callable[[EventLog, Collection[int]], Awaitable[None]] | None = None,
) -> None:
    """Fold until SIGTERM or SIGINT. `beat` is called every second with the way to append and the
    partitions that are followed; it must not raise."""
    # Faust takes as long to load as everything else: look-ups and rebuilds do without it
    from services.kernel.folding.worker import FoldingApp, run  # noqa: PLC0415

    resources = AsyncExitStack()
    results: EventLog

    async def on_beat(partitions: Collection[int]) -> None:
        if beat is not None:
            await beat(results, partitions)

    async def open_folding() -> Folding:
        nonlocal results
        pool = await resources.enter_async_context(
            database.open_pool(
                settings,
                schema,
                migrations=migrations,
                statement_timeout_ms=settings.statement_timeout_ms,
                idle_in_transaction_timeout_ms=IDLE_IN_TRANSACTION_TIMEOUT_MS,
            )
        )
        results = EventLog(
            settings.kafka_bootstrap,
            settings.room,
            delivery_timeout_ms=RESULTS_TIMEOUT_MS,
            linger_ms=0,
        )
        resources.callback(results.close)
        return Folding(pool, folder, results)

    run(
        FoldingApp(
            f"rxlog-{folder.name}",
            source=folder.topic,
            bootstrap=settings.kafka_bootstrap,
            open_folding=open_folding,
            close=resources.aclose,
            instance=settings.instance,
            session_timeout_s=settings.session_timeout_ms / 1000,
            ready_file=settings.ready_file,
            beat=on_beat if beat is not None else None,
        )
    )
