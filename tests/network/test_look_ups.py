"""Look-ups by code, by patient, by facility and day: who sees what, page by page, now and then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.registry.lookups import asking as asking_module
from tests.builders import (
    CLINIC,
    CODE,
    MONDAY_8AM,
    OTHER_CLINIC,
    OTHER_PHARMACY,
    PAYER,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    reserved,
    reversed_,
)
from tests.network.registry_room import CODEC, Asking, Log, Worker

pytestmark = pytest.mark.network

MONDAY, TUESDAY = "2026-11-16", "2026-11-17"
REGULATOR = "01991"
CASE = {"purpose": "case-1"}


def code_of(number: int) -> str:
    return f"01001{number:07d}-c"


def book(facility: str, day: str = MONDAY) -> str:
    return f"/facilities/{facility}/days/{day}"


def codes_in(page: Any) -> list[str]:
    return [entry["record"]["prescription_code"] for entry in page["entries"]]


async def filled(worker: Worker, *steps: tuple[datetime, Any]) -> Log:
    log = Log()
    for moment, event in steps:
        log.append(moment, event)
    await worker.catch_up(log)
    return log


async def test_a_prescription_shows_what_remains_and_what_it_was(
    worker: Worker, asking: Asking
) -> None:
    await filled(
        worker,
        (at(0), issued(line(1, 20))),
        (at(1), reserved()),
        (at(2), dispensed(given_out(1, 8))),
    )
    now = await asking.told("clinic", CLINIC, f"/prescriptions/{CODE}")
    then = await asking.told("clinic", CLINIC, f"/prescriptions/{CODE}", as_of=at(1).isoformat())
    before = await asking.told("clinic", CLINIC, f"/prescriptions/{CODE}", as_of=at(-1).isoformat())
    assert [one["lines"][0]["remaining"] for one in (now, then)] == ["12", "20"]
    assert (then["status"], before["status"]) == ("reserved", "not-issued")


async def test_the_history_tells_what_passed_with_time(worker: Worker, asking: Asking) -> None:
    log = await filled(worker, (at(0), issued()), (at(1), reserved(hold_minutes=30)))
    log.tick(at(40), CODE)
    log.append(at(41), reserved(OTHER_PHARMACY, hold_minutes=600_000))
    await worker.catch_up(log)
    history = await asking.told("clinic", CLINIC, f"/prescriptions/{CODE}/history")
    told = [(record["submission"], record["result"]) for record in history["records"]]
    assert told[2] == ("TimeTicked", "reservation-lapsed")
    assert history["records"][2]["message_vi"]
    then = await asking.told("clinic", CLINIC, f"/prescriptions/{CODE}", as_of=at(40).isoformat())
    assert then["status"] == "active"


async def test_a_past_of_too_many_records_is_refused_with_what_to_do(
    worker: Worker, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = ((at(n), reserved(event_id=f"r{n}")) for n in range(1, 5))
    await filled(worker, (at(0), issued()), *tries)
    monkeypatch.setattr(asking_module, "PAST_RECORDS_MAX", 4)
    path = f"/prescriptions/{CODE}"
    refused = await asking.get("clinic", CLINIC, path, as_of=at(9).isoformat())
    assert (refused.status_code, refused.json()["type"]) == (
        422,
        "urn:rxlog:problem:too-long-a-past",
    )
    assert refused.json()["what_next_vi"]
    before = await asking.told("clinic", CLINIC, path, as_of=at(3).isoformat())
    assert before["status"] == "reserved"


async def issue_for_patient(worker: Worker, count: int) -> list[str]:
    codes = [code_of(number) for number in range(count)]
    await filled(worker, *((at(n // 2), issued(code=code)) for n, code in enumerate(codes)))
    return codes


async def test_a_patients_prescriptions_come_page_by_page_and_none_twice(
    worker: Worker, asking: Asking
) -> None:
    """All of the same moment, so that a page ends among equals."""
    codes = await issue_for_patient(worker, 7)
    found: list[str] = []
    before = None
    for _ in range(4):
        page = await asking.told(
            "regulator",
            REGULATOR,
            "/patients/patient-1/prescriptions",
            before=before,
            limit=2,
            **CASE,
        )
        found += [one["prescription_code"] for one in page["prescriptions"]]
        before = page["before"]
    assert before is None
    assert sorted(found) == codes
    assert found == sorted(found, reverse=True)


async def test_a_patients_prescriptions_as_of_a_moment(worker: Worker, asking: Asking) -> None:
    log = Log()
    for number in range(3):
        log.append(at(10 * number), issued(code=code_of(number)))
    log.append(at(40), dispensed(code=code_of(0)))
    await worker.catch_up(log)
    path = "/patients/patient-1/prescriptions"
    then = await asking.told("regulator", REGULATOR, path, as_of=at(12).isoformat(), **CASE)
    assert {one["prescription_code"]: one["status"] for one in then["prescriptions"]} == {
        code_of(0): "active",
        code_of(1): "active",
    }


async def test_day_books_of_a_clinic_a_pharmacy_and_a_payer(worker: Worker, asking: Asking) -> None:
    await filled(
        worker,
        (at(0), issued(code=code_of(1), occurred_at=at(0))),
        (at(1), issued(code=code_of(2), clinic=OTHER_CLINIC, occurred_at=at(1))),
        (at(2), cancelled(code=code_of(2), clinic=OTHER_CLINIC)),
        (at(2), dispensed(code=code_of(1), occurred_at=at(2))),
        (at(3), claimed(code=code_of(1), occurred_at=at(3))),
        (at(4), claimed(code=code_of(2), occurred_at=at(4))),
    )
    clinic = await asking.told("clinic", CLINIC, book(CLINIC))
    assert (clinic["book"], codes_in(clinic)) == ("issued", [code_of(1)])
    assert clinic["entries"][0]["prescription"]["status"] == "completed"
    pharmacy = await asking.told("pharmacy", PHARMACY, book(PHARMACY))
    assert (pharmacy["book"], codes_in(pharmacy)) == ("dispensed", [code_of(1)])
    payer = await asking.told("payer", PAYER, book(PAYER))
    verdicts = [entry["record"]["verdict"] for entry in payer["entries"]]
    assert verdicts == ["accepted", "refused"]
    refused = payer["entries"][1]
    assert refused["prescription"] is None, "a refused claim opens nothing"
    tuesday = await asking.told("clinic", CLINIC, book(CLINIC, TUESDAY))
    assert tuesday["entries"] == []


async def test_the_day_is_vietnams(worker: Worker, asking: Asking) -> None:
    """Midnight in Vietnam is 17:00 UTC of the day before."""
    midnight = datetime(2026, 11, 15, 17, tzinfo=UTC)
    moments = [midnight + timedelta(microseconds=us) for us in (-1000, 0)]
    moments += [midnight + timedelta(days=1) - timedelta(milliseconds=1), midnight]
    log = Log()
    for number, moment in enumerate(moments):
        log.append(MONDAY_8AM, issued(code=code_of(number), occurred_at=moment))
    await worker.catch_up(log)
    monday = await asking.told("clinic", CLINIC, book(CLINIC))
    assert set(codes_in(monday)) == {code_of(1), code_of(2), code_of(3)}


async def test_what_is_reported_late_stands_under_its_day(worker: Worker, asking: Asking) -> None:
    tuesday = at(24 * 60)
    await filled(
        worker,
        (at(0), issued()),
        (tuesday, dispensed(occurred_at=at(30), offline=True)),
    )
    monday = await asking.told("pharmacy", PHARMACY, book(PHARMACY))
    assert codes_in(monday) == [CODE]
    as_of = await asking.told("pharmacy", PHARMACY, book(PHARMACY), as_of=at(60).isoformat())
    assert codes_in(as_of) == [], "nobody knew it on Monday"


async def test_a_day_as_of_a_moment_shows_what_was_known_then(
    worker: Worker, asking: Asking
) -> None:
    await filled(
        worker,
        (at(0), issued()),
        (at(1), dispensed(event_id="sale", occurred_at=at(1))),
        (at(9), reversed_(dispense="sale")),
    )
    then = await asking.told("pharmacy", PHARMACY, book(PHARMACY), as_of=at(5).isoformat())
    now = await asking.told("pharmacy", PHARMACY, book(PHARMACY))
    states = [page["entries"][0]["prescription"] for page in (then, now)]
    assert [state["dispenses"][0]["reversed"] for state in states] == [False, True]


async def test_a_day_comes_page_by_page_and_none_twice(worker: Worker, asking: Asking) -> None:
    codes = [code_of(number) for number in range(7)]
    await filled(worker, *((at(0), issued(code=code, occurred_at=at(0))) for code in codes))
    found: list[str] = []
    after = None
    for _ in range(4):
        page = await asking.told("clinic", CLINIC, book(CLINIC), after=after, limit=2)
        found += codes_in(page)
        after = page["after"]
    assert after is None
    assert sorted(found) == codes


async def test_a_foreign_book_answers_like_a_missing_one(worker: Worker, asking: Asking) -> None:
    await filled(worker, (at(0), issued()))
    foreign = await asking.get("clinic", OTHER_CLINIC, book(CLINIC))
    missing = await asking.get("clinic", OTHER_CLINIC, book("99999"))
    assert foreign.status_code == missing.status_code == 404
    answers = [{**a.json(), "request_id": ""} for a in (foreign, missing)]
    assert answers[0] == answers[1]
    assert answers[0]["what_next_vi"]


async def test_a_regulator_opens_any_book_and_says_why(
    worker: Worker, asking: Asking, registry_pool: asyncpg.Pool
) -> None:
    await filled(worker, (at(0), issued()), (at(1), dispensed(occurred_at=at(1))))
    unexplained = await asking.get("regulator", REGULATOR, book(PHARMACY), book="dispensed")
    assert unexplained.status_code == 422
    assert unexplained.json()["errors"][0]["field"] == "purpose"
    page = await asking.told("regulator", REGULATOR, book(PHARMACY), book="dispensed", **CASE)
    assert codes_in(page) == [CODE]
    rows = await registry_pool.fetch(
        "SELECT facility_id, what, code, patient_ref, purpose, detail FROM lookup ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (REGULATOR, "day", CODE, "patient-1", "case-1", f"{PHARMACY} {MONDAY} dispensed")
    ]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (book(CLINIC), {"book": "dispensed"}),
        (book(CLINIC), {"after": "nonsense"}),
        (book(CLINIC, "2026-02-30"), {}),
        (book(CLINIC, "9999-12-31"), {}),
        (book(CLINIC), {"limit": 101}),
        ("/changes", {"since": "nonsense"}),
        ("/changes", {"wait_s": 21}),
    ],
)
async def test_what_cannot_be_asked_is_named_in_both_languages(
    asking: Asking, path: str, params: dict[str, Any]
) -> None:
    response = await asking.get("clinic", CLINIC, path, **params)
    assert response.status_code == 422, response.text
    problem = response.json()
    [error] = problem["errors"]
    assert error["reason"]
    assert error["reason_vi"]
    assert problem["what_next_vi"]


async def test_an_unreadable_neighbour_harms_no_book(worker: Worker, asking: Asking) -> None:
    log = Log()
    first = log.append(at(0), issued(occurred_at=at(0)))
    log.append_raw(at(1), first.partition, CODE.encode(), b"noise")
    log.append_raw(at(1), (first.partition + 1) % 12, CODE.encode(), CODEC.encode(reserved()))
    log.append_raw(at(1), first.partition, b"k" * 5000, b"noise")
    await worker.catch_up(log)
    page = await asking.told("clinic", CLINIC, book(CLINIC))
    assert codes_in(page) == [CODE]
    seen = await asking.told("clinic", CLINIC, f"/prescriptions/{CODE}")
    assert seen["status"] in ("active", "expired"), "the reservation in another partition is none"
