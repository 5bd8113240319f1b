"""Where the partitions of a Kafka cluster end, now or before a moment of the broker's clock."""

from __future__ import annotations

from collections.abc import Iterable

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from infra.kafka.topics import client
from infra.problem import Problem

ANSWER_S = 30.0

Offsets = dict[tuple[str, int], int]
"""Topic and partition -> offset."""


def ends(bootstrap: str, only: Iterable[str] | None = None) -> Offsets:
    """The offset after the last record of every partition, the broker's own topics aside."""
    admin = client(bootstrap)
    try:
        topics = admin.list_topics(timeout=ANSWER_S).topics
    except KafkaException as error:
        raise _silent(bootstrap) from error
    wanted = None if only is None else set(only)
    places = [
        (name, partition)
        for name, topic in sorted(topics.items())
        for partition in sorted(topic.partitions)
        if not name.startswith("__") and (wanted is None or name in wanted)
    ]
    return _ask(bootstrap, places, OffsetSpec.latest())


def ends_before(bootstrap: str, moment_ms: int, topics: Iterable[str]) -> Offsets:
    """The offset after the last record appended before a moment that has passed.

    For topics whose records the broker dates (LogAppendTime). The same moment for all partitions
    makes a cut without effects whose cause is missing: an effect is appended after its cause.
    """
    until = ends(bootstrap, topics)
    first_after = _ask(bootstrap, until, OffsetSpec.for_timestamp(moment_ms))
    return {place: until[place] if offset < 0 else offset for place, offset in first_after.items()}


def _ask(bootstrap: str, places: Iterable[tuple[str, int]], spec: OffsetSpec) -> Offsets:
    """One request for all places, so that their answers belong together."""
    admin = client(bootstrap)
    wanted = {TopicPartition(*place): spec for place in places}
    if not wanted:
        return {}
    try:
        asked = admin.list_offsets(wanted, request_timeout=ANSWER_S)
        return {
            (place.topic, place.partition): int(answer.result(ANSWER_S).offset)
            for place, answer in asked.items()
        }
    except (KafkaException, TimeoutError) as error:
        raise _silent(bootstrap) from error


def _silent(bootstrap: str) -> Problem:
    return Problem(
        f"Kafka at {bootstrap} does not tell where its topics end: look at its state with "
        "`rxlog status` and try again."
    )
