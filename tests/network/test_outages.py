"""Killed workers, stopped workers, a stopped broker: nothing lost, nothing granted twice."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest
from confluent_kafka import Consumer, TopicPartition

from infra.local.network import LocalNetwork
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission
from services.kernel.log.language import published_language
from services.topology import LOG, OUTCOMES
from tests.network.reading import everything
from tests.network.waiting import DEADLINE_S, until
from tests.people import CLINIC, OTHER_PHARMACY, PHARMACY, People, a_draft, key

pytestmark = pytest.mark.network

KILLS = 10


@asynccontextmanager
async def registry_database(network: LocalNetwork):
    connection = await asyncpg.connect(network.postgres_url("registry"))
    await connection.execute("SET search_path = registry")
    try:
        yield connection
    finally:
        await connection.close()


async def caught_up(network: LocalNetwork) -> bool:
    """Whether the registry has folded every record there is."""
    ends = await asyncio.to_thread(_ends, network)
    async with registry_database(network) as database:
        applied = await database.fetchval("SELECT sum(next_offset) FROM fold_position")
    return int(applied or 0) == ends


def _ends(network: LocalNetwork) -> int:
    consumer = Consumer({"bootstrap.servers": network.kafka_bootstrap, "group.id": "tests"})
    try:
        return sum(
            consumer.get_watermark_offsets(TopicPartition(LOG.name, p), timeout=10)[1]
            for p in range(LOG.partitions)
        )
    finally:
        consumer.close()


def rebuild(network: LocalNetwork) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.registry", "rebuild"],
        env=network.env("registry-worker"),
        capture_output=True,
        text=True,
        check=False,
    )


async def test_ten_kills_of_the_registry_worker_under_load(
    network: LocalNetwork, people: People
) -> None:
    """Given traffic, when the worker is killed -9 ten times, then every submission has exactly
    one verdict, every acknowledged one is on the log, and a rebuild is byte-identical."""
    acknowledged: list[dict[str, Any]] = []
    stop = asyncio.Event()

    async def one_life(number: int) -> None:
        who = f"p{number}"

        async def told(answering: Awaitable[httpx2.Response]) -> str:
            response = await answering
            assert response.status_code in (201, 202, 409), response.text
            acknowledged.append(response.json())
            return str(response.json()["prescription_code"])

        while not stop.is_set():
            code = await told(people.issue(a_draft(), person=who))
            await told(people.reserve(code, person=who))
            await told(people.reserve(code, OTHER_PHARMACY, person=who))
            await told(people.dispense(code, 20, person=who))

    lives = [asyncio.create_task(one_life(number)) for number in range(8)]
    try:
        for _ in range(KILLS):
            count = len(acknowledged)
            await until(_more_than(acknowledged, count + 20), "traffic between two kills")
            network.kill("registry-worker")
    finally:
        stop.set()
        await asyncio.gather(*lives)
    await asyncio.to_thread(network.wait_ready, "registry-worker", DEADLINE_S)
    await until(lambda: caught_up(network), "catching up")

    codec = published_language()
    log = await asyncio.to_thread(everything, network, LOG)
    submissions = [
        submission
        for message in log
        if isinstance(submission := codec.decode(message.value()), Submission)
    ]
    on_log = Counter(submission.event_id for submission in submissions)
    lost = [a for a in acknowledged if a["event_id"] not in on_log]
    assert lost == []

    judged = await _judged_by_tick(network)
    assert judged[False] == len(submissions), "one verdict per submission in the registry"

    outcomes: dict[str, SubmissionJudged] = {}
    for message in await asyncio.to_thread(everything, network, OUTCOMES):
        outcome = codec.decode(message.value())
        assert isinstance(outcome, SubmissionJudged)
        known = outcomes.setdefault(outcome.outcome_id, outcome)
        assert known == outcome, "results sent twice are the same results"
    assert len(outcomes) == judged.total()

    for answer in acknowledged:
        if answer.get("verdict") == "late":
            continue
        place = f"{answer['log']['partition']}-{answer['log']['offset']}"
        assert outcomes[place].result == answer["result"], "the told verdict stands"
    granted = Counter(o.prescription_code for o in outcomes.values() if o.result == "granted")
    assert {code: n for code, n in granted.items() if n > 1} == await _released(outcomes)

    result = await asyncio.to_thread(rebuild, network)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count(" same") == 4


async def _judged_by_tick(network: LocalNetwork) -> Counter[bool]:
    """How many rows the registry has of submissions (False) and of what ticks touched (True)."""
    async with registry_database(network) as database:
        rows = await database.fetch("SELECT submission = 'TimeTicked' FROM record")
    return Counter(of_tick for (of_tick,) in rows)


def _more_than(items: list[Any], count: int) -> Any:
    async def condition() -> bool:
        return len(items) > count

    return condition


async def _released(outcomes: dict[str, SubmissionJudged]) -> dict[str, int]:
    """Prescriptions that other tests let go of and reserved again, with their grants."""
    regranted: dict[str, int] = {}
    by_code: dict[str, list[SubmissionJudged]] = {}
    for outcome in outcomes.values():
        by_code.setdefault(outcome.prescription_code, []).append(outcome)
    for code, all_of in by_code.items():
        grants = [o for o in all_of if o.result == "granted" and o.first_offset == o.log_offset]
        freed = [o for o in all_of if o.holder is None and o.first_offset == o.log_offset]
        repeats = [o for o in all_of if o.result == "granted" and o.first_offset != o.log_offset]
        for earlier, later in itertools.pairwise(grants):
            between = [o for o in freed if earlier.log_offset < o.log_offset < later.log_offset]
            assert between, f"{code} was granted twice without being free in between"
        if len(grants) + len(repeats) > 1:
            regranted[code] = len(grants) + len(repeats)
    return regranted


async def test_with_the_registry_stopped_a_reservation_waits_for_its_verdict(
    network: LocalNetwork, people: People
) -> None:
    code, other_code, old = [await people.issued_code() for _ in range(3)]
    replacing = {
        "method": "POST",
        "room": "prescribing",
        "path": f"/prescriptions/{old}/replace",
        "role": "clinic",
        "facility": CLINIC,
        "body": {"reason": "prescribing-error", "prescription": a_draft()},
        "idempotency_key": key(),
    }
    await asyncio.to_thread(network.stop_process, "registry-worker")
    try:
        same = key()
        held = key()
        as_pharmacy = {"role": "pharmacy", "facility": PHARMACY}
        another = people.ask(
            "POST", "dispensing", f"/prescriptions/{other_code}/release",
            body={"reason": "patient-left"}, idempotency_key=held, **as_pharmacy,
        )  # fmt: skip
        late, first, other, half = await asyncio.gather(
            people.reserve(code, idempotency_key=same),
            people.release(other_code, idempotency_key=held),
            another,
            people.ask(**replacing),
        )
        assert half.status_code == 503, "a late cancellation says nothing about the new one"
        assert "same Idempotency-Key" in half.json()["what_next"]
        assert {late.status_code, first.status_code, other.status_code} == {202}
        assert late.json()["verdict"] == "late"
        assert "Do not hand anything over" in late.json()["message"]
        location = late.headers["location"]
        asked = await people.ask("GET", "dispensing", location, **as_pharmacy)
        assert asked.json()["type"] == "urn:rxlog:problem:no-verdict-yet"
    finally:
        await asyncio.to_thread(network.start_process, "registry-worker")
        await asyncio.to_thread(network.wait_ready, "registry-worker", DEADLINE_S)

    async def verdict_is_there() -> bool:
        found = await people.ask("GET", "dispensing", location, **as_pharmacy)
        return found.status_code == 201 and found.json()["result"] == "granted"

    await until(verdict_is_there, "the verdict at Location")
    again = await people.reserve(code, idempotency_key=same)
    assert again.json()["result"] == "granted", "the same key gets the same verdict"
    places = [response.headers["location"] for response in (first, other)]

    async def each_has_its_own() -> bool:
        found = [await people.ask("GET", "dispensing", place, **as_pharmacy) for place in places]
        told = sorted(answer.json().get("result", "") for answer in found)
        return told == ["already-free", "same-id-other-content"]

    await until(each_has_its_own, "an answer of its own for each request under one key")
    new = await people.ask(**replacing)
    assert (new.status_code, new.json()["result"]) == (201, "issued")
    assert (await people.look_up(f"/prescriptions/{old}")).json()["replaced_by"] == (
        new.json()["prescription_code"]
    )
    foreign = await people.ask(
        "GET", "dispensing", location, role="pharmacy", facility=OTHER_PHARMACY
    )
    assert foreign.status_code == 404


async def test_with_the_broker_stopped_nothing_is_recorded_twice(
    network: LocalNetwork, people: People
) -> None:
    code = await people.issued_code()
    same = key()
    await asyncio.to_thread(network.stop_process, "kafka")
    try:
        answers = [await people.reserve(code, idempotency_key=same) for _ in range(2)]
        for answer in answers:
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert "same Idempotency-Key" in answer.json()["what_next"]
    finally:
        await asyncio.to_thread(network.start_process, "kafka")
        await asyncio.to_thread(network.wait_ready, "kafka", DEADLINE_S)

    async def granted() -> bool:
        return (await people.reserve(code, idempotency_key=same)).status_code == 201

    await until(granted, "the reservation after the broker came back")
    history = (await people.look_up(f"/prescriptions/{code}/history")).json()["records"]
    first = [r for r in history if r["submission"] == "DispensingReserved" and not r["is_repeat"]]
    assert len(first) == 1
    assert (await people.look_up(f"/prescriptions/{code}")).json()["status"] == "reserved"
