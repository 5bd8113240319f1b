"""What a pharmacy may say, and what its records carry."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.submissions import PrescriptionDispensed
from services.dispensing.api import Counter, routes
from services.kernel.clock import now
from services.vietnam.catalogue import DRUGS_FILE, DrugCatalogue
from services.vietnam.directory import FACILITIES_FILE, FacilityDirectory
from services.vietnam.law import LAW_FILE, Law
from tests.writing_rooms import Room, Taken

TEXT = LAW_FILE.read_text(encoding="utf-8")
DIRECTORY = FacilityDirectory.load(FACILITIES_FILE)
CATALOGUE = DrugCatalogue.load(DRUGS_FILE)
PHARMACY, CODE = "01921", "01901abcdefg-c"

LINE = {"line": 1, "drug_code": "DQGMAU0061", "quantity": "10", "days_supply": 5}
BODY: dict[str, Any] = {"receipt_number": "HD1", "lines": [LINE]}


def law_of_two_periods() -> Law:
    """The same law, but that prescriptions are waited for twice as long from 2026 on."""
    start = TEXT.index("  - id: issue-grace-hours")
    entry = TEXT[start : TEXT.index("\n\n", start) + 1]
    old = entry.replace("in_force_until: null", "in_force_until: 2025-12-31")
    new = entry.replace("in_force_from: null", "in_force_from: 2026-01-01")
    return Law.read(TEXT.replace(entry, old + "\n" + new.replace("value: 72", "value: 144")))


class Shop:
    """The dispensing room and what it submitted."""

    def __init__(self, law: Law | None = None) -> None:
        self.log = Taken()
        self.law = law or Law.read(TEXT)
        writer: Any = self.log
        registry: Any = None
        counter = Counter(writer, DIRECTORY, CATALOGUE, self.law)
        self.room = Room("dispensing", routes(counter, registry))

    async def dispense(self, body: dict[str, Any]) -> Any:
        path = f"/prescriptions/{CODE}/dispenses"
        return await self.room.post(path, body, role="pharmacy", facility=PHARMACY)

    async def recorded(self, body: dict[str, Any]) -> PrescriptionDispensed:
        answer = await self.dispense(body)
        assert answer.status_code == 201, answer.text
        (submission,) = self.log.submissions
        assert isinstance(submission, PrescriptionDispensed)
        return submission


async def test_a_dispense_carries_the_numbers_it_is_judged_by() -> None:
    shop = Shop()
    record = await shop.recorded(BODY)
    law = shop.law.at(now())
    assert record.law_version == law.version
    assert (record.issue_grace_hours, record.clock_skew_minutes, record.repeat_hours) == (
        72,
        10,
        24,
    )
    assert (record.owing, record.owing_hold_minutes) == (False, 0)
    assert record.lines[0].batch is None


async def test_the_law_is_that_of_the_day_it_was_handed_over() -> None:
    law = law_of_two_periods()
    last_second = "2025-12-31T23:59:59+07:00"
    late = await Shop(law).recorded(BODY | {"occurred_at": last_second, "offline": True})
    assert (late.issue_grace_hours, late.law_version) == (
        72,
        law.at(datetime.fromisoformat(last_second)).version,
    )
    midnight = "2026-01-01T00:00:00+07:00"
    new = await Shop(law).recorded(BODY | {"occurred_at": midnight, "offline": True})
    assert new.issue_grace_hours == 144


async def test_who_owes_the_rest_holds_the_prescription_for_two_days() -> None:
    record = await Shop().recorded(BODY | {"owing": True})
    assert (record.owing, record.owing_hold_minutes) == (True, 2 * 24 * 60)


async def test_nobody_keeps_a_hold_and_gives_it_back() -> None:
    answer = await Shop().dispense(BODY | {"owing": True, "release_reservation": True})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "owing"
    assert "trả đơn" in error["reason_vi"]


async def test_a_line_may_name_its_batch() -> None:
    record = await Shop().recorded(BODY | {"lines": [LINE | {"batch": 2}]})
    assert record.lines[0].batch == 2
    answer = await Shop().dispense(BODY | {"lines": [LINE | {"batch": 0}]})
    assert answer.json()["errors"][0]["field"] == "lines[0].batch"


async def test_a_request_of_an_older_client_is_the_same_request_as_before() -> None:
    """The hash of the first release: a repeat may reach a newer one."""
    record = await Shop().recorded(BODY)
    said = {
        "dispense": CODE,
        "receipt_number": "HD1",
        "lines": [
            {
                "line": 1,
                "drug_code": "DQGMAU0061",
                "drug_name": "",
                "quantity": "10",
                "days_supply": 5,
                "substituted": False,
            }
        ],
        "occurred_at": None,
        "offline": False,
        "collected_by_patient": True,
        "release_reservation": False,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert record.content_hash == hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize("more", [{"owing": True}, {"lines": [LINE | {"batch": 1}]}])
async def test_what_is_said_is_content(more: dict[str, Any]) -> None:
    plain, other = await Shop().recorded(BODY), await Shop().recorded(BODY | more)
    assert plain.content_hash != other.content_hash


async def test_the_numbers_of_the_law_are_no_content() -> None:
    one = await Shop().recorded(BODY | {"occurred_at": "2026-02-01T00:00:00Z"})
    other = await Shop(law_of_two_periods()).recorded(
        BODY | {"occurred_at": "2026-02-01T00:00:00Z"}
    )
    assert one.law_version != other.law_version
    assert one.content_hash == other.content_hash


async def test_nothing_is_handed_over_in_the_future_clocks_aside() -> None:
    ahead = (now() + timedelta(minutes=9)).isoformat()
    assert (await Shop().dispense(BODY | {"occurred_at": ahead})).status_code == 201
    ahead = (now() + timedelta(minutes=12)).isoformat()
    answer = await Shop().dispense(BODY | {"occurred_at": ahead})
    assert answer.json()["errors"][0]["field"] == "occurred_at"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_the_ends_of_the_calendar_are_bad_input_not_an_error(moment: str) -> None:
    answer = await Shop().dispense(BODY | {"occurred_at": moment})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "occurred_at"
