"""Reserve and release: which one pharmacy may dispense now.

The first reservation in the log wins; it lapses by log time. A pharmacy that lost the answer to
its reservation asks again and is told that it already holds it (gematik learned this the hard
way: "recovery secret"); asking again does not make the hold longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from services.contracts.submissions import DispensingReserved, ReservationReleased
from services.registry.judgement.batches import collectable_until, has_left
from services.registry.judgement.judgement import Judgement, accepted, iso, refused, refused_for
from services.registry.judgement.licensing import pharmacy_breaches
from services.registry.prescription import (
    ZERO,
    Issued,
    Prescription,
    Reservation,
    apply_pending,
)


def reserve(state: Prescription, submission: DispensingReserved, at: datetime) -> Judgement:
    """Grant the prescription to exactly one pharmacy, or say why not."""
    if state.is_cancelled:
        return _refused_as_cancelled(state)
    if state.issued is None:
        return refused(state, "unknown-prescription")
    if state.is_complete:
        return refused(state, "nothing-remaining", dispensed_at=iso(_last_sale(state)))
    held, submitter = state.reservation, submission.submitter
    if held is not None and held.pharmacy_id == submitter.facility_id:
        return accepted(state, "already-held")
    if held is None and (not_now := _outside_its_time(state, state.issued, at)):
        return not_now
    wanted = [line for line in state.lines if line.remaining > ZERO]
    if breaches := tuple(pharmacy_breaches(submitter, wanted)):
        return refused_for(state, *breaches)
    if held is not None:
        return refused(
            state,
            "reserved-elsewhere",
            holder=held.pharmacy_id,
            since=iso(held.since),
            until=iso(held.until),
        )
    reservation = Reservation(
        pharmacy_id=submitter.facility_id,
        event_id=submission.event_id,
        since=at,
        until=at + timedelta(minutes=submission.hold_minutes),
    )
    return accepted(replace(state, reservation=reservation), "granted")


def _last_sale(state: Prescription) -> datetime:
    """When something was last handed over. A sale taken back does not count; one from before the
    law was stamped into it did, and does."""
    return max(one.occurred_at for one in state.dispenses if one.counts or not one.law_version)


def _refused_as_cancelled(state: Prescription) -> Judgement:
    cancellation = state.cancellation
    if cancellation is not None and cancellation.replaced_by:
        return refused(state, "replaced", replaced_by=cancellation.replaced_by)
    since = iso(cancellation.recorded_at) if cancellation is not None else ""
    return refused(state, "cancelled", cancelled_at=since)


def _outside_its_time(state: Prescription, issued: Issued, at: datetime) -> Judgement | None:
    """A refusal when the prescription, or every batch of it, may not be collected at `at`."""
    if at >= issued.valid_until:
        return refused(state, "expired", valid_until=iso(issued.valid_until))
    if at < issued.valid_from:
        return refused(state, "not-yet-valid", valid_from=iso(issued.valid_from))
    if not state.batches or collectable_until(state, at) is not None:
        return None
    later = [batch for batch in state.batches if batch.opens_at > at and has_left(state, batch)]
    if later:
        return refused(state, "not-yet-valid", valid_from=iso(later[0].opens_at))
    last = max(batch.closes_at for batch in state.batches)
    if at < last:
        return refused(state, "batches-collected", valid_until=iso(last))
    return refused(state, "expired", valid_until=iso(last))


def release(state: Prescription, submission: ReservationReleased, at: datetime) -> Judgement:
    """Free the prescription for others; a cancellation that waited applies now."""
    held = state.reservation
    if held is None:
        return accepted(state, "already-free")
    if held.pharmacy_id != submission.submitter.facility_id:
        return refused(state, "not-the-holder", holder=held.pharmacy_id)
    return accepted(apply_pending(replace(state, reservation=None), at), "released")
