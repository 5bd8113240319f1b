"""Follow a topic whose last value per key is what counts: the whole of it is kept in memory.

One thread per topic reads it from its beginning on and never joins a group. Values are kept as the
bytes they came in and decoded when somebody asks: half a million small entries take some 150 MB and
a start costs no more than reading them. Nothing is answered before the end was reached that the
topic had at the start, because half a directory would say of the other half that it is unknown.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Self, TypeVar

import msgspec
import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition
from prometheus_client import Counter, Gauge

from services.kernel.log.assigned import assigned
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.hearing import DeafError, Hearing
from services.kernel.settings import KafkaSettings

log = structlog.get_logger(__name__)

LAG = Gauge(
    "rxlog_followed_lag_records",
    "Records of a followed topic that are not in memory yet.",
    ("room", "topic"),
)
RECORDS = Counter(
    "rxlog_followed_records_total", "Records read of a followed topic.", ("room", "topic")
)
ENTRIES = Gauge("rxlog_followed_entries", "Keys of a followed topic in memory.", ("room", "topic"))

BATCH = 1_000
BATCH_WAIT_S = 0.1
"""While it catches up it takes what comes in this time; later each record as it comes."""

POLL_S = 0.2
AGAIN_S = 1.0
T = TypeVar("T", bound=msgspec.Struct)
Changed = Callable[[str, T | None], None]


class NotCaughtUpError(Exception):
    """The topic was not read to its end yet: nothing can be said about any key."""


class Followed(Mapping[str, T], Generic[T]):
    """Key -> last value of a topic, as `contract`. Changes while it is being asked.

    `changed` is called in the reading thread: once per key when the end is first reached, then for
    each record; the value is None when the key was deleted. A value that cannot be read is logged
    and counts as no value.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: str,
        codec: Codec,
        contract: type[T],
        changed: Changed[T] | None = None,
    ) -> None:
        self._topic = topic
        self._codec = codec
        self._contract = contract
        self._changed = changed
        self._values: dict[bytes, bytes] = {}
        self._next: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._unread: set[int] = set()
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._labels = (settings.room, topic)
        self._config = assigned(
            settings.kafka_bootstrap,
            f"{settings.room}-{topic}",
            {
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "queued.max.messages.kbytes": 8192,
            },
        )
        self._thread = threading.Thread(target=self._run, name=topic, daemon=True)

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._stopping.set()
        self._thread.join(5)

    async def check(self) -> str | None:
        """Readiness: the topic was read to its end."""
        if self._ready.is_set():
            return None
        read, end = sum(self._next.values()), sum(self._ends.values())
        return f"{self._topic} is being read ({read} of {end or 'so far unknown many'} records)."

    async def caught_up(self, timeout_s: float) -> bool:
        """Wait until the topic was read to its end; False when that takes longer."""
        return await asyncio.to_thread(self._ready.wait, timeout_s)

    # --- what is known ------------------------------------------------------------------------

    def __getitem__(self, key: str) -> T:
        if not self._ready.is_set():
            raise NotCaughtUpError(self._topic)
        value = self._decoded(key, self._values[key.encode("utf-8", "surrogatepass")])
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        if not self._ready.is_set():
            raise NotCaughtUpError(self._topic)
        return iter([key.decode() for key in list(self._values)])

    def __len__(self) -> int:
        return len(self._values)

    def _decoded(self, key: str, value: bytes) -> T | None:
        try:
            event = self._codec.decode(value)
            if isinstance(event, self._contract):
                return event
            reason = f"{type(event).__name__} does not belong on this topic"
        except UnreadableError as error:
            reason = str(error)
        log.error("an entry cannot be read", topic=self._topic, key=key, error=reason)
        return None

    # --- reading --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except (KafkaException, DeafError) as error:
                log.warning("reading again", topic=self._topic, error=str(error))
            except Exception:  # without this thread the room would go on with what was
                log.exception("reading again", topic=self._topic)
            self._stopping.wait(AGAIN_S)

    def _read(self) -> None:
        consumer = Consumer(self._config)
        try:
            partitions = self._partitions(consumer)
            self._unread = set() if self._ready.is_set() else set(partitions)
            hearing = Hearing(
                TopicPartition(self._topic, p, self._next.get(p, OFFSET_BEGINNING))
                for p in partitions
            )
            consumer.assign(hearing.places())
            while not self._stopping.is_set():
                hearing.check(consumer)
                if self._ready.is_set():
                    message = consumer.poll(POLL_S)
                    messages = [] if message is None else [message]
                else:
                    messages = consumer.consume(BATCH, BATCH_WAIT_S)
                for message in messages:
                    self._take(message)
                    hearing.heard(message)
                self._measure(consumer)
        finally:
            consumer.close()

    def _partitions(self, consumer: Consumer) -> list[int]:
        while not self._stopping.is_set():
            found = consumer.list_topics(self._topic, timeout=5).topics[self._topic]
            if found.partitions and found.error is None:
                return list(found.partitions)
            self._stopping.wait(AGAIN_S)
        return []

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is None:
            self._keep(message.key() or b"", message.value())
            self._next[message.partition()] = message.offset() + 1
            RECORDS.labels(*self._labels).inc()
        elif error.code() == error._PARTITION_EOF:
            self._next[message.partition()] = message.offset()
            self._unread.discard(message.partition())
            if not self._unread and not self._ready.is_set():
                self._caught_up()
        elif error.fatal() or not error.retriable():
            raise KafkaException(error)

    def _keep(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            self._values.pop(key, None)
        else:
            self._values[key] = value
        if self._ready.is_set():
            self._tell(key, value)

    def _caught_up(self) -> None:
        for key, value in self._values.items():
            self._tell(key, value)
        self._ready.set()
        log.info("caught up", topic=self._topic, entries=len(self._values))

    def _tell(self, key: bytes, value: bytes | None) -> None:
        if self._changed is None:
            return
        name = key.decode("utf-8", "replace")
        try:
            self._changed(name, None if value is None else self._decoded(name, value))
        except Exception:  # one entry must not end the following of all others
            log.exception("an entry was not taken in", topic=self._topic, key=name)

    def _measure(self, consumer: Consumer) -> None:
        for partition, read in list(self._next.items()):
            _, end = consumer.get_watermark_offsets(
                TopicPartition(self._topic, partition), cached=True
            )
            self._ends[partition] = max(end, read)
        LAG.labels(*self._labels).set(sum(self._ends.values()) - sum(self._next.values()))
        ENTRIES.labels(*self._labels).set(len(self._values))
