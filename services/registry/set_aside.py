"""Which records of the log the registry could not read or judge when their turn came.

Whether a record can be read depends on the release that reads it, so "unreadable" is the one
verdict that the log alone does not decide. The dead letters keep it: a fold that begins later, by a
newer release, reads them first and leaves the same records unread. So a rebuild agrees with what
was told.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import structlog
from confluent_kafka import KafkaException

from services.contracts.dead_letters import DeadLettered
from services.kernel import clock
from services.kernel.folding.log_reader import LogReader
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.settings import CannotStartError
from services.topology import DEAD_LETTERS, LOG

FOLDER = "registry"
START_SECONDS_MAX, AGAIN_AFTER_S = 60.0, 0.5

log = structlog.get_logger(__name__)

Place = tuple[int, int]
"""Partition and offset of a record of the log."""


def read_set_aside(bootstrap: str, codec: Codec) -> frozenset[Place]:
    """The places of all records that were set aside by now.

    Raises CannotStartError when Kafka does not answer.
    """
    deadline = clock.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return frozenset(places(_values(bootstrap), codec))
        except (KafkaException, KeyError):  # away, or the topic is not made yet
            if clock.monotonic() > deadline:
                raise CannotStartError(
                    f"Kafka did not answer within {START_SECONDS_MAX:g} s: start it or correct "
                    "RXLOG_KAFKA_BOOTSTRAP."
                ) from None
            log.info("waiting for Kafka")
            time.sleep(AGAIN_AFTER_S)


def places(values: Iterable[bytes | None], codec: Codec) -> Iterable[Place]:
    """The places in the dead letters of this room that came from the log."""
    for value in values:
        try:
            letter = codec.decode(value)
        except UnreadableError:
            continue
        if isinstance(letter, DeadLettered) and (letter.folder, letter.source_topic) == (
            FOLDER,
            LOG.name,
        ):
            yield letter.source_partition, letter.source_offset


def _values(bootstrap: str) -> Iterator[bytes | None]:
    reader = LogReader(bootstrap, DEAD_LETTERS.name)
    try:
        ends = reader.ends()
        reader.read_from_start(ends)
        left = {partition: end for partition, end in ends.items() if end > 0}
        while left:
            for partition, records in reader.fetch(ends).items():
                yield from (record.value for record in records)
                if records[-1].offset + 1 >= ends[partition]:
                    left.pop(partition, None)
    finally:
        reader.close()
