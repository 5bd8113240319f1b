"""The Faust worker that drives a folder.

Faust owns group membership, assignment, rebalance and shutdown; it owns no truth. Its default
path starts two asyncio tasks per record and acknowledges records whose handling failed, so its
consumer is replaced by one that hands whole fetches to `Folding`. `_drain_messages` is a private
method of Faust: the version is pinned and `tests/kernel/test_worker.py` holds the contract.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import faust
import structlog
from faust.transport.drivers import aiokafka as driver
from prometheus_client import Counter, Gauge

from services.kernel.clock import monotonic
from services.kernel.folding.mechanism import Applied, Folding
from services.kernel.log.log_record import LogRecord

log = structlog.get_logger(__name__)

RECORDS_FOLDED = Counter("rxlog_records_folded", "Records folded", ["topic"])
PARTITION_STOPPED = Gauge("rxlog_partition_stopped", "1 when stopped", ["topic", "partition"])

RETRY_FIRST_S, RETRY_MAX_S = 0.1, 2.0
HINT_EVERY_S = 5.0


class WholeFetchConsumer(driver.Consumer):  # type: ignore[misc]
    """Hands every fetch as a whole to the app's `Folding` and keeps the read position right."""

    async def _drain_messages(self, fetcher: Any) -> None:
        app: FoldingApp = self.app
        generation: int | None = None
        owned: dict[int, int] = {}
        hinted_at = monotonic()
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                if not self.flow_active or app.rebalancing:
                    generation = None  # what was fetched meanwhile is dropped: read it again
                    await self.sleep(0.01)
                    continue
                if generation != app.consumer_generation_id:
                    generation = app.consumer_generation_id
                    owned = await self._take_over(app)
                records, _active = await self._wait_next_records(timeout=1.0)
                if not self.flow_active or app.consumer_generation_id != generation:
                    generation = None
                    continue
                if records and generation is not None:
                    await self._apply(app, records, owned, generation)
                if monotonic() - hinted_at > HINT_EVERY_S:
                    hinted_at = monotonic()
                    await self._hint(app, owned)
        except (asyncio.CancelledError, driver.ConsumerStoppedError):
            if not app.should_stop:
                raise

    async def _take_over(self, app: FoldingApp) -> dict[int, int]:
        """On a new assignment: raise epochs, check the log's end, seek to what Postgres says."""
        mine = sorted(tp.partition for tp in self.assignment() if tp.topic == app.source)
        owned: dict[int, int] = await _until_it_works(lambda: app.folding.take(mine), app) or {}
        ends = await self._thread.highwaters(*(self._tp(app, p) for p in mine))
        for partition, next_offset in owned.items():
            tp = self._tp(app, partition)
            if next_offset > ends[tp]:
                self._stop_partition(
                    app,
                    partition,
                    f"{app.source}/{partition} ends at {ends[tp]} but {next_offset} records of it "
                    "are already applied: the broker lost the end of its log. Restore the "
                    "broker's data, or rebuild from this log with `rxlog rebuild --swap`",
                )
                continue
            PARTITION_STOPPED.labels(app.source, partition).set(0)
            # one record back, so that the last applied record is seen and compared
            await self.seek(tp, max(next_offset - 1, 0))
        app.mark_ready()
        log.info("partitions taken", topic=app.source, next_offsets=owned)
        return owned

    async def _apply(
        self, app: FoldingApp, records: dict[Any, list[Any]], owned: dict[int, int], generation: int
    ) -> None:
        fetch = {
            tp.partition: [_log_record(record) for record in batch]
            for tp, batch in records.items()
            if batch and tp.topic == app.source and tp.partition in owned
        }
        if not fetch:
            return

        def still_ours() -> bool:
            return bool(self.flow_active) and self.app.consumer_generation_id == generation

        applied = await _until_it_works(lambda: app.folding.apply(fetch), app, still_ours)
        if applied is None:
            return
        owned.update(applied.next_offsets)
        RECORDS_FOLDED.labels(app.source).inc(applied.records)
        await self._follow(app, applied, owned)

    async def _follow(self, app: FoldingApp, applied: Applied, owned: dict[int, int]) -> None:
        for partition, offset in applied.read_again_from.items():
            await self.seek(self._tp(app, partition), offset)
        for partition in applied.lost:
            owned.pop(partition, None)
            log.warning("another worker owns the partition", topic=app.source, partition=partition)
        for partition, reason in applied.mismatched.items():
            owned.pop(partition, None)
            self._stop_partition(app, partition, reason)

    def _stop_partition(self, app: FoldingApp, partition: int, reason: str) -> None:
        PARTITION_STOPPED.labels(app.source, partition).set(1)
        self.pause_partitions({self._tp(app, partition)})
        log.error("partition stopped", topic=app.source, partition=partition, reason=reason)

    async def _hint(self, app: FoldingApp, owned: dict[int, int]) -> None:
        """Tell Kafka how far we are: a hint for lag tools, never relied on."""
        consumer = self._thread._ensure_consumer()
        offsets = {self._tp(app, p): next_offset for p, next_offset in owned.items() if next_offset}
        try:
            await self._thread.call_thread(consumer.commit, offsets)
        except Exception as error:  # whatever it is, truth is in Postgres
            log.debug("offset hint not taken", error=repr(error))

    def _tp(self, app: FoldingApp, partition: int) -> Any:
        return self._new_topicpartition(app.source, partition)


class WholeFetchTransport(driver.Transport):  # type: ignore[misc]
    """Faust's aiokafka transport with the whole-fetch consumer."""

    Consumer = WholeFetchConsumer


class FoldingApp(faust.App):  # type: ignore[misc]
    """A Faust app whose only work is to drive one folder.

    `open_folding` is awaited once at start and gives the mechanism; `close` is awaited at stop.
    """

    def __init__(
        self,
        name: str,
        *,
        source: str,
        bootstrap: str,
        open_folding: Callable[[], Awaitable[Folding]],
        close: Callable[[], Awaitable[None]],
        instance: str,
        ready_file: Path | None,
        session_timeout_s: float = 10.0,
        max_poll_records: int = 2000,
    ) -> None:
        super().__init__(
            name,
            broker=f"aiokafka://{bootstrap}",
            store="memory://",
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            stream_wait_empty=False,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=instance or None,
            broker_max_poll_records=max_poll_records,
            broker_session_timeout=session_timeout_s,
            broker_rebalance_timeout=20.0,
            broker_heartbeat_interval=2.0,
            broker_request_timeout=30.0,
            broker_check_crcs=True,
            producer_acks=1,  # Faust's own producer is never used
        )
        self.source = source
        self.ready_file = ready_file
        self._open_folding = open_folding
        self._close = close
        self.folding: Folding
        # Subscribed through the conductor; acks are off because Postgres owns the offsets.
        self.topics.add(self.topic(source, acks=False, value_serializer="raw"))

    def _new_transport(self) -> WholeFetchTransport:
        return WholeFetchTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Faust keeps nothing on disk: Postgres holds the state."""

    async def on_start(self) -> None:
        self.folding = await self._open_folding()
        gc.collect()
        gc.freeze()  # what was loaded by now stays: collections need not look at it again
        await super().on_start()

    async def on_stop(self) -> None:
        if self.ready_file is not None:
            self.ready_file.unlink(missing_ok=True)
        await super().on_stop()
        await self._close()

    def mark_ready(self) -> None:
        """Partitions are assigned and taken; the process runner waits for this file."""
        if self.ready_file is not None:
            self.ready_file.touch()


def run(app: FoldingApp) -> None:
    """Run the worker until SIGTERM or SIGINT."""
    worker = faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it writes terminal codes into log files
    worker.execute_from_commandline()


async def _until_it_works(
    attempt: Callable[[], Awaitable[Any]],
    app: FoldingApp,
    still_wanted: Callable[[], bool] = lambda: True,
) -> Any:
    """Repeat what Postgres or Kafka refuses for now; None when it is no longer wanted.

    Nothing is lost by waiting: the records stay where they are, reading stops (backpressure).
    """
    pause_s = RETRY_FIRST_S
    while not app.should_stop and still_wanted():
        try:
            return await attempt()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("fold interrupted, trying again", error=repr(error), pause_s=pause_s)
            await app.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_MAX_S)
    return None


def _log_record(record: Any) -> LogRecord:
    return LogRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        record.headers,
    )
