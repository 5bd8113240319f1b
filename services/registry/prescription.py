"""The state of one prescription in the registry: what the fold of its records has come to.

Pure data. Everything that passes by itself with log time (a reservation lapses, a pending
cancellation applies) is brought about by `settle`, never by a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from services.contracts.outcomes import Remaining
from services.contracts.submissions import PrescriptionDispensed
from services.contracts.terms import Drug

ZERO = Decimal(0)


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all parts of the state: immutable, stored as JSON without defaults."""


class Issued(State, frozen=True, kw_only=True):
    """What the accepted `PrescriptionIssued` said that later judgements need."""

    event_id: str
    patient_ref: str
    practice_id: str
    practice_province: str = ""
    practice_latitude: float | None = None
    practice_longitude: float | None = None
    prescriber_id: str
    treatment: str
    issued_at: datetime
    recorded_at: datetime
    valid_from: datetime
    valid_until: datetime
    replaces: str | None = None


class Line(State, frozen=True, kw_only=True):
    """One prescribed medicine and its ledger; quantities in `unit`."""

    line: int
    drug: Drug
    quantity: Decimal
    unit: str
    days_supply: int | None = None
    dispensed: Decimal = ZERO
    claimed: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        """What may still be dispensed; never below zero, however much was handed over."""
        return max(self.quantity - self.dispensed, ZERO)


class Reservation(State, frozen=True, kw_only=True):
    """The one pharmacy that may dispense now, until log time `until`."""

    pharmacy_id: str
    event_id: str
    since: datetime
    until: datetime


class Cancellation(State, frozen=True, kw_only=True):
    """A cancellation by the issuing facility; `applied_at` None while it is pending."""

    event_id: str
    facility_id: str
    reason: str
    recorded_at: datetime
    replaced_by: str | None = None
    applied_at: datetime | None = None


class LineQuantity(State, frozen=True, kw_only=True):
    """A quantity of one line."""

    line: int
    quantity: Decimal


class Dispense(State, frozen=True, kw_only=True):
    """One recorded hand-over."""

    event_id: str
    pharmacy_id: str
    receipt_number: str
    occurred_at: datetime
    lines: tuple[LineQuantity, ...]
    findings: tuple[str, ...] = ()
    reversed_by: str | None = None


class Claim(State, frozen=True, kw_only=True):
    """One payable claim."""

    claim_id: str
    event_id: str
    facility_id: str
    payer_id: str
    lines: tuple[LineQuantity, ...]
    withdrawn_by: str | None = None


class Prescription(State, frozen=True, kw_only=True):
    """Everything the registry holds on one code; `issued` None: nothing was issued yet."""

    code: str
    issued: Issued | None = None
    lines: tuple[Line, ...] = ()
    reservation: Reservation | None = None
    cancellation: Cancellation | None = None
    dispenses: tuple[Dispense, ...] = ()
    claims: tuple[Claim, ...] = ()
    unmatched: tuple[PrescriptionDispensed, ...] = ()
    """Dispenses whose prescription has not arrived: kept whole, told on when it does."""

    def line(self, number: int) -> Line | None:
        return next((line for line in self.lines if line.line == number), None)

    @property
    def is_cancelled(self) -> bool:
        return self.cancellation is not None and self.cancellation.applied_at is not None

    @property
    def is_dispensed_at_all(self) -> bool:
        return any(dispense.reversed_by is None for dispense in self.dispenses)

    @property
    def is_complete(self) -> bool:
        return bool(self.lines) and all(line.remaining == ZERO for line in self.lines)

    def remaining(self) -> tuple[Remaining, ...]:
        """What may still be dispensed per line; nothing once it is cancelled."""
        if self.is_cancelled:
            return tuple(Remaining(line=line.line, quantity=ZERO) for line in self.lines)
        return tuple(Remaining(line=line.line, quantity=line.remaining) for line in self.lines)


def settle(state: Prescription, at: datetime) -> Prescription:
    """The state at log time `at`: a reservation that lapsed is gone, what waited for it applies."""
    reservation = state.reservation
    if reservation is None or at < reservation.until:
        return state
    return apply_pending(msgspec.structs.replace(state, reservation=None), reservation.until)


def apply_pending(state: Prescription, at: datetime) -> Prescription:
    """Apply a cancellation that waited for the reservation to end."""
    pending = state.cancellation
    if pending is None or pending.applied_at is not None or state.reservation is not None:
        return state
    if state.is_complete:  # the holder dispensed everything first: nothing is left to cancel
        return msgspec.structs.replace(state, cancellation=None)
    applied = msgspec.structs.replace(pending, applied_at=at)
    return msgspec.structs.replace(state, cancellation=applied)


def status(state: Prescription, at: datetime) -> str:
    """One word for the state at log time `at`; `state` must be settled at `at`."""
    if state.cancellation is not None and state.cancellation.applied_at is not None:
        return "replaced" if state.cancellation.replaced_by else "cancelled"
    if state.issued is None:
        return "not-issued"
    if state.is_complete:
        return "completed"
    if state.reservation is not None:
        return "reserved"
    if at >= state.issued.valid_until:
        return "expired"
    return "partly-dispensed" if state.is_dispensed_at_all else "active"


def add_quantities(
    lines: Iterable[Line], changes: Iterable[LineQuantity], *, field: str, sign: int
) -> tuple[Line, ...]:
    """The lines with `changes` added to (sign 1) or taken from (sign -1) a ledger field."""
    by_line: dict[int, Decimal] = {}
    for change in changes:
        by_line[change.line] = by_line.get(change.line, ZERO) + sign * change.quantity
    return tuple(
        msgspec.structs.replace(line, **{field: getattr(line, field) + by_line[line.line]})
        if line.line in by_line
        else line
        for line in lines
    )
