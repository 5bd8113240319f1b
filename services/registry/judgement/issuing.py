"""Issue: a prescription comes into being under its code.

A sent prescription is immutable (TT 26/2025 Art 6.9): a correction is a new prescription, and the
replaced one stays readable but can never be dispensed.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from services.contracts.facts import Fact
from services.contracts.submissions import PrescriptionIssued
from services.registry.judgement.batches import batches_of
from services.registry.judgement.dispensing import match_to_prescription
from services.registry.judgement.judgement import Judgement, accepted, iso, refused
from services.registry.judgement.licensing import issue_findings
from services.registry.judgement.telling import fact
from services.registry.prescription import Issued, Line, Prescription, apply_pending


def issue(state: Prescription, submission: PrescriptionIssued, at: datetime) -> Judgement:
    """Accept a prescription under a code nobody took.

    A cancellation that came first applies at once (NHS Spine does the same); dispenses that came
    first are counted against it now.
    """
    if state.issued is not None:
        return refused(state, "code-taken", taken_at=iso(state.issued.recorded_at))
    findings = tuple(issue_findings(submission))
    codes = tuple(dict.fromkeys(finding.code for finding in findings))
    issued = _issued(submission, codes, at)
    early = state.unmatched
    state = replace(
        state,
        issued=issued,
        lines=_lines(submission),
        batches=batches_of(submission),
        unmatched=(),
    )
    state = apply_pending(_with_own_cancellation(state, issued), at)
    facts: tuple[Fact, ...] = ()
    if state.is_cancelled:
        judged = accepted(state, "cancelled-before-issue", reasons=findings)
    else:
        judged = accepted(state, "issued", reasons=findings)
        facts = (fact("PRESCRIBED", issued, submission, at, findings=codes),)
    for dispensed in early:
        matched = match_to_prescription(judged.state, dispensed, at)
        judged = replace(judged, state=matched.state)
        facts += matched.facts
    return replace(judged, facts=facts)


def _issued(submission: PrescriptionIssued, findings: tuple[str, ...], at: datetime) -> Issued:
    return Issued(
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
        findings=findings,
    )


def _lines(submission: PrescriptionIssued) -> tuple[Line, ...]:
    return tuple(
        Line(
            line=line.line,
            drug=line.drug,
            quantity=line.quantity,
            unit=line.unit,
            days_supply=line.days_supply,
        )
        for line in submission.lines
    )


def _with_own_cancellation(state: Prescription, issued: Issued) -> Prescription:
    """Only the issuing facility could have cancelled it: early ones of strangers are void."""
    early = (state.cancellation, *state.other_cancellations)
    own = next((one for one in early if one and one.facility_id == issued.practice_id), None)
    return replace(state, cancellation=own, other_cancellations=())
