"""Reserve and release: which one pharmacy may dispense now.

The first reservation in the log wins; it lapses by log time. A pharmacy that lost the answer to
its reservation asks again and is told that it already holds it (gematik learned this the hard
way: "recovery secret").
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from services.contracts.submissions import DispensingReserved, ReservationReleased
from services.registry.judgement.judgement import Judgement, accepted, iso, refused
from services.registry.prescription import Prescription, Reservation, apply_pending


def reserve(state: Prescription, submission: DispensingReserved, at: datetime) -> Judgement:
    """Grant the prescription to exactly one pharmacy, or say why not."""
    pharmacy_id = submission.submitter.facility_id
    if state.is_cancelled and state.cancellation is not None:
        replaced_by = state.cancellation.replaced_by
        if replaced_by:
            return refused(state, "replaced", replaced_by=replaced_by)
        return refused(state, "cancelled", cancelled_at=iso(state.cancellation.recorded_at))
    if state.issued is None:
        return refused(state, "unknown-prescription")
    if state.is_complete:
        last = max(dispense.occurred_at for dispense in state.dispenses)
        return refused(state, "nothing-remaining", dispensed_at=iso(last))
    held = state.reservation
    if held is not None and held.pharmacy_id == pharmacy_id:
        return accepted(state, "already-held")
    if held is not None:
        return refused(
            state,
            "reserved-elsewhere",
            holder=held.pharmacy_id,
            since=iso(held.since),
            until=iso(held.until),
        )
    if at >= state.issued.valid_until:
        return refused(state, "expired", valid_until=iso(state.issued.valid_until))
    if at < state.issued.valid_from:
        return refused(state, "not-yet-valid", valid_from=iso(state.issued.valid_from))
    reservation = Reservation(
        pharmacy_id=pharmacy_id,
        event_id=submission.event_id,
        since=at,
        until=at + timedelta(minutes=submission.hold_minutes),
    )
    return accepted(replace(state, reservation=reservation), "granted")


def release(state: Prescription, submission: ReservationReleased, at: datetime) -> Judgement:
    """Free the prescription for others; a cancellation that waited applies now."""
    held = state.reservation
    if held is None:
        return accepted(state, "already-free")
    if held.pharmacy_id != submission.submitter.facility_id:
        return refused(state, "not-the-holder", holder=held.pharmacy_id)
    return accepted(apply_pending(replace(state, reservation=None), at), "released")
