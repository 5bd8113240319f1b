"""Dispense and reverse: what was handed over, whatever it breaks.

A dispense is a fact. It is never refused; what it breaks becomes a finding, which a reversal takes
back. GPP (TT 02/2018, TT 11/2025): a pharmacy sells no more than prescribed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from services.contracts.facts import FactRecorded, FactWithdrawn
from services.contracts.submissions import (
    DispensedLine,
    DispenseReversed,
    PrescriptionDispensed,
)
from services.contracts.terms import Reason, plain
from services.registry.judgement.judgement import Judgement, accepted, iso, refused
from services.registry.judgement.telling import fact
from services.registry.prescription import (
    ZERO,
    Dispense,
    Issued,
    LineQuantity,
    Prescription,
    add_quantities,
    apply_pending,
)


def dispense(state: Prescription, submission: PrescriptionDispensed, at: datetime) -> Judgement:
    """Record a hand-over with its findings."""
    if state.issued is None:
        entry = _entry(submission, ("unknown-prescription",))
        state = replace(
            state,
            unmatched=(*state.unmatched, submission),
            dispenses=(*state.dispenses, entry),
        )
        finding = Reason(code="unknown-prescription")
        return Judgement(state=state, verdict="RECORDED", result="dispensed", reasons=(finding,))
    return match_to_prescription(state, submission, at)


def match_to_prescription(
    state: Prescription, submission: PrescriptionDispensed, at: datetime
) -> Judgement:
    """Count a hand-over against its prescription; `state.issued` is known."""
    if state.issued is None:
        raise ValueError("a dispense is matched to an issued prescription only")
    findings = (*_findings_on_whole(state, submission, at), *_findings_on_lines(state, submission))
    codes = tuple(dict.fromkeys(finding.code for finding in findings))
    entry = _entry(submission, codes)
    others = tuple(d for d in state.dispenses if d.event_id != entry.event_id)
    state = replace(
        state,
        lines=add_quantities(state.lines, entry.lines, field="dispensed", sign=1),
        dispenses=(*others, entry),
    )
    holder = state.reservation
    mine = holder is not None and holder.pharmacy_id == entry.pharmacy_id
    if state.is_complete or (mine and submission.release_reservation):
        state = apply_pending(replace(state, reservation=None), at)
    told = _dispensed(state.issued, submission, at, codes) if state.issued else None
    return Judgement(
        state=state,
        verdict="RECORDED",
        result="dispensed",
        reasons=findings,
        facts=(told,) if told else (),
    )


def _entry(submission: PrescriptionDispensed, findings: tuple[str, ...]) -> Dispense:
    return Dispense(
        event_id=submission.event_id,
        pharmacy_id=submission.submitter.facility_id,
        receipt_number=submission.receipt_number,
        occurred_at=submission.occurred_at,
        lines=tuple(
            LineQuantity(line=line.line, quantity=line.quantity) for line in submission.lines
        ),
        findings=findings,
    )


def _findings_on_whole(
    state: Prescription, submission: PrescriptionDispensed, at: datetime
) -> Iterator[Reason]:
    """Findings about the prescription; lateness is judged by when it was handed over."""
    happened = min(submission.occurred_at, at)  # nobody hands over in the future
    issued, cancellation, held = state.issued, state.cancellation, state.reservation
    if issued is not None and happened >= issued.valid_until:
        yield Reason(code="expired", details={"valid_until": iso(issued.valid_until)})
    if issued is not None and happened < issued.valid_from:
        yield Reason(code="before-valid", details={"valid_from": iso(issued.valid_from)})
    if state.is_cancelled and cancellation is not None:
        code = "replaced" if cancellation.replaced_by else "cancelled"
        yield Reason(code=code, details={"cancelled_at": iso(cancellation.recorded_at)})
    if held is not None and held.pharmacy_id != submission.submitter.facility_id:
        details = {"holder": held.pharmacy_id, "since": iso(held.since)}
        yield Reason(code="not-the-holder", details=details)


def _findings_on_lines(state: Prescription, submission: PrescriptionDispensed) -> Iterator[Reason]:
    """Findings per line, the lines of one hand-over counted one after the other."""
    left = {line.line: line.remaining for line in state.lines}
    for given in submission.lines:
        prescribed = state.line(given.line)
        if prescribed is None:
            yield Reason(code="unknown-line", line=given.line)
            continue
        remaining = left[given.line]
        if remaining == ZERO:
            yield _quantity_finding("duplicate", given, remaining)
        elif given.quantity > remaining:
            yield _quantity_finding("over-quantity", given, remaining)
        left[given.line] = max(remaining - given.quantity, ZERO)
        known = prescribed.drug.ingredients and given.drug.ingredients
        if known and prescribed.drug.ingredients != given.drug.ingredients:
            details = {"prescribed": prescribed.drug.code, "dispensed": given.drug.code}
            yield Reason(code="wrong-substitution", line=given.line, details=details)


def _quantity_finding(code: str, given: DispensedLine, remaining: Decimal) -> Reason:
    details = {"dispensed": plain(given.quantity), "remaining": plain(remaining)}
    return Reason(code=code, line=given.line, details=details)


def _dispensed(
    issued: Issued, submission: PrescriptionDispensed, at: datetime, findings: tuple[str, ...]
) -> FactRecorded:
    place = submission.submitter
    return fact(
        "DISPENSED",
        issued,
        submission,
        at,
        pharmacy_id=place.facility_id,
        pharmacy_chain_id=place.chain_id,
        pharmacy_province=place.province,
        pharmacy_latitude=place.latitude,
        pharmacy_longitude=place.longitude,
        in_person=submission.collected_by_patient,
        findings=findings,
    )


def reverse(state: Prescription, submission: DispenseReversed, at: datetime) -> Judgement:
    """Take back a named dispense of this pharmacy, or its last one."""
    pharmacy_id = submission.submitter.facility_id
    mine = [d for d in state.dispenses if d.pharmacy_id == pharmacy_id]
    if submission.dispense_event_id is None:
        named = [d for d in mine if d.reversed_by is None][-1:]
    else:
        named = [d for d in mine if d.event_id == submission.dispense_event_id]
    if not named:
        return refused(state, "no-such-dispense")
    entry = named[0]
    if entry.reversed_by is not None:
        return accepted(state, "already-reversed")
    lines = add_quantities(state.lines, entry.lines, field="dispensed", sign=-1)
    if any(line.claimed > line.dispensed for line in lines):
        return refused(state, "claimed-already")
    reversed_entry = replace(entry, reversed_by=submission.event_id)
    was_matched = all(d.event_id != entry.event_id for d in state.unmatched)
    state = replace(
        state,
        lines=lines,
        dispenses=tuple(
            reversed_entry if d.event_id == entry.event_id else d for d in state.dispenses
        ),
        unmatched=tuple(d for d in state.unmatched if d.event_id != entry.event_id),
    )
    if state.issued is None or not was_matched:
        return accepted(state, "reversed")
    withdrawn = FactWithdrawn(
        fact_id=entry.event_id,
        patient_ref=state.issued.patient_ref,
        prescription_code=state.code,
        cause_event_id=submission.event_id,
        occurred_at=submission.occurred_at,
        recorded_at=at,
    )
    return accepted(state, "reversed", withdrawn)
