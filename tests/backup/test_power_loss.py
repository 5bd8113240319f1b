"""A lone broker loses power: its log ends early, and is written on before anybody looks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from confluent_kafka import Producer

from infra.backup.lost import read
from infra.local.network import LocalNetwork
from services.contracts.facts import LogTimePassed
from services.contracts.outcomes import SubmissionJudged
from services.kernel.folding.mechanism import partition_of
from services.kernel.log.language import published_language
from services.topology import FACTS, LOG, OUTCOMES, Topic
from tests.backup.losing_power import come_back, lose_power
from tests.backup.networks import assert_rebuild_is_equal, caught_up, rows, rxlog
from tests.backup.traffic import Traffic
from tests.builders import reserved
from tests.network.reading import everything
from tests.network.waiting import until
from tests.people import OTHER_PHARMACY, People, key

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]

WORKER = "registry-worker"


def write_on(network: LocalNetwork, partition: int, values: list[bytes], key: str) -> None:
    """Writers go on at once as if nothing had been lost."""
    producer = Producer({"bootstrap.servers": network.kafka_bootstrap})
    for value in values:
        producer.produce(LOG.name, key=key.encode(), value=value, partition=partition)
    assert producer.flush(20) == 0


async def records_in(network: LocalNetwork, partition: int) -> list[tuple[int, str, str]]:
    query = (
        'SELECT "offset", event_id, outcome::text FROM record'
        f' WHERE partition = {partition} ORDER BY "offset"'
    )
    found = await rows(network, "registry", query)
    return [(row["offset"], row["event_id"], row["outcome"]) for row in found]


def by_id(network: LocalNetwork, topic: Topic) -> dict[str, object]:
    """The events of a topic of results, by their ids; repeats must be equal. That time passed has
    no id: it is told again whenever it does."""
    codec, found = published_language(), {}
    for message in everything(network, topic):
        event = codec.decode(message.value())
        if isinstance(event, LogTimePassed):
            continue
        name = event.outcome_id if isinstance(event, SubmissionJudged) else event.fact_id
        assert found.setdefault(name, event) == event
    return found


def last_with_an_id(network: LocalNetwork, topic: Topic) -> tuple[int, int, int]:
    """Partition, a number of batches that does not matter, and offset of the last result in the
    longest partition: that time passed may stand behind it, and nobody would miss that."""
    codec = published_language()
    results = [
        message
        for message in everything(network, topic)
        if not isinstance(codec.decode(message.value()), LogTimePassed)
    ]
    last = max(results, key=lambda message: message.offset())
    return last.partition(), 1, last.offset()


async def test_results_that_were_lost_are_published_again(people: People) -> None:
    """Given a broker that lost outcomes and facts whose cause it kept, when the results are
    published again, then every one is there, the same as before, and surveillance, which had
    applied what was lost, goes on once it is folded anew."""
    network, traffic = people.network, Traffic(people)
    await traffic.lives(4)
    await caught_up(network)
    before = {}
    for topic in (OUTCOMES, FACTS):
        before[topic.name] = await asyncio.to_thread(by_id, network, topic)
        last = await asyncio.to_thread(last_with_an_id, network, topic)
        await asyncio.to_thread(lose_power, network, topic, *last)
        await asyncio.to_thread(come_back, network)
        left = await asyncio.to_thread(by_id, network, topic)
        assert left.keys() < before[topic.name].keys(), "some are gone"

    done = await asyncio.to_thread(rxlog, network, "redrive", "--results")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "published again" in done.stdout
    for topic in (OUTCOMES, FACTS):
        assert await asyncio.to_thread(by_id, network, topic) == before[topic.name]
    swapped = await asyncio.to_thread(rxlog, network, "rebuild", "--swap", "--room", "surveillance")
    assert swapped.returncode == 0, swapped.stdout + swapped.stderr
    await caught_up(network)


async def test_a_log_cut_and_written_on_stops_its_partition_until_it_is_folded_anew(
    people: People, folder: Path
) -> None:
    """Given a broker that lost the end of one partition, when records are appended beyond it, then
    nothing of that partition is applied, the others go on, and status says what to do. After a
    rebuild it goes on by itself, and what was lost is found and appended anew."""
    network, traffic = people.network, Traffic(people)
    code = await traffic.life("t")
    partition = partition_of(code, LOG.partitions)
    await caught_up(network)
    before = await records_in(network, partition)

    end = await asyncio.to_thread(lose_power, network, LOG, partition, 2)
    lost = {event_id for offset, event_id, _ in before if offset >= end} - {""}
    assert lost
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
    await assert_operators_are_told(network, partition, before[-1][0])

    same = key()

    async def late() -> bool:
        answer = await people.reserve(code, idempotency_key=same)
        assert answer.status_code in (202, 503), answer.text
        return answer.status_code == 202

    await until(late, "the writers' way to the broker")
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


async def assert_operators_are_told(network: LocalNetwork, partition: int, offset: int) -> None:
    """Status and log name the record that is not there any more, and what to do."""
    status = await asyncio.to_thread(rxlog, network, "status")
    assert status.returncode == 1
    assert f"{WORKER}: record {offset} of {LOG.name}/{partition}" in status.stdout
    assert "rxlog rebuild --swap" in status.stdout
    said = [json.loads(x) for x in network.home.log_of(WORKER).read_text().splitlines()[1:]]
    told = [line for line in said if line["event"] == "partition stopped"]
    assert {line["partition"] for line in told} == {partition}


async def a_code_elsewhere(people: People, partition: int) -> str:
    while True:
        response = await people.issue()
        assert response.status_code in (201, 202, 503), response.text
        code = response.json().get("prescription_code", "")
        if response.status_code == 201 and partition_of(code, LOG.partitions) != partition:
            return str(code)
