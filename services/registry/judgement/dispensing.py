"""Dispense: what was handed over, whatever it breaks.

A dispense is a fact. It is never refused; what it breaks becomes a finding, which a reversal takes
back. GPP (TT 02/2018, TT 11/2025): a pharmacy sells no more than prescribed and reports at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from services.contracts.facts import FactRecorded
from services.contracts.submissions import PrescriptionDispensed
from services.contracts.terms import Reason
from services.registry.judgement.batches import collectable_until, portions
from services.registry.judgement.claim_matching import pay_what_is_covered
from services.registry.judgement.dispense_findings import findings_on_lines, findings_on_whole
from services.registry.judgement.judgement import Judgement, iso, recorded
from services.registry.judgement.ledger import add_quantities
from services.registry.judgement.licensing import pharmacy_breaches
from services.registry.judgement.same_sale import same_sale
from services.registry.judgement.telling import fact
from services.registry.prescription import (
    Dispense,
    Issued,
    LineQuantity,
    Prescription,
    Reservation,
    apply_pending,
)


def dispense(state: Prescription, submission: PrescriptionDispensed, at: datetime) -> Judgement:
    """Record a hand-over with its findings."""
    first = same_sale(state, submission)
    if first is not None:
        return _sent_again(state, submission, first)
    if state.issued is None:
        return _without_prescription(state, submission, at)
    return match_to_prescription(state, submission, at)


def _sent_again(
    state: Prescription, submission: PrescriptionDispensed, first: Dispense
) -> Judgement:
    """The pharmacy's own repeat under another event id: nothing was handed over twice."""
    known = replace(first, also_sent_as=(*first.also_sent_as, submission.event_id))
    state = replace(
        state,
        dispenses=tuple(
            known if one.event_id == first.event_id else one for one in state.dispenses
        ),
    )
    details = {"receipt_number": first.receipt_number, "first_event_id": first.event_id}
    finding = Reason(code="repeated-receipt", details=details)
    return recorded(state, "counted-before", reasons=(finding,))


def _without_prescription(
    state: Prescription, submission: PrescriptionDispensed, at: datetime
) -> Judgement:
    """Keep it whole until its prescription comes; after the grace it stays unmatched for good."""
    until, details = None, {}
    if submission.issue_grace_hours is not None:
        until = at + timedelta(hours=submission.issue_grace_hours)
        details = {"until": iso(until)}
    submitter = submission.submitter
    findings = (
        Reason(code="unknown-prescription", details=details),
        *pharmacy_breaches(submitter, submission.lines),
    )
    entry = Dispense(
        event_id=submission.event_id,
        pharmacy_id=submitter.facility_id,
        receipt_number=submission.receipt_number,
        occurred_at=submission.occurred_at,
        lines=tuple(
            LineQuantity(line=line.line, quantity=line.quantity) for line in submission.lines
        ),
        findings=_codes(findings),
        provisional_until=until,
        law_version=submission.law_version,
    )
    state = replace(
        state,
        unmatched=(*state.unmatched, submission),
        dispenses=(*state.dispenses, entry),
    )
    return recorded(state, "dispensed", reasons=findings)


def match_to_prescription(
    state: Prescription, submission: PrescriptionDispensed, at: datetime
) -> Judgement:
    """Count a hand-over against its prescription; `state.issued` is known."""
    issued = state.issued
    if issued is None:
        raise ValueError("a dispense is matched to an issued prescription only")
    happened = min(submission.occurred_at, at)  # nobody hands over in the future
    taken, on_batches = portions(state, submission.lines, happened)
    early = next((one for one in state.dispenses if one.event_id == submission.event_id), None)
    findings = (
        *findings_on_whole(state, issued, submission, happened),
        *pharmacy_breaches(submission.submitter, submission.lines),
        *findings_on_lines(state, submission, taken),
        *on_batches,
        *_came_too_late(early),
    )
    entry = Dispense(
        event_id=submission.event_id,
        pharmacy_id=submission.submitter.facility_id,
        receipt_number=submission.receipt_number,
        occurred_at=submission.occurred_at,
        lines=tuple(part for parts in taken for part in parts),
        findings=_codes(findings),
        also_sent_as=early.also_sent_as if early else (),
        law_version=submission.law_version,
    )
    others = tuple(one for one in state.dispenses if one.event_id != entry.event_id)
    state = replace(
        state,
        lines=add_quantities(state.lines, entry.lines, field="dispensed", sign=1),
        dispenses=(*others, entry),
    )
    state = _after_handing_over(state, submission, at)
    state, paid = pay_what_is_covered(state)
    told = _dispensed(issued, submission, at, entry.findings)
    return recorded(state, "dispensed", told, reasons=(*findings, *paid))


def _codes(findings: Iterable[Reason]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.code for finding in findings))


def _came_too_late(early: Dispense | None) -> Iterator[Reason]:
    """The prescription of an early dispense arrived after the grace: the finding stays."""
    if early is not None and "dispense-unmatched" in early.findings:
        details = {"dispensed_at": iso(early.occurred_at)}
        yield Reason(code="dispense-unmatched", details=details)


def _after_handing_over(
    state: Prescription, submission: PrescriptionDispensed, at: datetime
) -> Prescription:
    """The hold ends when nothing remains or its holder lets go; owing the rest makes it longer."""
    held = state.reservation
    mine = held is not None and held.pharmacy_id == submission.submitter.facility_id
    if state.is_complete or (mine and submission.release_reservation):
        ended = apply_pending(replace(state, reservation=None), at)
        return _drop_waiting_cancellation(ended) if not submission.law_version else ended
    if held is not None and mine and submission.owing:
        return _owing(state, held, submission, at)
    return state


def _drop_waiting_cancellation(state: Prescription) -> Prescription:
    """Before the law was stamped into dispenses, a cancellation that came too late was forgotten;
    now it waits, and applies should the dispense be taken back."""
    waiting = state.cancellation
    if waiting is not None and waiting.applied_at is None:
        return replace(state, cancellation=None)
    return state


def _owing(
    state: Prescription, held: Reservation, submission: PrescriptionDispensed, at: datetime
) -> Prescription:
    """The holder owes the rest and holds on, as long as the rest may be collected at most.

    Not while a cancellation waits: who wants the prescription stopped is not kept waiting longer.
    """
    end = collectable_until(state, at)
    if end is None or state.cancellation is not None:
        return state
    until = max(held.until, min(at + timedelta(minutes=submission.owing_hold_minutes), end))
    return replace(state, reservation=replace(held, until=until, owing=True))


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
