"""Appending to Kafka, and knowing what became of it.

One synchronous confluent producer per process with one polling thread: idempotent, `acks=all`,
never transactional (Faust reads uncommitted). `murmur2_random` makes every client of the network,
whatever its language, agree on the partition of a key.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from services.kernel.clock import monotonic
from services.kernel.log.codec import Headers

log = structlog.get_logger(__name__)
T = TypeVar("T")

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
"""A dead letter wraps a record of up to the broker's 1 MiB."""

BY_KEY = -1
"""The partition that the key names."""

QUEUE_MESSAGES_MAX = 100_000
RENEW_AFTER_S = 15.0
"""When nothing was delivered for so long, a new client may reach a broker that this one does not:
one that was idle while its broker restarted was seen without any connection minutes later."""

SILENCE_S = 5.0
"""A delivery that is not reported so long after it should have failed never will be."""

AT_ONCE = QUEUE_MESSAGES_MAX // 4
"""So many of a long list are under way at a time: the queue never overflows, and others fit in."""


class AppendFailedError(Exception):
    """The record is not known to be on the log: it may be (`unknown`) or is not at all.

    Either way the caller sends the same record again; its event id makes that safe.
    """

    def __init__(self, message: str, *, unknown: bool) -> None:
        super().__init__(message)
        self.unknown = unknown


class Record(msgspec.Struct, frozen=True, gc=False):
    """What is to be appended; `partition` only where a record is about a partition itself. A
    struct, because one is made for every result of a fold."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int = BY_KEY


@dataclass(frozen=True, slots=True)
class Position:
    """A record's final place."""

    partition: int
    offset: int


class EventLog:
    """Appends records; each append is answered by the broker or fails with a reason."""

    def __init__(
        self, bootstrap: str, client_id: str, *, delivery_timeout_ms: int, linger_ms: float
    ) -> None:
        self._config = {
            "bootstrap.servers": bootstrap,
            "client.id": client_id,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": linger_ms,
            "delivery.timeout.ms": delivery_timeout_ms,
            "request.timeout.ms": min(delivery_timeout_ms, 5000),
            "socket.timeout.ms": min(delivery_timeout_ms, 5000),
            "reconnect.backoff.ms": 50,
            "reconnect.backoff.max.ms": 1000,
            "message.max.bytes": MESSAGE_BYTES_MAX,
            "queue.buffering.max.messages": QUEUE_MESSAGES_MAX,
            "log.connection.close": False,
        }
        self._patience_s = delivery_timeout_ms / 1000 + SILENCE_S
        self._failing_since: float | None = None
        self._producer = Producer(self._config, logger=QUIET)
        self._broken: list[Producer] = []
        self._renewing = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="event-log", daemon=True)
        self._thread.start()

    def _poll(self) -> None:
        while not self._stopping.is_set():
            producer = self._producer
            try:
                producer.poll(0.1)
            except KafkaException as error:
                self._renew_if_fatal(producer, error.args[0])
            for broken in [*self._broken]:
                self._bury(broken)

    async def append(self, record: Record) -> Position:
        """Append one record and return its place. Raises AppendFailedError."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Position] = loop.create_future()

        def delivered(error: KafkaError | None, message: Message) -> None:
            self._note(error)
            loop.call_soon_threadsafe(_settle, future, error, message)

        self._produce(record, delivered)
        return await self._reported(future)

    async def append_all(self, records: Sequence[Record]) -> None:
        """Append records in order and return when every one is acknowledged.

        Raises AppendFailedError when any is not; the others may be on the log.
        """
        for start in range(0, len(records), AT_ONCE):
            await self._append_some(records[start : start + AT_ONCE])

    async def _append_some(self, records: Sequence[Record]) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        countdown = _Countdown(len(records), loop, done)

        def delivered(error: KafkaError | None, _message: Message) -> None:
            self._note(error)
            countdown.delivered(error)

        for record in records:
            self._produce(record, delivered)
        await self._reported(done)

    async def _reported(self, future: asyncio.Future[T]) -> T:
        producer = self._producer
        try:
            return await asyncio.wait_for(future, self._patience_s)
        except TimeoutError as error:
            self._renew(producer, "a delivery was never reported")
            raise AppendFailedError("the client does not answer", unknown=True) from error

    def _note(self, error: KafkaError | None) -> None:
        """Each delivery, in the polling thread."""
        if error is None:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = monotonic()
        elif monotonic() - self._failing_since > RENEW_AFTER_S:
            self._renew(self._producer, f"nothing delivered for {RENEW_AFTER_S:.0f} s: {error}")

    def _produce(self, record: Record, delivered: object) -> None:
        producer = self._producer
        try:
            producer.produce(
                record.topic,
                key=record.key,
                value=record.value,
                headers=record.headers,
                partition=record.partition,
                on_delivery=delivered,
            )
        except BufferError as error:
            raise AppendFailedError("the send buffer is full", unknown=False) from error
        except KafkaException as error:
            self._renew_if_fatal(producer, error.args[0])
            raise AppendFailedError(str(error), unknown=False) from error

    def _renew_if_fatal(self, producer: Producer, error: KafkaError) -> None:
        """A producer in a fatal state never recovers; a new one starts a clean sequence.

        It comes to that when a broker forgot what it had acknowledged (a lone one lost power).
        """
        if error.fatal():
            self._renew(producer, str(error))

    def _renew(self, producer: Producer, why: str) -> None:
        with self._renewing:
            if producer is not self._producer:
                return
            log.error("producer renewed", why=why)
            self._failing_since = None
            self._producer = Producer(self._config, logger=QUIET)
            self._broken.append(producer)

    def _bury(self, broken: Producer) -> None:
        """Tell everybody who waits for a broken producer that the fate of the record is unknown."""
        try:
            broken.purge()
            broken.poll(0)
        except KafkaException as error:
            log.debug("broken producer", error=str(error))
        if len(broken) == 0:
            self._broken.remove(broken)

    def close(self, timeout_s: float = 5.0) -> None:
        """Wait for what is under way, then stop the polling thread."""
        self._producer.flush(timeout_s)
        self._stopping.set()
        self._thread.join(timeout_s)


class _Countdown:
    """Resolves one future when the last of many deliveries is in."""

    def __init__(
        self, count: int, loop: asyncio.AbstractEventLoop, done: asyncio.Future[None]
    ) -> None:
        self._left = count
        self._loop = loop
        self._done = done
        self._failure: KafkaError | None = None

    def delivered(self, error: KafkaError | None) -> None:
        if error is not None:
            self._failure = error
        self._left -= 1  # callbacks run on the one polling thread
        if self._left == 0:
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if self._done.done():
            return
        if self._failure is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(_failure(self._failure))


def _settle(future: asyncio.Future[Position], error: KafkaError | None, message: Message) -> None:
    if future.done():  # the caller went away
        return
    if error is None:
        future.set_result(Position(message.partition(), message.offset()))
    else:
        future.set_exception(_failure(error))


def _failure(error: KafkaError) -> AppendFailedError:
    return AppendFailedError(str(error), unknown=True)


class _Quiet:
    """librdkafka repeats each lost connection; the room reports what matters itself."""

    def log(self, _level: int, message: str, *args: object) -> None:
        log.debug("librdkafka", message=message % args if args else message)


QUIET = _Quiet()
