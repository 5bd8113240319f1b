"""Submissions in the domain's words, with sensible values for everything a test does not name.

They carry what today's writers stamp into them; `unstamped` makes a record of the first release of
the schemas. Who does not say when something happened means: when it was sent.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

import msgspec

from services.contracts.submissions import (
    Batch,
    ClaimedLine,
    ClaimWithdrawn,
    DispensedLine,
    DispenseReversed,
    DispensingReserved,
    PrescriptionCancelled,
    PrescriptionClaimed,
    PrescriptionDispensed,
    PrescriptionIssued,
    PrescriptionLine,
    ReservationReleased,
    TimeTicked,
)
from services.contracts.terms import Drug, LicenceStatus, Submitter

CODE = "01001k7m2p9q-c"
CLINIC, OTHER_CLINIC = "01001", "79001"
PHARMACY, OTHER_PHARMACY = "01P01", "79P02"
THIRD_PHARMACY = "48P03"
PAYER, OTHER_PAYER = "01V01", "79V02"
MONDAY_8AM = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
WHEN_SENT = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the moment a submission is sent; `tests.dsl` puts that in its place."""

AMOXICILLIN = Drug(
    code="DQG00001",
    name="Amoxicillin mẫu 500",
    ingredients=("amoxicillin",),
    atc="J01CA04",
    strength_mg=Decimal(500),
    control_class="NONE",
    catalogue_version="sample",
)
PARACETAMOL = Drug(
    code="DQG00002",
    name="Paracetamol mẫu 500",
    ingredients=("paracetamol",),
    atc="N02BE01",
    strength_mg=Decimal(500),
    control_class="NONE",
    catalogue_version="sample",
)

MORPHINE = Drug(
    code="DQG00003",
    name="Morphin mẫu 30",
    ingredients=("morphine",),
    atc="N02AA01",
    strength_mg=Decimal(30),
    control_class="NARCOTIC",
    catalogue_version="sample",
)

DISPENSE_LAW = {
    "law_version": "test",
    "issue_grace_hours": 72,
    "clock_skew_minutes": 10,
    "repeat_hours": 24,
}
CLAIM_LAW = {"law_version": "test", "dispense_grace_hours": 72, "claim_window_days": 90}
"""What the law's numbers are when a test does not say."""

_numbers = count(1)


def at(minutes: float = 0) -> datetime:
    """A moment of log time, minutes after Monday morning."""
    return MONDAY_8AM + timedelta(minutes=minutes)


def by(
    facility_id: str,
    role: str,
    licence_status: LicenceStatus = "UNKNOWN",
    permitted_classes: tuple[str, ...] = (),
) -> Submitter:
    return Submitter(
        facility_id=facility_id,
        role=role,
        person_id=f"{facility_id}-person",
        licence_status=licence_status,
        permitted_classes=permitted_classes,
    )


Sent = TypeVar("Sent", PrescriptionDispensed, PrescriptionClaimed)


def unstamped(submission: Sent) -> Sent:
    """As it was written before the law's numbers were stamped into it."""
    law = DISPENSE_LAW if isinstance(submission, PrescriptionDispensed) else CLAIM_LAW
    return msgspec.structs.replace(submission, **(dict.fromkeys(law) | {"law_version": ""}))


def _envelope(code: str, submitter: Submitter, given: dict[str, Any]) -> dict[str, Any]:
    submitter = given.pop("submitter", submitter)
    event_id = given.pop("event_id", None) or f"event-{next(_numbers)}"
    content = given.pop("content", event_id)
    return {
        "event_id": event_id,
        "content_hash": hashlib.sha256(content.encode()).digest(),
        "prescription_code": code,
        "occurred_at": given.pop("occurred_at", WHEN_SENT),
        "submitter": submitter,
        **given,
    }


def line(number: int = 1, quantity: float = 20, drug: Drug = AMOXICILLIN) -> PrescriptionLine:
    return PrescriptionLine(
        line=number, drug=drug, quantity=Decimal(str(quantity)), unit="viên", days_supply=5
    )


def issued(*lines: PrescriptionLine, code: str = CODE, clinic: str = CLINIC, **given: Any):
    given.setdefault("valid_from", MONDAY_8AM)
    given.setdefault("valid_until", MONDAY_8AM + timedelta(days=5))
    return PrescriptionIssued(
        patient_ref="patient-1",
        prescriber_id="prescriber-1",
        law_version="test",
        lines=lines or (line(),),
        **_envelope(code, by(clinic, "clinic"), given),
    )


def cancelled(*, code: str = CODE, clinic: str = CLINIC, **given: Any):
    given.setdefault("reason", "prescribing-error")
    return PrescriptionCancelled(**_envelope(code, by(clinic, "clinic"), given))


def reserved(pharmacy: str = PHARMACY, *, code: str = CODE, hold_minutes: int = 30, **given: Any):
    return DispensingReserved(
        hold_minutes=hold_minutes,
        law_version="test",
        **_envelope(code, by(pharmacy, "pharmacy"), given),
    )


def released(pharmacy: str = PHARMACY, *, code: str = CODE, **given: Any):
    return ReservationReleased(
        reason="patient-left", **_envelope(code, by(pharmacy, "pharmacy"), given)
    )


def batch(number: int, start: float, end: float, *, days: int = 10) -> Batch:
    """A batch of so many days, open from one minute after Monday morning until another."""
    first = date(2026, 11, 16)
    return Batch(
        number=number,
        start_on=first,
        end_on=first + timedelta(days=days - 1),
        opens_at=at(start),
        closes_at=at(end),
    )


def given_out(
    number: int = 1, quantity: float = 20, drug: Drug = AMOXICILLIN, batch: int | None = None
) -> DispensedLine:
    return DispensedLine(
        line=number, drug=drug, quantity=Decimal(str(quantity)), days_supply=5, batch=batch
    )


def dispensed(*lines: DispensedLine, pharmacy: str = PHARMACY, code: str = CODE, **given: Any):
    given = DISPENSE_LAW | given
    return PrescriptionDispensed(
        receipt_number=given.pop("receipt_number", None) or f"HD{next(_numbers):04}",
        lines=lines or (given_out(),),
        **_envelope(code, by(pharmacy, "pharmacy"), given),
    )


def reversed_(*, pharmacy: str = PHARMACY, code: str = CODE, **given: Any):
    return DispenseReversed(
        reason="wrong-entry",
        dispense_event_id=given.pop("dispense", None),
        **_envelope(code, by(pharmacy, "pharmacy"), given),
    )


def claimed(
    number: int = 1,
    quantity: float = 20,
    *,
    by_facility: str = PHARMACY,
    role: str = "pharmacy",
    code: str = CODE,
    **given: Any,
):
    asked = ClaimedLine(line=number, quantity=Decimal(str(quantity)), amount=Decimal(100_000))
    given = CLAIM_LAW | given
    return PrescriptionClaimed(
        claim_id=given.pop("claim_id", "claim-1"),
        payer_id=given.pop("payer", PAYER),
        lines=(asked,),
        **_envelope(code, by(by_facility, role), given),
    )


def withdrawn(*, by_facility: str = PHARMACY, role: str = "pharmacy", code: str = CODE, **given):
    return ClaimWithdrawn(
        claim_id=given.pop("claim_id", "claim-1"),
        reason="wrong-entry",
        **_envelope(code, by(by_facility, role), given),
    )


def ticked(partition: int = 0):
    """Log time passes on a partition and nobody submits anything."""
    return TimeTicked(tick_id=f"tick-{next(_numbers)}", partition=partition)
