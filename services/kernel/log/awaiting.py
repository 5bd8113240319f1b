"""Append and wait: a caller acts on the outcome of its record, never on the append.

Each writer process reads the whole outcome topic from its end on, in one thread, and wakes the
request that waits. No database is polled. Which outcome belongs to which request is decided by
the record's place in the log, because two records may carry the same event id.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from confluent_kafka import OFFSET_END, Consumer, KafkaException, Message, TopicPartition

from services.kernel.log.assigned import assigned
from services.kernel.log.event_log import EventLog, Position, Record
from services.kernel.log.hearing import DeafError, Hearing

log = structlog.get_logger(__name__)

SILENCE_MAX_MS, FETCH_BYTES_MAX = 5_000, 128 * 1024
"""Callers wait for verdicts, so less patience than elsewhere and fetches to match."""

CAUSE_HEADER = "ce_causationid"
"""Header of an outcome: the event id of the record it judges; lets waiters skip all others."""


class VerdictLateError(Exception):
    """The record is on the log, its outcome did not come in time; `position` says where."""

    def __init__(self, position: Position) -> None:
        super().__init__("the verdict is late")
        self.position = position


@dataclass
class _Waiter:
    future: asyncio.Future[Any]
    position: Position | None = None
    seen: list[Any] = field(default_factory=list)


class OutcomeReader:
    """Wakes waiting requests with the outcome of their record.

    `decode` turns the bytes of an outcome into an object with `log_partition` and `log_offset`.
    """

    def __init__(
        self, bootstrap: str, topic: str, client_id: str, decode: Callable[[bytes], Any]
    ) -> None:
        self._topic = topic
        self._decode = decode
        self._waiters: dict[str, list[_Waiter]] = {}
        self._hearing: Hearing | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._config = assigned(
            bootstrap,
            client_id,
            {"enable.partition.eof": True, "auto.offset.reset": "latest", "fetch.wait.max.ms": 100},
            silence_max_ms=SILENCE_MAX_MS,
            fetch_bytes_max=FETCH_BYTES_MAX,
        )
        self._thread = threading.Thread(target=self._run, name="outcomes", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Start reading; call from the event loop that will wait."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def is_ready(self) -> bool:
        """True once the end of every partition was reached: from here on nothing is missed."""
        return self._ready.is_set()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)

    async def append_and_wait(
        self, event_log: EventLog, record: Record, event_id: str, timeout_s: float
    ) -> Any:
        """Append a record and return its outcome.

        Raises AppendFailedError when the append failed or its fate is unknown, VerdictLateError
        when the record is on the log but its outcome did not come within `timeout_s`.
        """
        waiter = _Waiter(asyncio.get_running_loop().create_future())
        self._waiters.setdefault(event_id, []).append(waiter)
        try:
            waiter.position = await event_log.append(record)
            for outcome in waiter.seen:
                _offer(waiter, outcome)
            try:
                return await asyncio.wait_for(waiter.future, timeout_s)
            except TimeoutError as error:
                raise VerdictLateError(waiter.position) from error
        finally:
            waiters = self._waiters[event_id]
            waiters.remove(waiter)
            if not waiters:
                del self._waiters[event_id]

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except (KafkaException, DeafError) as error:
                log.warning("outcome reader reconnects", error=str(error))
                self._stopping.wait(1)

    def _read(self) -> None:
        consumer = Consumer(self._config)
        try:
            if self._hearing is None:
                partitions = self._partitions(consumer)
                self._hearing = Hearing(
                    TopicPartition(self._topic, p, OFFSET_END) for p in partitions
                )
            places = self._hearing.places()
            consumer.assign(places)
            not_at_end = {place.partition for place in places}
            while not self._stopping.is_set():
                self._hearing.check(consumer)
                message = consumer.poll(0.1)
                if message is None:
                    continue
                self._hearing.heard(message)
                error = message.error()
                if error is None:
                    self._pass_on(message)
                elif error.code() == error._PARTITION_EOF:
                    not_at_end.discard(message.partition())
                    if not not_at_end:
                        self._ready.set()
                elif error.fatal() or not error.retriable():
                    log.warning("outcome reader", error=str(error))
        finally:
            consumer.close()

    def _partitions(self, consumer: Consumer) -> list[int]:
        while not self._stopping.is_set():
            found = consumer.list_topics(self._topic, timeout=5).topics[self._topic].partitions
            if found:
                return list(found)
            time.sleep(0.2)
        return []

    def _pass_on(self, message: Message) -> None:
        cause = next((v for k, v in message.headers() or () if k == CAUSE_HEADER), b"").decode()
        if cause in self._waiters and self._loop is not None:
            outcome = self._decode(message.value())
            self._loop.call_soon_threadsafe(self._deliver, cause, outcome)

    def _deliver(self, event_id: str, outcome: Any) -> None:
        for waiter in self._waiters.get(event_id, ()):
            _offer(waiter, outcome)


def _offer(waiter: _Waiter, outcome: Any) -> None:
    """Hand an outcome to a waiter if it is the one of its record, else keep it until we know."""
    if waiter.future.done():
        return
    if waiter.position is None:
        waiter.seen.append(outcome)
    elif (outcome.log_partition, outcome.log_offset) == (
        waiter.position.partition,
        waiter.position.offset,
    ):
        waiter.future.set_result(outcome)
