"""Reads a topic partition by partition from given places, without joining a group."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from services.kernel.folding.mechanism import LogMismatchError
from services.kernel.log.log_record import LogRecord

FETCH_RECORDS_MAX = 2000
ANSWER_S = 10.0
POLL_S = 0.2

_NOT_THERE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)


class LogReader:
    """One consumer over all partitions of a topic."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "rxlog-reader",  # required by the client, never joined
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 50,
            }
        )

    def ends(self) -> dict[int, int]:
        """The end offset of every partition now."""
        topics = self._consumer.list_topics(self._topic, timeout=ANSWER_S).topics
        found = topics[self._topic].partitions
        return {
            p: self._consumer.get_watermark_offsets(
                TopicPartition(self._topic, p), timeout=ANSWER_S
            )[1]
            for p in sorted(found)
        }

    def read_from_start(self, partitions: Mapping[int, int]) -> None:
        """Read these partitions (-> their ends) from offset 0; empty ones are left out."""
        self.read_from({p: 0 for p, end in partitions.items() if end > 0})

    def read_from(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on, and no others."""
        self._consumer.assign([TopicPartition(self._topic, p, o) for p, o in offsets.items()])

    def fetch(self, until: Mapping[int, int]) -> dict[int, list[LogRecord]]:
        """The next records of each partition, none at or beyond its end in `until`.

        Raises LogMismatchError when the log has no such place.
        """
        fetch: dict[int, list[LogRecord]] = {}
        for message in self._consumer.consume(FETCH_RECORDS_MAX, timeout=POLL_S):
            error, partition = message.error(), message.partition()
            if error is not None and error.code() in _NOT_THERE:
                raise LogMismatchError(f"{self._topic}/{partition} has no such offset: {error}")
            if error is None and message.offset() < until.get(partition, 0):
                fetch.setdefault(partition, []).append(_record(message))
        return fetch

    def close(self) -> None:
        self._consumer.close()


def _record(message: Message) -> LogRecord:
    return LogRecord(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key(),
        message.value(),
        message.headers() or (),
    )
