"""A writer's producer meets a broker that forgot what it had acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.network import LocalNetwork
from services.kernel.log.event_log import AppendFailedError, EventLog, Record
from services.topology import LOG
from tests.backup.losing_power import come_back, lose_power
from tests.backup.networks import a_network

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]


@pytest.fixture
def network(folder: Path) -> Iterator[LocalNetwork]:
    """Kafka and Postgres alone."""
    with a_network(folder / "home") as started:
        started.start(())
        yield started


async def test_an_append_never_hangs_and_the_next_one_is_taken(network: LocalNetwork) -> None:
    """Given a producer whose last records the broker lost, when it appends, then each append is
    answered in time, and appending goes on."""
    event_log = EventLog(network.kafka_bootstrap, "test", delivery_timeout_ms=4_000, linger_ms=0)
    record = Record(LOG.name, b"key", b"value", [], 3)
    try:
        for _ in range(6):
            last = await event_log.append(record)
        await asyncio.to_thread(lose_power, network, LOG, 3, 3)
        await asyncio.to_thread(come_back, network)
        answers: list[object] = []
        async with asyncio.timeout(60):
            while len(answers) < 2 or isinstance(answers[-1], AppendFailedError):
                tries = [event_log.append(record) for _ in range(3)]
                answers += await asyncio.gather(*tries, return_exceptions=True)
        assert {type(answer).__name__ for answer in answers} <= {"Position", "AppendFailedError"}
        assert last.offset == 5
    finally:
        event_log.close()
