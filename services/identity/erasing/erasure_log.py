"""The topic of erasures: appended to before an erasure is answered, read whole at every start."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from services.contracts.erasures import PatientErased
from services.kernel import clock
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.log.codec import Codec, UnreadableError, cloud_event_headers
from services.kernel.log.event_log import QUIET, AppendFailedError, EventLog, Record
from services.kernel.log.log_record import LogRecord
from services.kernel.settings import CannotStartError, KafkaSettings
from services.topology import ERASURES

DELIVERY_TIMEOUT_MS = 4_000
START_SECONDS_MAX = 60.0
ANSWER_S = 5.0
FETCH_MAX = 1_000
POLL_S = 0.5

_REFERENCE = re.compile(r"[0-9a-f]{32}")
log = structlog.get_logger(__name__)


class ErasureLog:
    """Appends erasures and reads all there are, in one process, without joining a group.

    Reading begins at the first record at every start: whether the database or the log was put
    back to an earlier state meanwhile, what either of them knows is applied.
    """

    def __init__(self, settings: KafkaSettings, codec: Codec) -> None:
        self._settings = settings
        self._codec = codec
        self._log: EventLog
        self._consumer: Consumer
        self._in_use = threading.Lock()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect. Nothing is read yet."""
        name = self._settings.room
        self._log = EventLog(
            self._settings.kafka_bootstrap,
            name,
            delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
            linger_ms=0,
        )
        self._consumer = Consumer(
            {
                "bootstrap.servers": self._settings.kafka_bootstrap,
                "client.id": name,
                "group.id": f"{name}-erasures",  # required by the client, never joined
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
                "reconnect.backoff.ms": 50,
                "reconnect.backoff.max.ms": 1000,
                "log.connection.close": False,
            },
            logger=QUIET,
        )
        try:
            yield
        finally:
            await asyncio.to_thread(self._close)
            await asyncio.to_thread(self._log.close)

    async def append(self, erased: PatientErased) -> None:
        """Put an erasure on the log for ever. Raises AppendFailedError."""
        headers = cloud_event_headers(
            event_id=erased.patient_ref,
            event_type=type(erased).__name__,
            source=f"rxlog/{self._settings.room}",
            subject=erased.patient_ref,
        )
        key = erased.patient_ref.encode()
        await self._log.append(Record(ERASURES.name, key, self._codec.encode(erased), headers))

    async def from_the_start(self) -> AsyncIterator[Sequence[PatientErased]]:
        """Every erasure there is now, in portions. Raises CannotStartError when Kafka is away."""
        ends = await self._ends()
        self._consumer.assign([TopicPartition(ERASURES.name, p, 0) for p in ends])
        left = {partition for partition, end in ends.items() if end > 0}
        moved_at = clock.monotonic()
        while left:
            messages = await asyncio.to_thread(self._fetch)
            yield await self._erasures(messages)
            if messages:
                moved_at = clock.monotonic()
            elif clock.monotonic() - moved_at > START_SECONDS_MAX:
                raise _kafka_is_silent()
            for message in messages:
                if not message.error() and message.offset() + 1 >= ends[message.partition()]:
                    left.discard(message.partition())

    async def from_there_on(self) -> AsyncIterator[Sequence[PatientErased]]:
        """What is appended after `from_the_start`, for ever."""
        while True:
            messages = await asyncio.to_thread(self._fetch)
            if messages:
                yield await self._erasures(messages)

    async def _ends(self) -> dict[int, int]:
        deadline = clock.monotonic() + START_SECONDS_MAX
        while True:
            try:
                return await asyncio.to_thread(self._look)
            except (KafkaException, LookupError):
                if clock.monotonic() > deadline:
                    raise _kafka_is_silent() from None
                log.info("waiting for Kafka")
                await asyncio.sleep(POLL_S)

    def _look(self) -> dict[int, int]:
        """The end of each partition. Raises LookupError when the topic is not there yet."""
        found = self._consumer.list_topics(ERASURES.name, timeout=ANSWER_S).topics
        partitions = found[ERASURES.name].partitions
        if len(partitions) < ERASURES.partitions:
            raise LookupError(ERASURES.name)
        places = [TopicPartition(ERASURES.name, partition) for partition in partitions]
        return {
            place.partition: self._consumer.get_watermark_offsets(place, timeout=ANSWER_S)[1]
            for place in places
        }

    def _fetch(self) -> Sequence[Any]:
        with self._in_use:
            messages: Sequence[Any] = self._consumer.consume(FETCH_MAX, POLL_S)
            return messages

    def _close(self) -> None:
        with self._in_use:  # a thread whose task was cancelled may still read
            self._consumer.close()

    async def _erasures(self, messages: Sequence[Any]) -> list[PatientErased]:
        found = []
        for message in messages:
            if message.error():
                log.warning("erasures interrupted", error=str(message.error()))
                continue
            try:
                found.append(self._read(message))
            except UnreadableError as error:
                await self._set_aside(message, str(error))
        return found

    def _read(self, message: Any) -> PatientErased:
        event = self._codec.decode(message.value())
        if not isinstance(event, PatientErased):
            raise UnreadableError(f"{type(event).__name__} does not belong on this topic")
        if event.patient_ref.encode() != message.key():
            raise UnreadableError("the key is not the patient's reference")
        if _REFERENCE.fullmatch(event.patient_ref) is None:
            raise UnreadableError("the patient's reference is not 32 hexadecimal digits")
        return event

    async def _set_aside(self, message: Any, problem: str) -> None:
        """Keep a record that cannot be read whole among the dead letters; its id is its place."""
        record = LogRecord(
            message.topic(),
            message.partition(),
            message.offset(),
            message.timestamp()[1],
            message.key(),
            message.value(),
            message.headers() or (),
        )
        place = f"{record.topic}/{record.partition}/{record.offset}"
        log.error("an erasure cannot be read", place=place, problem=problem)
        try:
            await self._log.append(dead_letter(self._codec, "identity", record, problem))
        except AppendFailedError:
            log.error("it is not among the dead letters yet; the next start tries again")


def _kafka_is_silent() -> CannotStartError:
    return CannotStartError(
        f"Kafka did not answer within {START_SECONDS_MAX:g} s, and nobody's data may be opened "
        "before the erasures are read: start it or correct RXLOG_KAFKA_BOOTSTRAP."
    )
