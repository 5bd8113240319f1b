"""Submissions in the domain's words, with sensible values for everything a test does not name."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from services.contracts.submissions import (
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
from services.contracts.terms import Drug, Submitter

CODE = "01001k7m2p9q-c"
CLINIC, OTHER_CLINIC = "01001", "79001"
PHARMACY, OTHER_PHARMACY = "01P01", "79P02"
PAYER = "01V01"
MONDAY_8AM = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)

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

_numbers = count(1)


def at(minutes: float = 0) -> datetime:
    """A moment of log time, minutes after Monday morning."""
    return MONDAY_8AM + timedelta(minutes=minutes)


def by(facility_id: str, role: str) -> Submitter:
    return Submitter(facility_id=facility_id, role=role, person_id=f"{facility_id}-person")


def _envelope(code: str, submitter: Submitter, given: dict[str, Any]) -> dict[str, Any]:
    event_id = given.pop("event_id", None) or f"event-{next(_numbers)}"
    content = given.pop("content", event_id)
    return {
        "event_id": event_id,
        "content_hash": hashlib.sha256(content.encode()).digest(),
        "prescription_code": code,
        "occurred_at": given.pop("occurred_at", MONDAY_8AM),
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


def given_out(number: int = 1, quantity: float = 20, drug: Drug = AMOXICILLIN) -> DispensedLine:
    return DispensedLine(line=number, drug=drug, quantity=Decimal(str(quantity)), days_supply=5)


def dispensed(*lines: DispensedLine, pharmacy: str = PHARMACY, code: str = CODE, **given: Any):
    return PrescriptionDispensed(
        receipt_number=given.pop("receipt_number", "HD0001"),
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
    return PrescriptionClaimed(
        claim_id=given.pop("claim_id", "claim-1"),
        payer_id=PAYER,
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
