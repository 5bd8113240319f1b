"""What the auditor reads: the log, the outcomes and the registry's rows, as they lie there.

Read with a plain consumer and plain SQL, so that nothing of the product's own reading is trusted.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from services.contracts.dead_letters import DeadLettered
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import TimeTicked
from services.kernel.log.codec import Codec, UnreadableError
from services.topology import DEAD_LETTERS, LOG, OUTCOMES

ANSWER_S = 20.0
FETCH_MAX = 5_000
FETCH_S = 0.05
WATERMARK_S = 10.0


@dataclass(frozen=True, slots=True)
class Logged:
    """One record of `rx.log`: its place, its append time, its key. `event` None: unreadable; then
    `value` has its bytes."""

    partition: int
    offset: int
    at: datetime
    code: str
    event: msgspec.Struct | None
    problem: str = ""
    value: bytes | None = None

    @property
    def place(self) -> tuple[int, int]:
        return self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Told:
    """One record of `rx.outcomes`, in the order it lies there."""

    outcome: SubmissionJudged
    offset: int


@dataclass(frozen=True)
class Rows:
    """What the registry's tables hold: states by code, the outcome stored per record (of a tick per
    prescription it touched), totals by submission, verdict and result, and how far each partition
    is applied."""

    prescriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[tuple[int, int, str], SubmissionJudged] = field(default_factory=dict)
    tally: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    applied: dict[int, int] = field(default_factory=dict)


def at_the_same_place(
    rows: Rows, log: Sequence[Logged], outcomes: Sequence[Told]
) -> tuple[list[Logged], list[Told]]:
    """Log and outcomes without the ticks that came after the tables were read.

    Ticks never rest; everything else beyond what the tables have applied stays, to be missed there.
    """
    applied = rows.applied
    known = [
        record
        for record in log
        if record.offset < applied.get(record.partition, 0)
        or not isinstance(record.event, TimeTicked)
    ]
    told = [
        one
        for one in outcomes
        if one.outcome.log_offset < applied.get(one.outcome.log_partition, 0)
        or one.outcome.submission != TimeTicked.__name__
    ]
    return known, told


def read_log(bootstrap: str, codec: Codec, topic: str = LOG.name) -> list[Logged]:
    """Every record of the log, in partition and offset order."""
    return [_logged(message, codec) for message in everything(bootstrap, topic)]


def read_outcomes(bootstrap: str, codec: Codec, topic: str = OUTCOMES.name) -> list[Told]:
    """Every outcome, in the order of the topic's partitions; results sent twice come twice."""
    found = []
    for message in everything(bootstrap, topic):
        outcome = codec.decode(message.value())
        if isinstance(outcome, SubmissionJudged):
            found.append(Told(outcome, message.offset()))
    return found


def read_letters(
    bootstrap: str, codec: Codec, topic: str = DEAD_LETTERS.name
) -> list[DeadLettered]:
    """Every dead letter."""
    found = (codec.decode(message.value()) for message in everything(bootstrap, topic))
    return [letter for letter in found if isinstance(letter, DeadLettered)]


async def read_rows(database: asyncpg.Connection, topic: str = LOG.name) -> Rows:
    """The registry's tables in one snapshot; `database` has its schema as search path."""
    outcome = msgspec.json.Decoder(SubmissionJudged).decode
    async with database.transaction(isolation="repeatable_read", readonly=True):
        states = await database.fetch("SELECT code, state::text AS state FROM prescription")
        records = await database.fetch(
            'SELECT partition, "offset", code, outcome::text FROM record'
        )
        totals = await database.fetch(
            "SELECT submission, verdict, result, sum(records)::bigint AS records FROM tally"
            " GROUP BY 1, 2, 3"
        )
        positions = await database.fetch(
            "SELECT partition, next_offset FROM fold_position WHERE topic = $1", topic
        )
    return Rows(
        {row["code"]: msgspec.json.decode(row["state"]) for row in states},
        {
            (row["partition"], row["offset"], row["code"]): outcome(row["outcome"])
            for row in records
        },
        Counter(
            {(row["submission"], row["verdict"], row["result"]): row["records"] for row in totals}
        ),
        {row["partition"]: row["next_offset"] for row in positions},
    )


def everything(bootstrap: str, topic: str) -> Iterator[Message]:
    """Every record of a topic, partition by partition, up to its end now."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "rxlog-audit",  # required by the client, never joined
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 20,
        }
    )
    try:
        found = consumer.list_topics(topic, timeout=ANSWER_S).topics[topic].partitions
        for partition in sorted(found):
            place = TopicPartition(topic, partition)
            first, end = consumer.get_watermark_offsets(place, timeout=WATERMARK_S)
            if first < end:
                yield from _partition(consumer, TopicPartition(topic, partition, first), end)
    finally:
        consumer.close()


def _partition(consumer: Consumer, place: TopicPartition, end: int) -> Iterator[Message]:
    consumer.assign([place])
    following = place.offset
    until = time.monotonic() + ANSWER_S
    while following < end:
        # it waits for as many as are asked for
        messages = consumer.consume(min(FETCH_MAX, end - following), timeout=FETCH_S)
        if messages:
            until = time.monotonic() + ANSWER_S
        elif time.monotonic() > until:
            raise TimeoutError(f"{place.topic}/{place.partition} did not come up to {end}")
        for message in messages:
            error = message.error()
            if error is not None and error.code() == error._PARTITION_EOF:
                following = end
            elif error is not None and error.code() == error._AUTO_OFFSET_RESET:
                raise KafkaException(error)  # taken out of the log while it is read
            elif error is None and message.offset() < end:
                following = message.offset() + 1
                yield message


def _logged(message: Message, codec: Codec) -> Logged:
    partition, offset = message.partition(), message.offset()
    at = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
    code = (message.key() or b"").decode(errors="replace")
    try:
        return Logged(partition, offset, at, code, codec.decode(message.value()))
    except UnreadableError as error:
        return Logged(partition, offset, at, code, None, str(error), message.value())
