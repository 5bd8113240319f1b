"""Issue and cancel: what a clinic may do with a prescription.

A sent prescription is immutable (TT 26/2025 Art 6.9): a correction is a new prescription, and the
replaced one stays readable but can never be dispensed.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from services.contracts.facts import Fact
from services.contracts.submissions import RENAMED, PrescriptionCancelled, PrescriptionIssued
from services.registry.judgement.dispensing import match_to_prescription
from services.registry.judgement.judgement import Judgement, accepted, iso, refused
from services.registry.judgement.telling import fact
from services.registry.prescription import (
    Cancellation,
    Issued,
    Line,
    Prescription,
    Reservation,
    apply_pending,
)


def issue(state: Prescription, submission: PrescriptionIssued, at: datetime) -> Judgement:
    """Accept a prescription under a code nobody took.

    A cancellation that came first applies at once (NHS Spine does the same); dispenses that came
    first are counted against it now.
    """
    if state.issued is not None:
        return refused(state, "code-taken", taken_at=iso(state.issued.recorded_at))
    issued = Issued(
        event_id=submission.event_id,
        patient_ref=submission.patient_ref,
        practice_id=submission.submitter.facility_id,
        practice_province=submission.submitter.province,
        practice_latitude=submission.submitter.latitude,
        practice_longitude=submission.submitter.longitude,
        prescriber_id=submission.prescriber_id,
        treatment=submission.treatment,
        issued_at=submission.occurred_at,
        recorded_at=at,
        valid_from=submission.valid_from,
        valid_until=submission.valid_until,
        replaces=submission.replaces,
    )
    lines = tuple(
        Line(
            line=line.line,
            drug=line.drug,
            quantity=line.quantity,
            unit=line.unit,
            days_supply=line.days_supply,
        )
        for line in submission.lines
    )
    early = state.unmatched
    state = replace(state, issued=issued, lines=lines, unmatched=())
    if _is_foreign(state):  # only the issuing facility could have cancelled it
        state = replace(state, cancellation=None)
    state = apply_pending(state, at)
    judged = accepted(state, "cancelled-before-issue" if state.is_cancelled else "issued")
    facts: tuple[Fact, ...] = (
        () if state.is_cancelled else (fact("PRESCRIBED", issued, submission, at),)
    )
    for dispensed in early:
        matched = match_to_prescription(judged.state, dispensed, at)
        judged = replace(judged, state=matched.state)
        facts += matched.facts
    return replace(judged, facts=facts)


def _is_foreign(state: Prescription) -> bool:
    cancellation, issued = state.cancellation, state.issued
    return (
        cancellation is not None
        and issued is not None
        and cancellation.facility_id != issued.practice_id
    )


def cancel(state: Prescription, submission: PrescriptionCancelled, at: datetime) -> Judgement:
    """Cancel, or keep the cancellation until it can apply, or refuse it once dispensed.

    A replacement is never pending: while a pharmacy holds the old prescription the new one must
    not exist, so it is refused instead.
    """
    facility_id = submission.submitter.facility_id
    existing = state.cancellation
    if state.issued is not None and state.issued.practice_id != facility_id:
        return refused(state, "not-the-issuer")
    if state.issued is None and submission.replaced_by is not None:
        return refused(state, "unknown-prescription")
    if state.is_dispensed_at_all:
        return refused(state, "already-dispensed")
    if existing is not None and existing.facility_id == facility_id:
        return _cancel_again(state, existing, submission)
    held = state.reservation
    if held is not None and submission.replaced_by is not None:
        return refused(state, "held-by-pharmacy", holder=held.pharmacy_id, until=iso(held.until))
    state = replace(
        state,
        cancellation=Cancellation(
            event_id=submission.event_id,
            facility_id=facility_id,
            reason=submission.reason,
            recorded_at=at,
            replaced_by=submission.replaced_by,
        ),
    )
    if state.issued is None:
        return _pending_arrival(state)
    if held is not None:
        return _pending(state, held)
    return accepted(apply_pending(state, at), "cancelled")


def _pending_arrival(state: Prescription) -> Judgement:
    """A placeholder (NHS Spine 9005): it applies when the prescription arrives."""
    return replace(refused(state, "cancel-before-issue"), verdict="PENDING")


def _pending(state: Prescription, reservation: Reservation) -> Judgement:
    judged = refused(
        state,
        "cancel-pending",
        holder=reservation.pharmacy_id,
        until=iso(reservation.until),
    )
    return replace(judged, verdict="PENDING")


def _cancel_again(
    state: Prescription, existing: Cancellation, submission: PrescriptionCancelled
) -> Judgement:
    """A second cancellation by the same facility mostly asks for what already holds."""
    if state.issued is None:
        return _pending_arrival(state)
    new_name = submission.replaced_by
    if existing.applied_at is None and state.reservation is not None:
        held = state.reservation
        if new_name is not None:
            return refused(
                state, "held-by-pharmacy", holder=held.pharmacy_id, until=iso(held.until)
            )
        return _pending(state, held)
    if new_name is None or new_name == existing.replaced_by:
        return accepted(state, "already-cancelled")
    if existing.replaced_by is not None and submission.reason != RENAMED:
        return refused(state, "already-replaced", replaced_by=existing.replaced_by)
    renamed = replace(existing, replaced_by=new_name)
    return accepted(replace(state, cancellation=renamed), "already-cancelled")
