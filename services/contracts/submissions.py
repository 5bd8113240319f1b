"""The eight submissions of the log, and the tick. `rx.log` holds nothing else.

Facts cannot be refused, permissions can: see DESIGN in `ARCHITECTURE.md` and `registry/judge.py`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from services.contracts.terms import Contract, Drug, LicenceStatus, Reason, Submitter, Treatment


class Submission(Contract, frozen=True, kw_only=True):
    """What every submission carries. `occurred_at` is the submitter's word, never the order."""

    event_id: str
    content_hash: bytes
    prescription_code: str
    occurred_at: datetime
    submitter: Submitter


class PrescriptionLine(Contract, frozen=True, kw_only=True):
    """One prescribed medicine; `quantity` in `unit`."""

    line: int
    drug: Drug
    quantity: Decimal
    unit: str
    days_supply: int | None = None


class Batch(Contract, frozen=True, kw_only=True):
    """One dispensing period (narcotics for cancer: three of at most ten days)."""

    number: int
    start_on: date
    end_on: date
    opens_at: datetime | None = None
    closes_at: datetime | None = None


class PrescriptionIssued(Submission, frozen=True, kw_only=True):
    """A clinic issued a prescription. Immutable: a correction is a new one that `replaces` it."""

    patient_ref: str
    prescriber_id: str
    prescriber_licence: str = ""
    treatment: Treatment = "UNKNOWN"
    valid_from: datetime
    valid_until: datetime
    law_version: str
    replaces: str | None = None
    lines: tuple[PrescriptionLine, ...]
    batches: tuple[Batch, ...] = ()
    sealed: dict[str, bytes] = {}
    sealed_key: str = ""
    prescriber_status: LicenceStatus = "UNKNOWN"
    findings: tuple[Reason, ...] = ()


class PrescriptionCancelled(Submission, frozen=True, kw_only=True):
    """A clinic cancelled a prescription it issued, plainly or because another replaces it."""

    reason: str
    replaced_by: str | None = None


RENAMED = "replaced-under-another-code"
"""Reason of a cancellation that only corrects `replaced_by`: the announced code was taken."""


class DispensingReserved(Submission, frozen=True, kw_only=True):
    """A pharmacy asks to hold a prescription for `hold_minutes` of log time."""

    hold_minutes: int
    law_version: str


class ReservationReleased(Submission, frozen=True, kw_only=True):
    """A pharmacy gives a reservation back."""

    reason: str


class DispensedLine(Contract, frozen=True, kw_only=True):
    """One medicine handed over; `quantity` in the prescription line's unit."""

    line: int
    drug: Drug
    quantity: Decimal
    days_supply: int | None = None
    substituted: bool = False
    batch: int | None = None


class PrescriptionDispensed(Submission, frozen=True, kw_only=True):
    """A pharmacy handed medicines over. A fact: recorded whatever it breaks."""

    receipt_number: str
    lines: tuple[DispensedLine, ...]
    offline: bool = False
    collected_by_patient: bool = True
    release_reservation: bool = False
    law_version: str = ""
    issue_grace_hours: int | None = None
    clock_skew_minutes: int | None = None
    repeat_hours: int | None = None
    owing: bool = False
    owing_hold_minutes: int = 0


class DispenseReversed(Submission, frozen=True, kw_only=True):
    """A pharmacy takes a dispense back; `dispense_event_id` None means its last one."""

    dispense_event_id: str | None = None
    reason: str


class ClaimedLine(Contract, frozen=True, kw_only=True):
    """One claimed medicine; `amount` in VND."""

    line: int
    quantity: Decimal
    amount: Decimal


class PrescriptionClaimed(Submission, frozen=True, kw_only=True):
    """Reimbursement is claimed for what was dispensed."""

    claim_id: str
    payer_id: str
    lines: tuple[ClaimedLine, ...]
    law_version: str = ""
    dispense_grace_hours: int | None = None
    claim_window_days: int | None = None


class ClaimWithdrawn(Submission, frozen=True, kw_only=True):
    """A claim is withdrawn by the one who made it."""

    claim_id: str
    reason: str


class TimeTicked(Contract, frozen=True, kw_only=True):
    """Time has passed: its append time moves a quiet partition on to its deadlines."""

    tick_id: str
    partition: int


SUBMISSIONS: tuple[type[Submission], ...] = (
    PrescriptionIssued,
    PrescriptionCancelled,
    DispensingReserved,
    ReservationReleased,
    PrescriptionDispensed,
    DispenseReversed,
    PrescriptionClaimed,
    ClaimWithdrawn,
)
