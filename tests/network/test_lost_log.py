"""A running worker notices when the log or the database under it is not the one it knew."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import pytest

from infra.local.network import LocalNetwork
from services.kernel.folding.mechanism import partition_of
from services.kernel.log.event_log import EventLog, Record
from services.topology import LOG
from tests.builders import issued
from tests.network.registry_room import CODEC
from tests.network.test_rebuild import folded, postgres
from tests.network.waiting import DEADLINE_S, until

pytestmark = pytest.mark.network

WORKER = "registry-worker"
PARTITION = 3
CODES = [
    code
    for code in (f"01001{number:07d}-c" for number in range(2_000))
    if partition_of(code, LOG.partitions) == PARTITION
]


@pytest.fixture
def alone() -> Iterator[LocalNetwork]:
    """Kafka, Postgres and a registry that never ticks."""
    with LocalNetwork(settings={"RXLOG_TICK_EVERY_S": "0"}) as network:
        network.start((WORKER,))
        yield network


async def append(network: LocalNetwork, *codes: str) -> None:
    log = EventLog(network.kafka_bootstrap, "test", delivery_timeout_ms=30_000, linger_ms=0)
    try:
        await log.append_all(
            [Record(LOG.name, c.encode(), CODEC.encode(issued(code=c)), []) for c in codes]
        )
    finally:
        log.close()


async def until_folded(network: LocalNetwork, records: int) -> None:
    async def enough() -> bool:
        return await folded(network, "registry") == records

    await until(enough, f"{records} records folded")


async def test_a_broker_that_lost_the_end_of_its_log_stops_that_partition(
    alone: LocalNetwork,
) -> None:
    """Given a worker that runs on, when the broker comes back with less, then what is appended
    there afterwards is not passed over as known: the partition stops, the others go on."""
    elsewhere = "01001k7m2p9q-c"
    assert partition_of(elsewhere, LOG.partitions) != PARTITION
    await append(alone, *CODES[:20])
    await until_folded(alone, 20)
    await asyncio.to_thread(alone.stop_process, "kafka")
    (partition,) = alone.home.kafka_data.glob(f"**/{LOG.name}-{PARTITION}")
    for path in partition.iterdir():
        if path.name != "partition.metadata":
            path.unlink() if path.is_file() else shutil.rmtree(path)
    await asyncio.to_thread(alone.start_process, "kafka")
    await asyncio.to_thread(alone.wait_ready, "kafka", DEADLINE_S)
    await append(alone, *CODES[20:23], elsewhere)

    async def stopped() -> bool:
        said = alone.home.log_of(WORKER).read_text()
        return f"{LOG.name}/{PARTITION} ends at" in said and "lost the end of its log" in said

    await until(stopped, "the partition stopping")
    await until_folded(alone, 21)
    async with postgres(alone) as database:
        known = await database.fetchval(
            "SELECT count(*) FROM registry.prescription WHERE code = ANY($1)", CODES[20:23]
        )
    assert known == 0


async def test_a_worker_whose_database_was_put_back_takes_its_partitions_again(
    alone: LocalNetwork,
) -> None:
    """Given epochs that are not the worker's, as in a restored backup, with nobody to rebalance."""
    await append(alone, *CODES[:5])
    await until_folded(alone, 5)
    async with postgres(alone) as database:
        await database.execute("UPDATE registry.fold_position SET epoch = epoch + 7")
    await append(alone, *CODES[5:9])
    await until_folded(alone, 9)
