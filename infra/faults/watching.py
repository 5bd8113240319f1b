"""Follows the log and the outcomes while a campaign runs, and audits as it goes.

A plain consumer in a thread of its own. After each fault it is asked whether everything on the log
up to a point has its outcome and whether what callers were told stands; meanwhile every grant is
looked at as it comes by. The whole-log audit (checks/) is thorough; this one is quick.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from infra.faults.checks.violations import Violation
from infra.faults.history import Call, clock
from infra.faults.seen import UNREADABLE, Place, Seen, entry_of
from infra.kafka.topics import silent
from services.contracts.dead_letters import DeadLettered
from services.contracts.outcomes import SubmissionJudged
from services.kernel.log.assigned import assigned
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.hearing import DeafError, Hearing
from services.topology import DEAD_LETTERS, LOG, OUTCOMES

POLL_S = 0.05


class Watch:
    """The incremental audit of one network. Its questions may be asked from any thread."""

    def __init__(self, bootstrap: str, codec: Codec) -> None:
        self._bootstrap = bootstrap
        self._codec = codec
        self._seen = Seen()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def violations(self) -> list[Violation]:
        """What was wrong so far."""
        with self._lock:
            return list(self._seen.violations)

    def counts(self) -> dict[str, int]:
        """Records of the log, and outcomes by verdict."""
        with self._lock:
            return {
                "records": len(self._seen.entries),
                "unreadable": sum(e.kind == UNREADABLE for e in self._seen.entries.values()),
                "dead letters": len(self._seen.dead_letters),
                **self._seen.verdicts,
            }

    def outcome(self, partition: int, offset: int) -> SubmissionJudged | None:
        """The outcome of a record, when it has come."""
        with self._lock:
            return self._seen.outcomes.get(f"{partition}-{offset}")

    def without_dead_letter(self) -> list[Place]:
        """See `Seen.without_dead_letter`."""
        with self._lock:
            return self._seen.without_dead_letter()

    def check_answers(self, calls: Iterable[Call]) -> list[Violation]:
        """See `Seen.check_answers`."""
        with self._lock:
            return self._seen.check_answers(calls)

    async def until_judged(self, ends: Mapping[int, int], timeout_s: float) -> list[Place]:
        """Wait until every record before `ends` has its outcome; what is missing at the end."""
        until = clock() + timeout_s
        while True:
            with self._lock:
                missing = self._seen.missing(ends)
            if not missing or clock() > until:
                return missing
            await asyncio.sleep(POLL_S)

    def _run(self) -> None:
        hearing = Hearing(
            TopicPartition(topic.name, partition, 0)
            for topic in (LOG, OUTCOMES, DEAD_LETTERS)
            for partition in range(topic.partitions)
        )
        more = {"auto.offset.reset": "earliest", "fetch.wait.max.ms": 50}
        while not self._stopping.is_set():
            consumer = Consumer(assigned(self._bootstrap, "rxlog-watch", more), logger=silent())
            consumer.assign(hearing.places())
            try:
                self._listen(consumer, hearing)
            except DeafError:
                continue
            finally:
                consumer.close()

    def _listen(self, consumer: Consumer, hearing: Hearing) -> None:
        while not self._stopping.is_set():
            hearing.check(consumer)
            try:
                messages = consumer.consume(500, timeout=0.1)
            except KafkaException:
                continue
            with self._lock:
                for message in messages:
                    hearing.heard(message)
                    if message.error() is None:
                        self._take(message)

    def _take(self, message: Message) -> None:
        if message.topic() == LOG.name:
            entry = entry_of(self._codec, message.key(), message.value())
            self._seen.take_record(message.partition(), message.offset(), entry)
            return
        try:
            event = self._codec.decode(message.value())
        except UnreadableError:
            return  # put there by somebody else
        if isinstance(event, SubmissionJudged):
            self._seen.take_outcome(event)
        elif isinstance(event, DeadLettered):
            self._seen.dead_letters.add(event.dead_letter_id)
