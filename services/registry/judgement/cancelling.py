"""Cancel and replace: what a clinic takes back, as far as it still can (TT 26/2025 Art 6).

Before the prescription arrived: kept, and applied when it does. While a pharmacy holds it: pending,
and applied when the hold ends without everything handed over. Once dispensed: refused.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from services.contracts.submissions import RENAMED, PrescriptionCancelled
from services.registry.judgement.judgement import Judgement, accepted, iso, pending, refused
from services.registry.prescription import Cancellation, Prescription, Reservation, apply_pending


def cancel(state: Prescription, submission: PrescriptionCancelled, at: datetime) -> Judgement:
    """Cancel, or keep the cancellation until it can apply, or refuse it once dispensed.

    A replacement is never pending: while a pharmacy holds the old prescription the new one must
    not exist, so it is refused instead.
    """
    facility_id = submission.submitter.facility_id
    if state.issued is not None and state.issued.practice_id != facility_id:
        return refused(state, "not-the-issuer")
    if state.issued is None and submission.replaced_by is not None:
        return refused(state, "unknown-prescription")
    if state.is_dispensed_at_all:
        return refused(state, "already-dispensed")
    early = (state.cancellation, *state.other_cancellations)
    existing = next((one for one in early if one and one.facility_id == facility_id), None)
    if existing is not None:
        return _cancel_again(state, existing, submission)
    held = state.reservation
    if held is not None and submission.replaced_by is not None:
        return _held(state, held)
    cancellation = Cancellation(
        event_id=submission.event_id,
        facility_id=facility_id,
        reason=submission.reason,
        recorded_at=at,
        replaced_by=submission.replaced_by,
    )
    if state.issued is None:
        return _keep_for_arrival(state, cancellation)
    state = replace(state, cancellation=cancellation)
    if held is not None:
        return _wait_for_holder(state, held)
    return accepted(apply_pending(state, at), "cancelled")


def _keep_for_arrival(state: Prescription, cancellation: Cancellation) -> Judgement:
    """A placeholder (NHS Spine 9005): it applies when the prescription arrives.

    Whose code it is nobody knows yet, so a stranger's does not displace the issuer's.
    """
    first = state.cancellation
    if first is None:
        state = replace(state, cancellation=cancellation)
    else:
        others = (*state.other_cancellations, cancellation)
        state = replace(state, other_cancellations=others)
    return pending(state, "cancel-before-issue")


def _wait_for_holder(state: Prescription, held: Reservation) -> Judgement:
    return pending(state, "cancel-pending", holder=held.pharmacy_id, until=iso(held.until))


def _held(state: Prescription, held: Reservation) -> Judgement:
    return refused(state, "held-by-pharmacy", holder=held.pharmacy_id, until=iso(held.until))


def _cancel_again(
    state: Prescription, existing: Cancellation, submission: PrescriptionCancelled
) -> Judgement:
    """A second cancellation by the same facility mostly asks for what already holds."""
    if state.issued is None:
        return pending(state, "cancel-before-issue")
    new_name = submission.replaced_by
    if existing.applied_at is None and state.reservation is not None:
        held = state.reservation
        return _wait_for_holder(state, held) if new_name is None else _held(state, held)
    if new_name is None or new_name == existing.replaced_by:
        return accepted(state, "already-cancelled")
    if existing.replaced_by is not None and submission.reason != RENAMED:
        return refused(state, "already-replaced", replaced_by=existing.replaced_by)
    renamed = replace(existing, replaced_by=new_name)
    return accepted(replace(state, cancellation=renamed), "already-cancelled")
