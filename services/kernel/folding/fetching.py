"""Reads whole fetches for the Faust worker, and keeps the read position right.

Faust's default path starts two asyncio tasks per record and acknowledges records whose handling
failed, so its consumer is replaced by one that hands whole fetches to `Folding`. `_drain_messages`
is a private method of Faust: the version is pinned and `tests/kernel/test_worker.py` holds the
contract.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode import Service
from prometheus_client import Counter

from services.kernel.clock import monotonic
from services.kernel.folding import membership
from services.kernel.folding.mechanism import WHAT_TO_DO, Applied
from services.kernel.log.log_record import LogRecord

if TYPE_CHECKING:
    from services.kernel.folding.worker import FoldingApp

T = TypeVar("T")

log = structlog.get_logger(__name__)

RECORDS_FOLDED = Counter("rxlog_records_folded", "Records folded", ["topic"])

RETRY_FIRST_S, RETRY_MAX_S = 0.1, 2.0
HINT_EVERY_S, BEAT_EVERY_S = 5.0, 1.0
NEVER = float("inf")

TAKE_AGAIN_AFTER_S = 12.0
"""Longer than the session timeout. By then a worker that lost its partitions to another one knows
it from Kafka; one that Kafka still names the owner met another database (a restored backup)."""

LOOK_S = 0.1
"""While partitions are being taken it is looked at so often whether they are still ours."""

LOOK_AGAIN_S = 5.0
"""After so long a stopped partition is looked at again: it goes on once things were put right."""


class WholeFetchConsumer(driver.Consumer):  # type: ignore[misc]
    """Hands every fetch as a whole to the app's `Folding` and keeps the read position right."""

    @Service.task  # type: ignore[untyped-decorator]
    async def _stay_a_member(self) -> None:
        """End the process when it is kept in no group: its supervisor starts it anew."""
        while not self.should_stop:
            await self.sleep(BEAT_EVERY_S)
            if lost := membership.lost(self._thread._consumer):
                await self.crash(lost)

    async def _drain_messages(self, fetcher: Any) -> None:
        app: FoldingApp = self.app
        generation: int | None = None
        hinted_at = monotonic()
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                if not self.flow_active or app.rebalancing:
                    generation = None  # what was fetched meanwhile is dropped: read it again
                    app.followed.clear()
                    await self.sleep(0.01)
                    continue
                if generation != app.consumer_generation_id or monotonic() >= app.take_again_at:
                    generation = app.consumer_generation_id
                    await self._take_over(app)
                records, _active = await self._wait_next_records(timeout=1.0)
                if not self.flow_active or app.consumer_generation_id != generation:
                    generation = None
                    continue
                if app.links.are_new(self._thread._ensure_consumer()):
                    generation = None  # a broker that came back: compare before going on
                    continue
                if records and generation is not None:
                    await self._apply(app, records, generation)
                if monotonic() - hinted_at > HINT_EVERY_S:
                    hinted_at = monotonic()
                    await self._hint(app)
        except (asyncio.CancelledError, driver.ConsumerStoppedError):
            if not app.should_stop:
                raise

    async def _take_over(self, app: FoldingApp) -> None:
        """On a new assignment: raise epochs, check the log's end, seek to what Postgres says."""
        app.take_again_at = NEVER
        app.followed.clear()
        mine = sorted(tp.partition for tp in self.assignment() if tp.topic == app.source)
        app.stopped.keep(mine)
        app.links.keep(self._tp(app, partition) for partition in mine)
        ours = self._still_ours(app, app.consumer_generation_id)
        taken: dict[int, int] | None = await _until_it_works(
            lambda: _while(ours, app.folding.take(mine)), app, ours
        )
        if taken is None:
            app.take_again_at = monotonic()
            return
        await self._place(app, taken)
        app.stopped.show()
        log.info("partitions taken", topic=app.source, next_offsets=taken)

    async def _place(self, app: FoldingApp, next_offsets: Mapping[int, int]) -> None:
        """Follow partitions from these offsets on; stop those whose log ends before."""
        tps = [self._tp(app, p) for p in next_offsets]
        ours = self._still_ours(app, app.consumer_generation_id)
        ends = await _until_it_works(lambda: self._thread.highwaters(*tps), app, ours)
        if ends is None:
            return
        app.links.remember(self._thread._ensure_consumer(), tps)
        for partition, next_offset in next_offsets.items():
            tp = self._tp(app, partition)
            if next_offset > ends[tp]:
                self._stop_partition(
                    app,
                    partition,
                    f"{app.source}/{partition} ends at {ends[tp]} but {next_offset} records of it "
                    f"are already applied: the broker lost the end of its log. {WHAT_TO_DO}",
                )
                continue
            if next_offset == 0:  # nothing applied, nothing to compare
                app.stopped.release({partition})
            app.followed[partition] = next_offset
            self.resume_partitions({TP(app.source, partition)})  # no other type will do
            # one record back, so that the last applied record is seen and compared
            await self._read_from(app, tp, max(next_offset - 1, 0))

    async def _apply(self, app: FoldingApp, records: dict[Any, list[Any]], generation: int) -> None:
        fetch = {
            tp.partition: [LogRecord.of(record) for record in batch]
            for tp, batch in records.items()
            if batch and tp.topic == app.source and tp.partition in app.followed
        }
        # A client whose place is beyond the log's end goes back to the beginning by itself: the
        # end is looked at again before what is appended there now is passed over as known.
        strayed = {
            partition: app.followed[partition]
            for partition, batch in fetch.items()
            if batch[0].offset < app.followed[partition] - 1
        }
        if strayed:
            await self._place(app, strayed)
        fetch = {p: batch for p, batch in fetch.items() if p not in strayed}
        if not fetch:
            return
        ours = self._still_ours(app, generation)
        applied = await _until_it_works(lambda: app.folding.apply(fetch), app, ours)
        if applied is None:
            return
        app.followed.update(applied.next_offsets)
        RECORDS_FOLDED.labels(app.source).inc(applied.records)
        await self._follow(app, applied)
        compared = fetch.keys() - applied.read_again_from.keys()
        app.stopped.release(compared & app.followed.keys())

    def _still_ours(self, app: FoldingApp, generation: int) -> Callable[[], bool]:
        return lambda: bool(self.flow_active) and app.consumer_generation_id == generation

    async def _follow(self, app: FoldingApp, applied: Applied) -> None:
        for partition, offset in applied.read_again_from.items():
            await self._read_from(app, self._tp(app, partition), offset)
        for partition in applied.lost:
            app.followed.pop(partition, None)
            app.take_again_at = monotonic() + TAKE_AGAIN_AFTER_S
            log.warning("another worker owns the partition", topic=app.source, partition=partition)
        for partition, reason in applied.mismatched.items():
            self._stop_partition(app, partition, reason)

    async def _read_from(self, app: FoldingApp, tp: Any, offset: int) -> None:
        try:
            await self.seek(tp, offset)
        except IllegalStateError:  # a rebalance gave it away between two steps
            app.followed.pop(tp.partition, None)
            app.take_again_at = min(app.take_again_at, monotonic() + RETRY_FIRST_S)

    def _stop_partition(self, app: FoldingApp, partition: int, reason: str) -> None:
        app.followed.pop(partition, None)
        app.stopped.stop(partition, reason)
        self.pause_partitions({self._tp(app, partition)})
        app.take_again_at = min(app.take_again_at, monotonic() + LOOK_AGAIN_S)

    async def _hint(self, app: FoldingApp) -> None:
        """Tell Kafka how far we are: a hint for lag tools, never relied on."""
        consumer = self._thread._ensure_consumer()
        offsets = {self._tp(app, p): offset for p, offset in app.followed.items() if offset}
        try:
            await self._thread.call_thread(consumer.commit, offsets)
        except Exception as error:  # whatever it is, truth is in Postgres
            log.debug("offset hint not taken", error=repr(error))

    def _tp(self, app: FoldingApp, partition: int) -> Any:
        return self._new_topicpartition(app.source, partition)


async def _while(wanted: Callable[[], bool], taking: Coroutine[Any, Any, T]) -> T | None:
    """What `taking` gives; it is given up when nobody wants it any more.

    Partitions taken late, by one who had to wait for Postgres and lost them meanwhile, would be
    taken from their next owner, who would stand still until it is sure of that.
    """
    task = asyncio.create_task(taking)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_S)
            if not task.done() and not wanted():
                return None
        return task.result()
    finally:
        if task.cancel():
            await asyncio.wait({task})


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
