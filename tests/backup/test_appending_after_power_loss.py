"""A writer's producer meets a broker that forgot what it had acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from infra.kafka import topics
from services.kernel.log.event_log import AppendFailedError, EventLog, Record
from services.topology import Topic
from tests.backup.losing_power import come_back, lose_power
from tests.people import People

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]

NOBODYS = Topic("test.appending", "key", written_by={}, readers=(), partitions=1)
"""A topic that no room reads: nothing of it stops a partition of theirs."""


async def test_an_append_never_hangs_and_the_next_one_is_taken(people: People) -> None:
    """Given a producer whose last records the broker lost, when it appends, then each append is
    answered in time, and appending goes on."""
    network = people.network
    await asyncio.to_thread(topics.ensure, network.kafka_bootstrap, [NOBODYS], 1)
    event_log = EventLog(network.kafka_bootstrap, "test", delivery_timeout_ms=4_000, linger_ms=0)
    record = Record(NOBODYS.name, b"key", b"value", [], 0)
    try:
        for _ in range(6):
            last = await event_log.append(record)
        await asyncio.to_thread(lose_power, network, NOBODYS, 0, 3)
        await asyncio.to_thread(come_back, network)
        answers: list[object] = []
        async with asyncio.timeout(120):
            while len(answers) < 2 or isinstance(answers[-1], AppendFailedError):
                tries = [event_log.append(record) for _ in range(3)]
                answers += await asyncio.gather(*tries, return_exceptions=True)
        assert {type(answer).__name__ for answer in answers} <= {"Position", "AppendFailedError"}
        assert last.offset == 5
    finally:
        event_log.close()
