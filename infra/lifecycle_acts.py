"""Submissions of the lifecycle table: who does what, so many minutes after the prescription."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

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
    Submission,
    TimeTicked,
)
from services.contracts.terms import Drug, LicenceStatus, Submitter

CODE, NEWER = "01001k7m2p9q-c", "01001newer00-c"
ME, OTHER, CLINIC, STRANGER, PAYER, PAYER_2 = "01P01", "79P02", "01001", "79001", "01V01", "79V02"
WRITTEN = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
DRUG = Drug(code="DQG00001", name="Morphin mẫu 30", ingredients=("morphine",))
WHOLE, PART = Decimal(20), Decimal(5)

Step = tuple[float, Submission | TimeTicked]
"""A minute and what is submitted then."""


def at(minute: float) -> datetime:
    """A moment, in minutes after the prescription was written."""
    return WRITTEN + timedelta(minutes=minute)


def _envelope(facility: str, role: str, minute: float, licence: LicenceStatus) -> dict[str, Any]:
    return {
        "event_id": f"{facility}-{minute}",
        "content_hash": b"",
        "prescription_code": CODE,
        "occurred_at": at(minute),
        "submitter": Submitter(facility_id=facility, role=role, licence_status=licence),
    }


def issue(minute: float = 0, until: float = 600, batches: tuple[Batch, ...] = ()) -> Step:
    line = PrescriptionLine(line=1, drug=DRUG, quantity=WHOLE, unit="viên")
    submission = PrescriptionIssued(
        **_envelope(CLINIC, "clinic", minute, "ACTIVE"),
        patient_ref="patient",
        prescriber_id="prescriber",
        valid_from=at(0),
        valid_until=at(until),
        law_version="law",
        lines=(line,),
        batches=batches,
    )
    return minute, submission


def window(number: int, opens: float, closes: float) -> Batch:
    """A batch of ten days' medicines that may be collected between two minutes."""
    return Batch(
        number=number,
        start_on=date(2026, 11, 16),
        end_on=date(2026, 11, 25),
        opens_at=at(opens),
        closes_at=at(closes),
    )


def cancel(minute: float, by: str = CLINIC, newer: str | None = None) -> Step:
    envelope = _envelope(by, "clinic", minute, "ACTIVE")
    return minute, PrescriptionCancelled(**envelope, reason="other", replaced_by=newer)


def reserve(minute: float, by: str = ME, licence: LicenceStatus = "ACTIVE") -> Step:
    envelope = _envelope(by, "pharmacy", minute, licence)
    return minute, DispensingReserved(**envelope, hold_minutes=30, law_version="law")


def release(minute: float, by: str = ME) -> Step:
    envelope = _envelope(by, "pharmacy", minute, "ACTIVE")
    return minute, ReservationReleased(**envelope, reason="other")


def dispense(
    minute: float, quantity: Decimal = WHOLE, by: str = ME, *, owing: bool = False
) -> Step:
    submission = PrescriptionDispensed(
        **_envelope(by, "pharmacy", minute, "ACTIVE"),
        receipt_number=f"{minute}",
        lines=(DispensedLine(line=1, drug=DRUG, quantity=quantity),),
        law_version="law",
        issue_grace_hours=1,
        clock_skew_minutes=10,
        repeat_hours=1,
        owing=owing,
        owing_hold_minutes=240,
    )
    return minute, submission


def reverse(minute: float, by: str = ME) -> Step:
    return minute, DispenseReversed(**_envelope(by, "pharmacy", minute, "ACTIVE"), reason="other")


def claim(minute: float, quantity: int = 20, payer: str = PAYER, claim_id: str = "1") -> Step:
    submission = PrescriptionClaimed(
        **_envelope(ME, "pharmacy", minute, "ACTIVE"),
        claim_id=claim_id,
        payer_id=payer,
        lines=(ClaimedLine(line=1, quantity=Decimal(quantity), amount=Decimal(1)),),
        law_version="law",
        dispense_grace_hours=1,
        claim_window_days=90,
    )
    return minute, submission


def withdraw(minute: float) -> Step:
    envelope = _envelope(ME, "pharmacy", minute, "ACTIVE")
    return minute, ClaimWithdrawn(**envelope, claim_id="1", reason="other")


def tick(minute: float) -> Step:
    return minute, TimeTicked(tick_id="tick", partition=0)
