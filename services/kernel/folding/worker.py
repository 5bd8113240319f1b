"""The Faust worker that drives a folder.

Faust owns group membership, assignment, rebalance and shutdown; it owns no truth. What it fetches
goes as a whole to `Folding` (`fetching.py`).
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

import faust
from faust.transport.drivers import aiokafka as driver

from services.kernel.folding.fetching import BEAT_EVERY_S, NEVER, WholeFetchConsumer
from services.kernel.folding.links import Links
from services.kernel.folding.mechanism import Folding
from services.kernel.folding.stopped import Stopped

COLLECT_AFTER = 50_000, 20, 50
"""A batch makes tens of thousands of objects, in no cycles, and lets them go at its end: a search
for garbage every few hundred of them found nothing and took a quarter of the time of a fold."""

Beat = Callable[[Collection[int]], Awaitable[None]]
"""Called every second with the partitions this worker follows."""


class WholeFetchTransport(driver.Transport):  # type: ignore[misc]
    """Faust's aiokafka transport with the whole-fetch consumer."""

    Consumer = WholeFetchConsumer


class FoldingApp(faust.App):  # type: ignore[misc]
    """A Faust app whose only work is to drive one folder.

    `open_folding` is awaited once at start and gives the mechanism; `close` is awaited at stop.
    `followed` are the partitions this worker folds now, with their next offsets, `links` the
    connections they come over, `stopped` the ones it must not fold; `beat` is called every second
    with those that are followed and must not raise.
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
        beat: Beat | None = None,
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
        self._open_folding = open_folding
        self._close = close
        self.folding: Folding
        self.followed: dict[int, int] = {}
        self.links = Links()
        self.stopped = Stopped(source, ready_file)
        self.take_again_at = NEVER
        self._beat = beat
        if beat is not None:
            self.timer(BEAT_EVERY_S)(self._on_beat)
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
        gc.set_threshold(*COLLECT_AFTER)
        await super().on_start()

    async def on_stop(self) -> None:
        self.stopped.hide()
        await super().on_stop()
        await self._close()

    async def _on_beat(self) -> None:
        if self._beat is not None and self.followed:
            await self._beat(tuple(self.followed))


def run(app: FoldingApp) -> None:
    """Run the worker until SIGTERM or SIGINT."""
    logging.getLogger("mode.timers").setLevel(logging.WARNING)  # a full fetch delays a timer
    worker = faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it writes terminal codes into log files
    worker.execute_from_commandline()
