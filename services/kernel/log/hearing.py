"""Notices a consumer that was told its partitions and hears nothing, although there is something.

librdkafka sometimes stays silent after its broker was restarted: no error, no record, for ever
(confluentinc/librdkafka issue 5153). The cure is a new consumer that goes on where this one was.
So whoever reads asks the broker now and then whether what was read is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import (
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from services.kernel.clock import monotonic

CHECK_EVERY_S = 10.0
"""A partition that stood still from one check to the next, with more to read at both, is not heard.
Longer than a slow line takes for a fetch; a deaf reader is noticed after twice as long."""

ANSWER_S = 2.0
IN_VAIN_S = 60.0
"""After so long without an answer of the broker a new consumer may get one."""

Place = tuple[str, int]


class DeafError(Exception):
    """The broker has records that this consumer was not given: make a new one."""


class Hearing:
    """What was read of some partitions, over the consumers that read them one after the other.

    Belongs to the thread that reads. `starts` say where reading begins; a logical offset counts
    as nothing read, so the consumers need `enable.partition.eof`.
    """

    def __init__(self, starts: Iterable[TopicPartition]) -> None:
        self._next: dict[Place, int] = {(tp.topic, tp.partition): tp.offset for tp in starts}
        self._behind: dict[Place, int] = {}
        self._checked_at = self._answered_at = monotonic()

    def places(self) -> list[TopicPartition]:
        """Where a new consumer begins."""
        self._behind = {}
        self._checked_at = self._answered_at = monotonic()
        return [TopicPartition(topic, p, offset) for (topic, p), offset in self._next.items()]

    def heard(self, message: Message) -> None:
        """Note a record, or the end of a partition; whatever else a consumer hands out is none."""
        error, place = message.error(), (message.topic(), message.partition())
        if error is None:
            self._next[place] = message.offset() + 1
        elif error.code() == KafkaError._PARTITION_EOF:
            self._next[place] = message.offset()

    def check(self, consumer: Consumer) -> None:
        """Compare with the broker, every `CHECK_EVERY_S`. Raises DeafError."""
        now = monotonic()
        if now - self._checked_at < CHECK_EVERY_S:
            return
        self._checked_at = now
        asked = [TopicPartition(topic, p, OFFSET_END) for topic, p in self._next]
        try:
            ends = consumer.offsets_for_times(asked, timeout=ANSWER_S)
        except KafkaException as error:
            self._behind = {}
            if now - self._answered_at > IN_VAIN_S:
                raise DeafError(f"no answer for {IN_VAIN_S:.0f} s: {error}") from error
            return
        self._answered_at = now
        before, self._behind = self._behind, {}
        for end in ends:
            place = end.topic, end.partition
            if end.error is None and end.offset > self._next[place]:
                self._behind[place] = self._next[place]
        still = [place for place, offset in self._behind.items() if before.get(place) == offset]
        if still:
            topic, partition = still[0]
            raise DeafError(
                f"{topic}/{partition} goes on after offset {self._next[still[0]]}"
                f" and nothing came of it for {CHECK_EVERY_S:.0f} s"
            )
