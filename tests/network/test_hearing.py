"""A reader whose client has gone deaf, as clients do after a broker's restart, hears again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from infra.local.network import LocalNetwork
from services.kernel.log import awaiting, hearing
from services.kernel.log.assigned import assigned
from services.kernel.log.awaiting import CAUSE_HEADER, OutcomeReader
from services.kernel.log.event_log import EventLog, Record
from services.kernel.log.hearing import DeafError, Hearing
from tests.network.conftest import PARTITIONS
from tests.network.waiting import until

pytestmark = pytest.mark.network

PARTITION = 1
WITHIN_S = 30.0


class GoesDeaf(Consumer):
    """A client that hands nothing out any more once it is told to; the next one made is well."""

    made: list[GoesDeaf] = []
    deafen = threading.Event()
    is_deaf = threading.Event()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made.append(self)

    def poll(self, timeout: float = -1) -> Any:
        if self is self.made[0] and self.deafen.is_set() and not self.is_deaf.is_set():
            self.pause(self.assignment())
            self.is_deaf.set()
        return super().poll(timeout)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[GoesDeaf]:
    monkeypatch.setattr(awaiting, "Consumer", GoesDeaf)
    monkeypatch.setattr(hearing, "CHECK_EVERY_S", 0.2)
    GoesDeaf.made.clear()
    GoesDeaf.deafen.clear()
    GoesDeaf.is_deaf.clear()
    return GoesDeaf.made


@pytest.fixture
def log(network: LocalNetwork) -> Iterator[EventLog]:
    opened = EventLog(network.kafka_bootstrap, "test", delivery_timeout_ms=20_000, linger_ms=0)
    yield opened
    opened.close()


async def test_a_deaf_client_is_replaced_and_nothing_is_missed(
    network: LocalNetwork, topic: str, log: EventLog, clients: list[GoesDeaf]
) -> None:
    """Given somebody who waits for an outcome, when the client that reads them has gone deaf,
    then the outcome comes all the same, over a new client."""
    outcome = SimpleNamespace(log_partition=PARTITION, log_offset=0)
    reader = OutcomeReader(network.kafka_bootstrap, topic, "test-hearing", lambda _: outcome)
    reader.start()

    async def ready() -> bool:
        return reader.is_ready()

    async def deaf() -> bool:
        return GoesDeaf.is_deaf.is_set()

    try:
        await until(ready, "reading to the end")
        GoesDeaf.deafen.set()
        await until(deaf, "going deaf")
        record = Record(topic, None, b"", [(CAUSE_HEADER, b"e-1")], PARTITION)
        assert await reader.append_and_wait(log, record, "e-1", WITHIN_S) is outcome
    finally:
        reader.stop()
    assert len(clients) == 2


async def test_who_has_read_everything_is_not_deaf(
    network: LocalNetwork, topic: str, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a reader that gets what there is, when it asks whether that is all, then it is."""
    monkeypatch.setattr(hearing, "CHECK_EVERY_S", 0.0)
    consumer = Consumer(
        assigned(network.kafka_bootstrap, "test-hearing", {"enable.partition.eof": True})
    )
    heard = Hearing(TopicPartition(topic, p, 0) for p in range(PARTITIONS))
    consumer.assign(heard.places())
    read = 0
    try:
        for _ in range(20):
            await log.append(Record(topic, None, b"", [], PARTITION))
        while read < 20:
            if (message := consumer.poll(WITHIN_S)) is not None:
                heard.heard(message)
                read += message.error() is None
        for _ in range(3):
            heard.check(consumer)
        assert {tp.partition: tp.offset for tp in heard.places()}[PARTITION] == 20
    finally:
        consumer.close()


async def test_one_partition_that_stands_still_is_enough(
    network: LocalNetwork, topic: str, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given two checks between which a partition with more to read has not moved, when the second
    is made, then the reader is deaf."""
    monkeypatch.setattr(hearing, "CHECK_EVERY_S", 0.0)
    consumer = Consumer(assigned(network.kafka_bootstrap, "test-hearing", {}))
    heard = Hearing(TopicPartition(topic, p, 0) for p in range(PARTITIONS))
    consumer.assign(heard.places())
    try:
        await log.append(Record(topic, None, b"", [], PARTITION))
        heard.check(consumer)  # it may only be slow
        with pytest.raises(DeafError, match=f"{topic}/{PARTITION} goes on after offset 0"):
            heard.check(consumer)
    finally:
        consumer.close()
