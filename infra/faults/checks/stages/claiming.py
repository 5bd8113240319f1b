"""Claim and withdraw: payable is what was handed over, once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from infra.faults.checks.ledger import ZERO, Claim, Ledger
from infra.faults.checks.stages.shapes import Case, Effect, Ground, facility
from services.contracts.submissions import ClaimWithdrawn, PrescriptionClaimed


def _payable(case: Case[PrescriptionClaimed]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.issued is None:
        yield "no prescription had arrived"
    if any(claim.claim_id == event.claim_id for claim in ledger.open_claims):
        yield f"claim {event.claim_id} was made before"
    for asked in event.lines:
        line = ledger.lines.get(asked.line)
        if line is None:
            yield f"the prescription has no line {asked.line}"
            continue
        line.claimed += asked.quantity
        if line.claimed > line.dispensed:
            yield (
                f"line {asked.line}: {line.claimed} are payable, {line.dispensed} were handed over"
            )
    lines = [(asked.line, asked.quantity) for asked in event.lines]
    ledger.claims.append(Claim(event.claim_id, facility(event), lines))


def _withdrawn(case: Case[ClaimWithdrawn]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    for claim in ledger.open_claims:
        if (claim.claim_id, claim.facility) == (event.claim_id, facility(event)):
            claim.withdrawn = True
            for number, quantity in claim.lines:
                if number in ledger.lines:
                    ledger.lines[number].claimed -= quantity
            return
    yield f"{facility(event)} has no open claim {event.claim_id}"


def _withdrawn_already(case: Case[ClaimWithdrawn]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if not any(
        claim.withdrawn and (claim.claim_id, claim.facility) == (event.claim_id, facility(event))
        for claim in ledger.claims
    ):
        yield f"claim {event.claim_id} was not withdrawn"


def _asked(event: PrescriptionClaimed, number: int | None) -> Decimal:
    return sum((line.quantity for line in event.lines if line.line == number), ZERO)


def _own(ledger: Ledger, event: PrescriptionClaimed, number: int | None) -> tuple[Decimal, Decimal]:
    """What of a line was handed over and claimed, by the claimant if it is a pharmacy."""
    only = facility(event) if event.submitter.role == "pharmacy" else None
    dispensed = sum(
        (
            quantity
            for sale in ledger.open_sales
            if only in (None, sale.pharmacy)
            for line, quantity in sale.lines
            if line == number
        ),
        ZERO,
    )
    claimed = sum(
        (
            quantity
            for claim in ledger.open_claims
            if only in (None, claim.facility)
            for line, quantity in claim.lines
            if line == number
        ),
        ZERO,
    )
    return dispensed, claimed


def _is_over(ledger: Ledger, event: PrescriptionClaimed, number: int | None) -> bool:
    dispensed, claimed = _own(ledger, event, number)
    line = ledger.lines.get(number or 0)
    asked = _asked(event, number)
    return line is not None and (
        claimed + asked > dispensed or line.claimed + asked > line.dispensed
    )


def _is_claimed_before(ledger: Ledger, event: PrescriptionClaimed, number: int | None) -> bool:
    dispensed, claimed = _own(ledger, event, number)
    return claimed >= dispensed > ZERO


CLAIM_EFFECTS: dict[str, Effect] = {"payable": _payable}
CLAIM_GROUNDS: dict[str, Ground] = {
    "unknown-prescription": lambda case: case.ledger.issued is None,
    "claim-id-used": lambda case: any(
        claim.claim_id == case.event.claim_id for claim in case.ledger.open_claims
    ),
    "unknown-line": lambda case: case.reason.line not in case.ledger.lines,
    "claim-without-dispense": lambda case: (
        _own(case.ledger, case.event, case.reason.line)[0] == ZERO
    ),
    "claimed-before": lambda case: _is_claimed_before(case.ledger, case.event, case.reason.line),
    "claim-over-quantity": lambda case: _is_over(case.ledger, case.event, case.reason.line),
}

WITHDRAW_EFFECTS: dict[str, Effect] = {
    "withdrawn": _withdrawn,
    "already-withdrawn": _withdrawn_already,
}
WITHDRAW_GROUNDS: dict[str, Ground] = {
    "no-such-claim": lambda case: (
        not any(
            (claim.claim_id, claim.facility) == (case.event.claim_id, facility(case.event))
            for claim in case.ledger.claims
        )
    ),
}
