"""Records that cannot be read: one outcome, a dead letter, and the partition goes on."""

from __future__ import annotations

import asyncio
import random

import pytest
from confluent_kafka import Producer

from infra.local.network import LocalNetwork
from services.contracts.dead_letters import DeadLettered
from services.contracts.outcomes import SubmissionJudged
from services.kernel.log.language import published_language
from services.topology import DEAD_LETTERS, LOG, OUTCOMES
from tests.builders import reserved
from tests.network.reading import everything
from tests.network.waiting import until
from tests.people import People

pytestmark = pytest.mark.network


async def test_poison_gets_its_outcome_and_stops_nobody(
    network: LocalNetwork, people: People
) -> None:
    codec = published_language()
    code = await people.issued_code()
    misrouted = codec.encode(reserved(code="01001other00-c"))
    poison = [b"", b"noise", b"\x00\x00\x00\x00\x63abc", misrouted, codec.encode(_an_outcome())]
    nul = codec.encode(reserved(code=code, event_id="a b")).replace(b"a b", b"a\0b")
    big = random.Random(1).randbytes(1_030_000)
    poison += [nul, big]
    producer = Producer(
        {
            "bootstrap.servers": network.kafka_bootstrap,
            "partitioner": "murmur2_random",
            "message.max.bytes": 1_048_000,
        }
    )
    for value in poison[:-1]:
        producer.produce(LOG.name, key=code.encode(), value=value, headers=[("traceparent", None)])
    producer.produce(LOG.name, key=b"k\0", value=b"noise")
    producer.produce(LOG.name, key=code.encode(), value=big)
    assert producer.flush(10) == 0

    granted = await people.reserve(code)
    assert granted.json()["result"] == "granted", "the partition goes on"

    outcomes = [
        codec.decode(message.value())
        for message in await asyncio.to_thread(everything, network, OUTCOMES)
        if message.key() == code.encode()
    ]
    unreadable = {o.outcome_id for o in outcomes if o.verdict == "UNREADABLE"}
    assert len(unreadable) == len(poison)

    async def all_are_dead_letters() -> bool:
        letters = [
            codec.decode(message.value())
            for message in await asyncio.to_thread(everything, network, DEAD_LETTERS)
            if message.key() == code.encode()
        ]
        assert all(isinstance(letter, DeadLettered) and letter.error for letter in letters)
        return {letter.value for letter in letters} == set(poison)

    await until(all_are_dead_letters, "the dead letters")


def _an_outcome() -> SubmissionJudged:
    moment = reserved().occurred_at
    return SubmissionJudged(
        outcome_id="0-0",
        event_id="e",
        submission="DispensingReserved",
        prescription_code="c",
        log_partition=0,
        log_offset=0,
        recorded_at=moment,
        result="granted",
        first_offset=0,
        first_recorded_at=moment,
    )
