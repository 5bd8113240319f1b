"""Claim and withdraw: what is payable, matched line by line against what was dispensed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from services.contracts.submissions import ClaimWithdrawn, PrescriptionClaimed
from services.contracts.terms import Reason, plain
from services.registry.judgement.judgement import Judgement, accepted, refused
from services.registry.prescription import (
    ZERO,
    Claim,
    LineQuantity,
    Prescription,
    add_quantities,
)


def claim(state: Prescription, submission: PrescriptionClaimed, _at: datetime) -> Judgement:
    """Payable when every claimed line was dispensed, by the claimant if it is a pharmacy, and is
    not claimed yet; otherwise not payable, with every reason."""
    if state.issued is None:
        return refused(state, "unknown-prescription")
    reasons = tuple(_objections(state, submission))
    if reasons:
        return Judgement(state=state, verdict="REFUSED", result=reasons[0].code, reasons=reasons)
    entry = Claim(
        claim_id=submission.claim_id,
        event_id=submission.event_id,
        facility_id=submission.submitter.facility_id,
        payer_id=submission.payer_id,
        lines=tuple(
            LineQuantity(line=line.line, quantity=line.quantity) for line in submission.lines
        ),
    )
    state = replace(
        state,
        lines=add_quantities(state.lines, entry.lines, field="claimed", sign=1),
        claims=(*state.claims, entry),
    )
    return accepted(state, "payable")


def _objections(state: Prescription, submission: PrescriptionClaimed) -> Iterator[Reason]:
    if any(
        claim.claim_id == submission.claim_id and claim.withdrawn_by is None
        for claim in state.claims
    ):
        yield Reason(code="claim-id-used", details={"claim_id": submission.claim_id})
    asked: dict[int, Decimal] = {}
    for claimed_line in submission.lines:
        asked[claimed_line.line] = asked.get(claimed_line.line, ZERO) + claimed_line.quantity
    pharmacy_id = None
    if submission.submitter.role == "pharmacy":
        pharmacy_id = submission.submitter.facility_id
    for number, quantity in asked.items():
        line = state.line(number)
        if line is None:
            yield Reason(code="unknown-line", line=number)
            continue
        dispensed = _dispensed_by(state, number, pharmacy_id)
        claimed = _claimed_of(state, number, pharmacy_id)
        details = {
            "claimed": plain(quantity),
            "dispensed": plain(dispensed),
            "claimed_before": plain(claimed),
        }
        if dispensed == ZERO:
            yield Reason(code="claim-without-dispense", line=number, details=details)
        elif claimed >= dispensed:
            yield Reason(code="claimed-before", line=number, details=details)
        elif claimed + quantity > dispensed or line.claimed + quantity > line.dispensed:
            yield Reason(code="claim-over-quantity", line=number, details=details)


def _dispensed_by(state: Prescription, number: int, pharmacy_id: str | None) -> Decimal:
    """What was handed over of a line: by one pharmacy, or (None) by all."""
    return sum(
        (
            line.quantity
            for dispense in state.dispenses
            if dispense.reversed_by is None and pharmacy_id in (None, dispense.pharmacy_id)
            for line in dispense.lines
            if line.line == number
        ),
        ZERO,
    )


def _claimed_of(state: Prescription, number: int, facility_id: str | None) -> Decimal:
    return sum(
        (
            line.quantity
            for claim in state.claims
            if claim.withdrawn_by is None and facility_id in (None, claim.facility_id)
            for line in claim.lines
            if line.line == number
        ),
        ZERO,
    )


def withdraw(state: Prescription, submission: ClaimWithdrawn, _at: datetime) -> Judgement:
    """Take back a claim of this facility."""
    mine = [
        claim
        for claim in state.claims
        if claim.claim_id == submission.claim_id
        and claim.facility_id == submission.submitter.facility_id
    ]
    if not mine:
        return refused(state, "no-such-claim")
    open_claims = [claim for claim in mine if claim.withdrawn_by is None]
    if not open_claims:
        return accepted(state, "already-withdrawn")
    entry = open_claims[0]
    withdrawn = replace(entry, withdrawn_by=submission.event_id)
    state = replace(
        state,
        lines=add_quantities(state.lines, entry.lines, field="claimed", sign=-1),
        claims=tuple(withdrawn if c.event_id == entry.event_id else c for c in state.claims),
    )
    return accepted(state, "withdrawn")
