"""Claim and withdraw: reimbursement for what was dispensed, matched line by line.

A claim that comes before its dispense (an offline pharmacy reports late) waits as long as the law
stamped into it says. It becomes payable by itself when the dispense arrives, and is refused when
the time is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from services.contracts.submissions import ClaimWithdrawn, PrescriptionClaimed
from services.contracts.terms import Reason
from services.registry.judgement.claim_matching import objections, pay, pay_what_is_covered
from services.registry.judgement.judgement import (
    Judgement,
    accepted,
    iso,
    pending,
    refused,
    refused_for,
)
from services.registry.judgement.ledger import add_quantities
from services.registry.prescription import Claim, LineQuantity, Prescription


def claim(state: Prescription, submission: PrescriptionClaimed, at: datetime) -> Judgement:
    """Payable when every claimed line was dispensed, by the claimant if it is a pharmacy, and is
    not claimed yet; pending while only the dispense is missing; otherwise not payable, with every
    reason."""
    if state.issued is None:
        return refused(state, "unknown-prescription")
    entry = Claim(
        claim_id=submission.claim_id,
        event_id=submission.event_id,
        facility_id=submission.submitter.facility_id,
        payer_id=submission.payer_id,
        lines=tuple(
            LineQuantity(line=line.line, quantity=line.quantity) for line in submission.lines
        ),
        law_version=submission.law_version,
        claimed_at=submission.occurred_at if submission.law_version else None,
        window_days=submission.claim_window_days,
        by_pharmacy=submission.submitter.role == "pharmacy",
    )
    reasons = tuple(objections(state, entry))
    if not reasons:
        state, told = pay(state, entry)
        return accepted(state, "payable", reasons=told)
    grace = submission.dispense_grace_hours
    if grace is not None and _only_waits_for_dispense(reasons):
        return _wait(state, entry, at + timedelta(hours=grace))
    return refused_for(state, *reasons)


def _only_waits_for_dispense(reasons: tuple[Reason, ...]) -> bool:
    return all(reason.code == "claim-without-dispense" for reason in reasons)


def _wait(state: Prescription, entry: Claim, until: datetime) -> Judgement:
    waiting = replace(entry, standing="pending", pending_until=until)
    state = replace(state, claims=(*state.claims, waiting))
    return pending(state, "claim-pending", claim_id=entry.claim_id, until=iso(until))


def withdraw(state: Prescription, submission: ClaimWithdrawn, _at: datetime) -> Judgement:
    """Take back a claim of this facility; what it held is free for claims that wait."""
    mine = [
        one
        for one in state.claims
        if one.claim_id == submission.claim_id
        and one.facility_id == submission.submitter.facility_id
    ]
    if not mine:
        return refused(state, "no-such-claim")
    entry = next((one for one in mine if one.is_open), None)
    if entry is None:
        is_refused = mine[-1].standing == "refused"
        return accepted(state, "already-refused" if is_refused else "already-withdrawn")
    withdrawn = replace(entry, withdrawn_by=submission.event_id, pending_until=None)
    state = replace(
        state,
        claims=tuple(withdrawn if one.event_id == entry.event_id else one for one in state.claims),
    )
    if entry.standing == "payable":
        lines = add_quantities(state.lines, entry.lines, field="claimed", sign=-1)
        state = replace(state, lines=lines)
    state, told = pay_what_is_covered(state)
    return accepted(state, "withdrawn", reasons=told)
