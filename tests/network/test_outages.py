"""Killed workers, stopped workers, a stopped broker: nothing lost, nothing granted twice."""

from __future__ import annotations

import asyncio

import pytest

from infra.local.network import LocalNetwork
from tests.network.under_load import assert_nothing_is_lost, caught_up, traffic
from tests.network.waiting import DEADLINE_S, until
from tests.people import CLINIC, OTHER_PHARMACY, PHARMACY, People, a_draft, key

pytestmark = pytest.mark.network

KILLS = 10


async def test_ten_kills_of_the_registry_worker_under_load(
    network: LocalNetwork, people: People
) -> None:
    """Given traffic, when the worker is killed -9 ten times, then every submission has exactly
    one verdict, every acknowledged one is on the log, and a rebuild is byte-identical."""
    async with traffic(people) as flowing:
        for _ in range(KILLS):
            await flowing.goes_on()
            network.kill("registry-worker")
    await asyncio.to_thread(network.wait_ready, "registry-worker", DEADLINE_S)
    await until(lambda: caught_up(network), "catching up")
    await assert_nothing_is_lost(network, flowing.acknowledged)


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
