"""A lone broker loses power: its log ends early, and is written on before anybody looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from infra.backup.lost import read
from infra.local.network import LocalNetwork
from services.kernel.folding.mechanism import partition_of
from services.kernel.log.language import published_language
from services.topology import LOG
from tests.backup.losing_power import come_back, lose_power
from tests.backup.networks import (
    a_network,
    assert_rebuild_is_equal,
    caught_up,
    rows,
    running,
    rxlog,
)
from tests.backup.traffic import Traffic
from tests.builders import reserved
from tests.network.waiting import until
from tests.people import OTHER_PHARMACY, People

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]

WORKER = "registry-worker"


@pytest.fixture(scope="module")
async def people(module_folder: Path) -> AsyncIterator[People]:
    async with running(a_network(module_folder / "home", 2_500)) as found:
        yield found


def write_on(network: LocalNetwork, partition: int, values: list[bytes], key: str) -> None:
    """Writers go on at once as if nothing had been lost."""
    producer = Producer({"bootstrap.servers": network.kafka_bootstrap})
    for value in values:
        producer.produce(LOG.name, key=key.encode(), value=value, partition=partition)
    assert producer.flush(20) == 0


async def records_in(network: LocalNetwork, partition: int) -> list[tuple[object, ...]]:
    query = (
        'SELECT "offset", event_id, outcome::text FROM record'
        f' WHERE partition = {partition} ORDER BY "offset"'
    )
    return [tuple(row) for row in await rows(network, "registry", query)]


async def test_a_log_cut_and_written_on_stops_its_partition_until_it_is_folded_anew(
    people: People, folder: Path
) -> None:
    """Given a broker that lost the end of one partition, when records are appended beyond it, then
    nothing of that partition is applied, the others go on, and status says what to do. After a
    rebuild it goes on by itself, and what was lost is found and appended anew."""
    network, traffic = people.network, Traffic(people)
    codes = await traffic.lives(6)
    code = codes[0]
    partition = partition_of(code, LOG.partitions)
    await caught_up(network)
    before = await records_in(network, partition)
    lost = {event_id for _, event_id, _ in before[-2:]}

    await asyncio.to_thread(lose_power, network, LOG, partition, 2)
    newcomers = [
        published_language().encode(reserved(OTHER_PHARMACY, code=code, event_id=f"new-{number}"))
        for number in range(5)
    ]
    await asyncio.to_thread(come_back, network)
    await asyncio.to_thread(write_on, network, partition, newcomers, code)

    async def stopped() -> bool:
        reason = await asyncio.to_thread(network.reason_not_ready, WORKER)
        return reason is not None and f"{LOG.name}/{partition}" in reason

    await until(stopped, "the stop of the partition", 120)
    status = await asyncio.to_thread(rxlog, network, "status")
    assert status.returncode == 1
    assert f"{WORKER}: record {before[-1][0]} of {LOG.name}/{partition}" in status.stdout
    assert "rxlog rebuild --swap" in status.stdout
    said = [json.loads(x) for x in network.home.log_of(WORKER).read_text().splitlines()[1:]]
    told = [line for line in said if line["event"] == "partition stopped"]
    assert {line["partition"] for line in told} == {partition}

    async def answers_again() -> bool:
        return (await people.issue()).status_code in (201, 202)

    await until(answers_again, "the writers' way to the broker")
    await until(lambda: _is_late(people, code), "an append to the stopped partition")
    elsewhere = await a_code_elsewhere(people, partition)
    assert (await people.reserve(elsewhere)).status_code == 201, "the others go on"
    assert await records_in(network, partition) == before, "nothing is applied silently"

    swapped = await asyncio.to_thread(rxlog, network, "rebuild", "--swap")
    assert swapped.returncode == 0, swapped.stdout + swapped.stderr

    async def goes_on() -> bool:
        return await asyncio.to_thread(network.reason_not_ready, WORKER) is None

    await until(goes_on, "the partition going on by itself")
    await caught_up(network)

    file = folder / "lost.jsonl"
    found = await asyncio.to_thread(rxlog, network, "redrive", "--find-lost", file)
    assert found.returncode == 0, found.stderr
    assert {record.event_id for record in read(file)} == lost
    assert file.stat().st_mode & 0o777 == 0o600
    redriven = await asyncio.to_thread(rxlog, network, "redrive", "--lost", file)
    assert redriven.returncode == 0, redriven.stdout + redriven.stderr
    assert f"{len(lost)} submissions were appended as new records" in redriven.stdout
    await caught_up(network)
    after = await records_in(network, partition)
    assert lost <= {event_id for _, event_id, _ in after}
    assert_rebuild_is_equal(network)
    again = await asyncio.to_thread(rxlog, network, "redrive", "--find-lost", folder / "none")
    assert "lost no submission" in again.stdout, "what is there again is not lost"


async def a_code_elsewhere(people: People, partition: int) -> str:
    while True:
        response = await people.issue()
        code = str(response.json()["prescription_code"])
        if partition_of(code, LOG.partitions) != partition:
            assert response.status_code == 201, response.text
            return code


async def _is_late(people: People, code: str) -> bool:
    """On the log, without a verdict; 503 until the room's way to the partition is renewed."""
    answer = await people.reserve(code)
    assert answer.status_code in (202, 503), answer.text
    return answer.status_code == 202
