"""Following what changed: nothing left out and nothing twice, through ticks and rebuilds."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from services.kernel.folding.mechanism import partition_of
from services.registry.lookups import news as news_module
from services.topology import LOG
from tests.builders import (
    CLINIC,
    CODE,
    OTHER_CLINIC,
    OTHER_PHARMACY,
    PAYER,
    PHARMACY,
    at,
    claimed,
    dispensed,
    issued,
    reserved,
)
from tests.network.registry_room import CONNECTIONS_MAX, Asking, Log, Worker, emptied
from tests.network.test_look_ups import code_of
from tests.network.waiting import until

pytestmark = pytest.mark.network

WAITING = CONNECTIONS_MAX * 2


async def pages(
    asking: Asking, role: str, facility: str, since: str = "", **params: Any
) -> tuple[list[Any], str]:
    """Everything from a cursor on, and the cursor after it."""
    found: list[Any] = []
    while True:
        page = await asking.told(role, facility, "/changes", since=since, **params)
        found += page["changes"]
        since = page["since"]
        if not page["more"]:
            return found, since


def told(changes: list[Any]) -> list[tuple[str, str]]:
    return [(change["submission"], change["result"]) for change in changes]


async def test_each_follows_what_it_has_to_do_with(worker: Worker, asking: Asking) -> None:
    log = Log()
    log.append(at(0), issued())
    log.append(at(1), reserved(PHARMACY, hold_minutes=30))
    log.tick(at(40), CODE)
    log.append(at(41), reserved(OTHER_PHARMACY))
    log.append(at(42), dispensed(pharmacy=OTHER_PHARMACY))
    log.append(at(43), claimed(by_facility=OTHER_PHARMACY))
    log.append(at(44), issued(code=code_of(1), clinic=OTHER_CLINIC))
    await worker.catch_up(log)

    clinic, _ = await pages(asking, "clinic", CLINIC)
    assert told(clinic) == [
        ("PrescriptionIssued", "issued"),
        ("DispensingReserved", "granted"),
        ("TimeTicked", "reservation-lapsed"),
        ("DispensingReserved", "granted"),
        ("PrescriptionDispensed", "dispensed"),
        ("PrescriptionClaimed", "payable"),
    ]
    lost, _ = await pages(asking, "pharmacy", PHARMACY)
    assert [result for _, result in told(lost)] == ["granted", "reservation-lapsed"]
    assert lost[-1]["message_vi"]
    payer, _ = await pages(asking, "payer", PAYER)
    assert told(payer) == [("PrescriptionClaimed", "payable")]
    other, _ = await pages(asking, "clinic", OTHER_CLINIC)
    assert [change["prescription_code"] for change in other] == [code_of(1)]


async def test_no_page_leaves_anything_out_or_repeats_it(worker: Worker, asking: Asking) -> None:
    """Given ticks that touch many at one offset, whatever the page and whenever it is asked."""
    log = Log()
    for number in range(40):
        log.append(at(0), issued(code=code_of(number), valid_until=at(10 + number % 2)))
    for code in (code_of(number) for number in range(40)):
        log.tick(at(20), code)
    await worker.catch_up(log)
    whole, end = await pages(asking, "clinic", CLINIC, limit=200)
    assert len(whole) == 80
    for limit in (1, 7, 50):
        found, since = await pages(asking, "clinic", CLINIC, limit=limit)
        assert since == end
        for partition in range(LOG.partitions):
            of_one = [c for c in found if c["position"]["partition"] == partition]
            assert of_one == [c for c in whole if c["position"]["partition"] == partition]
        assert len(found) == len(whole)


async def test_without_changes_the_cursor_stays_the_same(worker: Worker, asking: Asking) -> None:
    log = Log()
    log.append(at(0), issued())
    await worker.catch_up(log)
    _, since = await pages(asking, "clinic", CLINIC)
    log.append(at(1), issued(code=code_of(1), clinic=OTHER_CLINIC))
    await worker.catch_up(log)
    page = await asking.told("clinic", CLINIC, "/changes", since=since)
    assert page == {"changes": [], "since": since, "more": False}


async def test_to_begin_now_is_to_have_seen_everything_so_far(
    worker: Worker, asking: Asking
) -> None:
    log = Log()
    log.append(at(0), issued())
    await worker.catch_up(log)
    since = (await asking.told("clinic", CLINIC, "/changes", since="now"))["since"]
    log.append(at(1), reserved())
    await worker.catch_up(log)
    changes, _ = await pages(asking, "clinic", CLINIC, since)
    assert told(changes) == [("DispensingReserved", "granted")]


async def test_a_cursor_holds_after_a_rebuild(
    worker: Worker, asking: Asking, registry_pool: asyncpg.Pool
) -> None:
    log = Log()
    for number in range(12):
        log.append(at(0), issued(code=code_of(number)))
    await worker.catch_up(log)
    first = await asking.told("clinic", CLINIC, "/changes", limit=5)
    rest, end = await pages(asking, "clinic", CLINIC, first["since"])

    await emptied(registry_pool)
    behind = await asking.get("clinic", CLINIC, "/changes", since=end)
    assert (behind.status_code, behind.json()["type"]) == (503, "urn:rxlog:problem:registry-behind")
    assert behind.json()["what_next_vi"]
    assert int(behind.headers["retry-after"]) > 0

    again = Worker(registry_pool)
    await again.take()
    await again.catch_up(log, at_once=3)
    assert (await pages(asking, "clinic", CLINIC, first["since"])) == (rest, end)
    assert (await pages(asking, "clinic", CLINIC, end))[0] == []


async def test_who_waits_is_woken_by_the_commit_and_holds_no_connection(
    worker: Worker, asking: Asking
) -> None:
    """More wait than there are connections; a look-up is answered meanwhile."""
    log = Log()
    since = (await asking.told("clinic", CLINIC, "/changes", since="now"))["since"]
    waiting = [
        asyncio.create_task(asking.told("clinic", CLINIC, "/changes", since=since, wait_s=20))
        for _ in range(WAITING)
    ]

    async def all_wait() -> bool:
        return asking.waiting == WAITING

    await until(all_wait, "everybody waiting")
    log.append(at(0), issued(clinic=OTHER_CLINIC, code=code_of(1)))
    await worker.catch_up(log)
    foreign = await asking.get("clinic", CLINIC, f"/prescriptions/{code_of(1)}")
    assert foreign.status_code == 404
    assert not any(task.done() for task in waiting), "the news of others wake nobody"

    log.append(at(1), issued())
    await worker.catch_up(log)
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*waiting)
    assert [told(answer["changes"]) for answer in answers] == [
        [("PrescriptionIssued", "issued")]
    ] * WAITING
    assert asking.waiting == 0


async def test_a_process_that_stops_lets_nobody_wait(worker: Worker, asking: Asking) -> None:
    since = (await asking.told("clinic", CLINIC, "/changes", since="now"))["since"]
    task = asyncio.create_task(asking.told("clinic", CLINIC, "/changes", since=since, wait_s=20))

    async def waits() -> bool:
        return asking.waiting == 1

    await until(waits, "somebody waiting")
    asking.app.state.stopping.set()
    try:
        async with asyncio.timeout(5):
            assert (await task)["since"] == since
    finally:
        asking.app.state.stopping.clear()


async def test_too_many_who_wait_are_answered_at_once(
    worker: Worker, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news_module, "WAITING_OF_ONE_MAX", 0)
    async with asyncio.timeout(10):
        page = await asking.told("clinic", CLINIC, "/changes", wait_s=20)
    assert page["changes"] == []


async def test_a_page_of_changes_is_on_record(
    worker: Worker, asking: Asking, registry_pool: asyncpg.Pool
) -> None:
    log = Log()
    log.append(at(0), issued())
    await worker.catch_up(log)
    page = await asking.told("clinic", CLINIC, "/changes")
    await asking.told("clinic", CLINIC, "/changes", since=page["since"])
    rows = await registry_pool.fetch("SELECT facility_id, what, detail FROM lookup")
    assert [tuple(row) for row in rows] == [(CLINIC, "changes", f"the beginning..{page['since']}")]


async def test_anothers_cursor_is_refused(worker: Worker, asking: Asking) -> None:
    theirs = (await asking.told("clinic", OTHER_CLINIC, "/changes", since="now"))["since"]
    response = await asking.get("clinic", CLINIC, "/changes", since=theirs)
    assert response.status_code == 422
    assert "since" in response.json()["errors"][0]["reason"]


async def test_a_busy_partition_lets_the_others_tell(worker: Worker, asking: Asking) -> None:
    log = Log()
    for number in range(30):
        log.append(at(number), reserved(event_id=f"r{number}", pharmacy=PHARMACY))
    quiet = next(c for c in map(code_of, range(100)) if partition(c) != partition(CODE))
    log.append(at(40), reserved(code=quiet, pharmacy=PHARMACY))
    await worker.catch_up(log)
    page = await asking.told("pharmacy", PHARMACY, "/changes", limit=4)
    assert quiet in {change["prescription_code"] for change in page["changes"]}


def partition(code: str) -> int:
    return partition_of(code, LOG.partitions)
