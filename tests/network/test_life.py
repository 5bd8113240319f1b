"""A prescription's life through the public APIs, on real Kafka and Postgres."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.people import (
    CLINIC,
    OTHER_CLINIC,
    OTHER_PHARMACY,
    PAYER,
    PHARMACY,
    People,
    a_draft,
    key,
    pharmacies_of_the_country,
)

pytestmark = pytest.mark.network
GRANTED = (201, "granted")


async def test_issue_reserve_dispense_claim(people: People) -> None:
    code = await people.issued_code()

    granted = await people.reserve(code)
    assert (granted.status_code, granted.json()["result"]) == (201, "granted")

    refused = await people.reserve(code, OTHER_PHARMACY)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["type"] == "urn:rxlog:problem:reserved-elsewhere"
    assert PHARMACY in problem["title"]
    assert problem["what_next"]
    assert problem["what_next_vi"]

    partial = await people.dispense(code, 8)
    assert partial.json()["remaining"] == [{"line": 1, "quantity": "12"}]
    rest = await people.dispense(code, 12)
    assert rest.json()["prescription_status"] == "completed"
    assert rest.json()["reasons"] == []

    payable = await people.claim(code, "claim-1")
    assert (payable.status_code, payable.json()["result"]) == (201, "payable")
    again = await people.claim(code, "claim-2")
    assert (again.status_code, again.json()["result"]) == (409, "claimed-before")

    history = (await people.look_up(f"/prescriptions/{code}/history")).json()["records"]
    assert [record["result"] for record in history] == [
        "issued",
        "granted",
        "reserved-elsewhere",
        "dispensed",
        "dispensed",
        "payable",
        "claimed-before",
    ]


async def test_a_code_nobody_issued_is_refused(people: People) -> None:
    forged = f"{CLINIC}{uuid.uuid4().hex[:7]}-c"
    response = await people.reserve(forged)
    assert (response.status_code, response.json()["result"]) == (409, "unknown-prescription")


async def test_a_malformed_code_is_bad_input(people: People) -> None:
    response = await people.reserve("not-a-code")
    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["field"] == "code"
    assert error["reason_vi"]


async def test_the_same_key_and_body_get_the_same_bytes(people: People) -> None:
    draft, same = a_draft(), key()
    first = await people.issue(draft, idempotency_key=same)
    second = await people.issue(draft, idempotency_key=same)
    assert first.status_code == 201
    assert first.content == second.content

    code = first.json()["prescription_code"]
    await people.reserve(code, OTHER_PHARMACY)
    same = key()
    first = await people.reserve(code, idempotency_key=same)
    await people.release(code, OTHER_PHARMACY)
    second = await people.reserve(code, idempotency_key=same)
    assert first.status_code == second.status_code == 409
    assert first.json()["reasons"] == second.json()["reasons"]
    assert first.json()["log"] == second.json()["log"]


async def test_the_same_key_with_another_body_is_refused(people: People) -> None:
    same, now = key(), datetime.now(UTC)
    draft = a_draft(authored_on=now.isoformat())
    assert (await people.issue(draft, idempotency_key=same)).status_code == 201
    other = a_draft(authored_on=(now - timedelta(minutes=1)).isoformat())
    response = await people.issue(other, idempotency_key=same)
    assert response.status_code == 422
    assert response.json()["type"] == "urn:rxlog:problem:same-id-other-content"


async def test_a_write_needs_an_idempotency_key(people: People) -> None:
    response = await people.issue(idempotency_key="short")
    assert response.status_code == 400


async def test_every_broken_rule_is_named_with_field_rule_and_source(people: People) -> None:
    draft = a_draft(prescription_type="n")
    draft["patient"]["citizen_number"] = "001290000042"  # says female
    response = await people.issue(draft)
    assert response.status_code == 422
    errors = response.json()["errors"]
    assert len(errors) >= 2
    told = ("rule", "source", "reason", "reason_vi", "what_next", "what_next_vi")
    assert all(error[name] for error in errors for name in told)


async def test_a_replaced_prescription_is_dead_and_names_its_successor(people: People) -> None:
    old = await people.issued_code()
    response = await replaced(people, old, a_draft())
    assert response.status_code == 201, response.text
    new = response.json()["prescription_code"]
    refused = await people.reserve(old)
    assert refused.json()["result"] == "replaced"
    assert refused.json()["reasons"][0]["details"]["replaced_by"] == new
    assert (await people.reserve(new)).json()["result"] == "granted"
    seen = (await people.look_up(f"/prescriptions/{new}")).json()
    assert seen["replaces"] == old


async def replaced(people: People, old: str, by: dict[str, Any]) -> httpx2.Response:
    return await people.ask(
        "POST",
        "prescribing",
        f"/prescriptions/{old}/replace",
        role="clinic",
        facility=CLINIC,
        body={"reason": "prescribing-error", "prescription": by},
    )


async def test_a_code_in_use_is_no_replacement_and_the_old_one_stays_valid(
    people: People,
) -> None:
    old, other = await people.issued_code(), await people.issued_code()
    for taken in (old, other):
        response = await replaced(people, old, a_draft(prescription_code=taken))
        assert (response.status_code, response.json()["result"]) == (409, "code-taken")
    assert (await people.look_up(f"/prescriptions/{old}")).json()["status"] == "active"


async def test_a_replacement_may_bring_its_own_code_and_be_repeated(people: People) -> None:
    old, new = await people.issued_code(), f"{CLINIC}{uuid.uuid4().hex[:7]}-c"
    draft, same = a_draft(prescription_code=new), key()
    answers = [
        await people.ask(
            "POST",
            "prescribing",
            f"/prescriptions/{old}/replace",
            role="clinic",
            facility=CLINIC,
            body={"reason": "prescribing-error", "prescription": draft},
            idempotency_key=same,
        )
        for _ in range(2)
    ]
    assert answers[0].status_code == 201, answers[0].text
    assert answers[0].content == answers[1].content
    assert (await people.look_up(f"/prescriptions/{old}")).json()["replaced_by"] == new


async def test_a_held_prescription_is_not_replaced(people: People) -> None:
    code = await people.issued_code()
    await people.reserve(code)
    response = await replaced(people, code, a_draft())
    assert (response.status_code, response.json()["result"]) == (409, "held-by-pharmacy")
    assert (await people.look_up(f"/prescriptions/{code}")).json()["status"] == "reserved"


async def test_cancel_reverse_withdraw(people: People) -> None:
    code = await people.issued_code()
    await people.reserve(code)
    sold = (await people.dispense(code)).json()
    assert (await people.cancel(code)).json()["result"] == "already-dispensed"
    await people.claim(code, "claim-1")
    reverse = f"/prescriptions/{code}/dispenses/{sold['event_id']}/reverse"
    as_pharmacy = {"role": "pharmacy", "facility": PHARMACY}
    body = {"reason": "wrong-entry"}
    blocked = await people.ask("POST", "dispensing", reverse, body=body, **as_pharmacy)
    assert blocked.json()["result"] == "claimed-already"
    withdraw = f"/prescriptions/{code}/claims/claim-1/withdraw"
    done = await people.ask("POST", "claims", withdraw, body=body, **as_pharmacy)
    assert done.json()["result"] == "withdrawn"
    done = await people.ask("POST", "dispensing", reverse, body=body, **as_pharmacy)
    assert done.json()["result"] == "reversed"
    assert (await people.cancel(code)).json()["result"] == "cancelled"


async def test_the_past_of_a_prescription_can_be_asked(people: People) -> None:
    code = await people.issued_code()
    moment = (await people.reserve(code)).json()["log"]["recorded_at"]
    await people.dispense(code)
    now = (await people.look_up(f"/prescriptions/{code}")).json()
    then = (await people.look_up(f"/prescriptions/{code}?as_of={moment}")).json()
    assert (now["status"], then["status"]) == ("completed", "reserved")


async def test_who_may_see_the_person(people: People) -> None:
    code = await people.issued_code()
    person = f"/prescriptions/{code}/person"

    async def status(role: str, facility: str) -> int:
        return (await people.look_up(person, role=role, facility=facility)).status_code

    assert await status("clinic", CLINIC) == 200
    assert await status("clinic", OTHER_CLINIC) == 404
    assert await status("pharmacy", PHARMACY) == 404
    await people.reserve(code)
    assert await status("pharmacy", PHARMACY) == 200
    assert await status("pharmacy", OTHER_PHARMACY) == 404
    assert await status("regulator", "01991") == 403
    assert await status("payer", PAYER) == 403


async def test_an_erased_person_is_gone_and_the_registry_stays(people: People) -> None:
    draft = a_draft()
    draft["patient"] |= {"citizen_number": "001090000777", "full_name": "BỆNH NHÂN MẪU 0777"}
    code = await people.issued_code(draft)
    ref = (await people.look_up(f"/prescriptions/{code}")).json()["patient_ref"]
    erased = await people.ask(
        "DELETE",
        "identity",
        f"/patients/{ref}/key",
        role="patient-services",
        facility="01991",
    )
    assert erased.status_code == 204
    gone = await people.look_up(f"/prescriptions/{code}/person", role="clinic", facility=CLINIC)
    assert gone.status_code == 410
    assert (await people.look_up(f"/prescriptions/{code}")).json()["status"] == "active"
    again = await people.issued_code(draft)
    seen = (await people.look_up(f"/prescriptions/{again}")).json()
    assert seen["patient_ref"] != ref, "the same person starts anew and nothing links the two"


async def test_a_patient_who_is_present_is_found_by_number(people: People) -> None:
    draft = a_draft()
    draft["patient"] |= {"citizen_number": "001090000888"}
    codes = {await people.issued_code(draft), await people.issued_code(draft)}
    response = await people.ask(
        "POST",
        "registry",
        "/patient-prescriptions",
        role="pharmacy",
        facility=PHARMACY,
        body={"kind": "citizen", "value": "001090000888"},
    )
    assert {p["prescription_code"] for p in response.json()["prescriptions"]} == codes


async def test_two_hundred_pharmacies_race_for_each_of_fifty_prescriptions(
    people: People,
) -> None:
    """Exactly one is granted each time; 199 get 409 with what to do next; all are on record."""
    drafts = await asyncio.gather(*(people.issued_code() for _ in range(50)))
    pharmacies = pharmacies_of_the_country()[:200]
    assert len(set(pharmacies)) == 200
    for code in drafts:
        answers = await people.race(code, pharmacies)
        granted = [body for status, body in answers if (status, body["result"]) == GRANTED]
        refused = [body for status, body in answers if status == 409]
        assert len(granted) == 1
        assert len(refused) == 199
        holder = granted[0]["holder"]
        for problem in refused:
            assert problem["result"] == "reserved-elsewhere"
            assert "Nobody here did anything wrong" in problem["title"]
            assert holder in problem["what_next"]
    page = (await people.look_up(f"/prescriptions/{drafts[0]}/history?limit=100")).json()
    rest = await people.look_up(
        f"/prescriptions/{drafts[0]}/history?limit=100&after_offset={page['after_offset']}"
    )
    more = await people.look_up(
        f"/prescriptions/{drafts[0]}/history?after_offset={rest.json()['after_offset']}"
    )
    assert len(page["records"]) + len(rest.json()["records"]) + len(more.json()["records"]) == 201
