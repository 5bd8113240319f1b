"""Several workers share the registry's partitions by the consumer group alone."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupState

from infra.kafka.topics import client
from infra.local.network import LocalNetwork
from tests.network.under_load import assert_nothing_is_lost, caught_up, traffic
from tests.network.waiting import until
from tests.people import People

pytestmark = pytest.mark.network

GROUP = "rxlog-registry"
SESSION_TIMEOUT_MS = 6_000
ANSWER_S = 10.0


@asynccontextmanager
async def further_workers(
    network: LocalNetwork, count: int, folder: Path
) -> AsyncIterator[list[subprocess.Popen[bytes]]]:
    """More workers of the registry, as if on other machines."""
    workers = [_worker(network, folder / f"ready-{number}") for number in range(count)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.terminate()
        await asyncio.gather(*(asyncio.to_thread(worker.wait) for worker in workers))


def _worker(network: LocalNetwork, ready_file: Path) -> subprocess.Popen[bytes]:
    own = {
        "RXLOG_INSTANCE": "",  # it leaves its group at once
        "RXLOG_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
        "RXLOG_READY_FILE": str(ready_file),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "services.registry", "worker"],
        env=network.env("registry-worker") | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def shared_by(network: LocalNetwork, wanted: int) -> Callable[[], Awaitable[bool]]:
    """Whether so many workers have partitions now, and nobody is about to get others."""
    admin = client(network.kafka_bootstrap)

    def owners() -> int:
        [described] = admin.describe_consumer_groups([GROUP]).values()
        found = described.result(ANSWER_S)
        if found.state != ConsumerGroupState.STABLE:
            return 0
        return sum(bool(member.assignment.topic_partitions) for member in found.members)

    async def condition() -> bool:
        return await asyncio.to_thread(owners) == wanted

    return condition


async def test_four_workers_share_the_work_and_two_may_die(
    network: LocalNetwork, people: People, tmp_path: Path
) -> None:
    """Given traffic and four workers, when two are killed -9, then the others take over what was
    theirs, nothing is lost or judged twice, and one goes on alone when the third leaves."""
    async with traffic(people) as flowing:
        async with further_workers(network, 3, tmp_path) as further:
            await until(shared_by(network, 4), "four workers with partitions")
            await flowing.goes_on()
            for worker in further[:2]:
                worker.kill()
            await until(shared_by(network, 2), "two workers with all partitions")
            await flowing.goes_on()
        await until(shared_by(network, 1), "one worker with all partitions")
        await flowing.goes_on()
    await until(lambda: caught_up(network), "catching up")
    await assert_nothing_is_lost(network, flowing.acknowledged)
