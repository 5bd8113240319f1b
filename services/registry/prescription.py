"""The state of one prescription in the registry: what the fold of its records has come to.

Pure data. Everything that passes by itself with log time (a reservation lapses, a pending
cancellation applies, validity and grace end) is brought about by `settle`, never by a clock;
`due_at` says when that is next.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

from services.contracts.submissions import PrescriptionDispensed
from services.contracts.terms import Drug

ZERO = Decimal(0)

ClaimStanding = Literal["payable", "pending", "refused"]


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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
    findings: tuple[str, ...] = ()


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

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it may still be dispensed."""
        return self.dispensed >= self.quantity


class Reservation(State, frozen=True, kw_only=True):
    """The one pharmacy that may dispense now, until log time `until`; `owing` when it goes on
    holding because it owes the patient the rest."""

    pharmacy_id: str
    event_id: str
    since: datetime
    until: datetime
    owing: bool = False


class Cancellation(State, frozen=True, kw_only=True):
    """A cancellation by the issuing facility; `applied_at` None while it is pending."""

    event_id: str
    facility_id: str
    reason: str
    recorded_at: datetime
    replaced_by: str | None = None
    applied_at: datetime | None = None


class LineQuantity(State, frozen=True, kw_only=True):
    """A quantity of one line; `batch` is the number of the batch it was taken from, if any."""

    line: int
    quantity: Decimal
    batch: int | None = None


class Batch(State, frozen=True, kw_only=True):
    """What may be collected between two moments: each line's share of its quantity."""

    number: int
    opens_at: datetime
    closes_at: datetime
    shares: tuple[LineQuantity, ...]


class Dispense(State, frozen=True, kw_only=True):
    """One recorded hand-over; `also_sent_as` are the event ids of its repeats."""

    event_id: str
    pharmacy_id: str
    receipt_number: str
    occurred_at: datetime
    lines: tuple[LineQuantity, ...]
    findings: tuple[str, ...] = ()
    reversed_by: str | None = None
    provisional_until: datetime | None = None
    """While its prescription is unknown and may still come in time."""
    also_sent_as: tuple[str, ...] = ()
    law_version: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is in the ledger: it was not taken back."""
        return self.reversed_by is None


class Claim(State, frozen=True, kw_only=True):
    """One claim. A pending one waits for its dispense until `pending_until`; a refused one waited
    in vain. What follows `standing` is kept of claims that carry a version of the law."""

    claim_id: str
    event_id: str
    facility_id: str
    payer_id: str
    lines: tuple[LineQuantity, ...]
    withdrawn_by: str | None = None
    standing: ClaimStanding = "payable"
    pending_until: datetime | None = None
    law_version: str = ""
    claimed_at: datetime | None = None
    window_days: int | None = None
    by_pharmacy: bool = False
    advice: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it counts: payable, or still waiting for its dispense."""
        return self.withdrawn_by is None and self.standing != "refused"


class Prescription(State, frozen=True, kw_only=True):
    """Everything the registry holds on one code; `issued` None: nothing was issued yet."""

    code: str
    partition: int | None = None
    """Partition of the log its records are on: its ticks move it on."""
    issued: Issued | None = None
    lines: tuple[Line, ...] = ()
    batches: tuple[Batch, ...] = ()
    reservation: Reservation | None = None
    cancellation: Cancellation | None = None
    other_cancellations: tuple[Cancellation, ...] = ()
    """Early ones of other facilities; which one is the issuer's shows when it issues."""
    dispenses: tuple[Dispense, ...] = ()
    claims: tuple[Claim, ...] = ()
    unmatched: tuple[PrescriptionDispensed, ...] = ()
    """Dispenses whose prescription has not arrived: kept whole, told on when it does."""
    expired_at: datetime | None = None
    """End of its validity, once log time passed it with something left to dispense."""

    def line(self, number: int) -> Line | None:
        return next((line for line in self.lines if line.line == number), None)

    @property
    def is_cancelled(self) -> bool:
        return self.cancellation is not None and self.cancellation.applied_at is not None

    @property
    def is_dispensed_at_all(self) -> bool:
        return any(dispense.counts for dispense in self.dispenses)

    @property
    def is_complete(self) -> bool:
        for line in self.lines:  # asked often: a loop takes half as long as all()
            if line.dispensed < line.quantity:
                return False
        return bool(self.lines)


def due_at(state: Prescription) -> datetime | None:
    """The next moment at which log time alone changes something; None when nothing waits.

    It may lie in the past: what a reversal gave back may have expired meanwhile.
    """
    moments = [one.provisional_until for one in state.dispenses if one.provisional_until]
    moments += [one.pending_until for one in state.claims if one.pending_until]
    if state.reservation is not None:  # what is held does not expire before the hold ends
        moments.append(state.reservation.until)
    elif state.issued is not None and _may_expire(state):
        moments.append(state.issued.valid_until)
    return min(moments) if moments else None


def _may_expire(state: Prescription) -> bool:
    return state.expired_at is None and not state.is_cancelled and not state.is_complete


def settle(state: Prescription, at: datetime) -> Prescription:
    """The state at log time `at`: everything that was due by then has happened, in order.

    Settling in steps and settling at once come to the same, so it does not matter whether a tick
    or the next record of the prescription comes first.
    """
    while (moment := due_at(state)) is not None and moment <= at:
        state = _pass(state, moment)
    return state


def _pass(state: Prescription, moment: datetime) -> Prescription:
    """What is due at `moment` happens; a hold that ends may let other things happen."""
    held = state.reservation
    if held is not None and held.until <= moment:
        return apply_pending(replace(state, reservation=None), held.until)
    if held is None and _may_expire(state) and state.issued and state.issued.valid_until <= moment:
        return replace(state, expired_at=state.issued.valid_until)
    return replace(
        state,
        dispenses=tuple(_unmatched_for_good(one, moment) for one in state.dispenses),
        claims=tuple(_refused_for_good(one, moment) for one in state.claims),
    )


def _unmatched_for_good(dispense: Dispense, moment: datetime) -> Dispense:
    if dispense.provisional_until is None or moment < dispense.provisional_until:
        return dispense
    final = {"unknown-prescription": "dispense-unmatched"}
    findings = tuple(final.get(code, code) for code in dispense.findings)
    return replace(dispense, findings=findings, provisional_until=None)


def _refused_for_good(claim: Claim, moment: datetime) -> Claim:
    if claim.pending_until is None or moment < claim.pending_until:
        return claim
    return replace(claim, standing="refused", pending_until=None)


def apply_pending(state: Prescription, at: datetime) -> Prescription:
    """Apply a cancellation that waited for its prescription or for a reservation to end.

    When the holder dispensed everything first, nothing is left to cancel: it goes on waiting and
    applies should that be taken back.
    """
    pending = state.cancellation
    if pending is None or pending.applied_at is not None:
        return state
    if state.issued is None or state.reservation is not None or state.is_complete:
        return state
    return replace(state, cancellation=replace(pending, applied_at=at))


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
