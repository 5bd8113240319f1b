"""What a claim carries."""

from __future__ import annotations

from typing import Any

from services.claims.api import Desk, routes
from services.claims.requests import ClaimRequest
from services.claims.submissions import claimed
from services.contracts.submissions import PrescriptionClaimed
from services.kernel.clock import now
from services.kernel.writing.envelope import Envelope
from services.vietnam.directory import FACILITIES_FILE, FacilityDirectory
from services.vietnam.law import Law
from tests.builders import at, by
from tests.writing_rooms import Room, Taken

LAW = Law.load()
CODE = "01901abcdefg-c"
BODY = {
    "claim_id": "claim-1",
    "payer_id": "01981",
    "lines": [{"line": 1, "quantity": "10", "amount": "120000"}],
}


async def test_a_claim_carries_the_numbers_it_is_judged_by() -> None:
    log = Taken()
    writer: Any = log
    registry: Any = None
    desk = Desk(writer, FacilityDirectory.load(FACILITIES_FILE), LAW)
    room = Room("claims", routes(desk, registry))
    path = f"/prescriptions/{CODE}/claims"
    answer = await room.post(path, BODY, role="pharmacy", facility="01921")
    assert answer.status_code == 201, answer.text
    (record,) = log.submissions
    assert isinstance(record, PrescriptionClaimed)
    assert record.law_version == LAW.at(now()).version
    assert (record.dispense_grace_hours, record.claim_window_days) == (72, 90)


def test_the_numbers_of_the_law_are_no_content() -> None:
    request = ClaimRequest.model_validate(BODY)
    envelope = Envelope("event-1", CODE, by("01921", "pharmacy"), at())
    old, new = (claimed(envelope, request, LAW.at(at(days * 1440))) for days in (-3650, 0))
    assert old.law_version != new.law_version
    assert old.content_hash == new.content_hash
