"""What a claim may rest on: what was handed over of a line, by the claimant if it is a pharmacy,
and is not paid for yet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from infra.faults.checks.ledger import ZERO, Claim, Ledger, Sale
from infra.faults.checks.stages.shapes import Case
from services.contracts.submissions import PrescriptionClaimed

VOID = {"cancelled", "replaced", "expired"}
"""Findings of a sale that nobody reimburses."""


def is_payable(ledger: Ledger, claim: Claim) -> bool:
    """Every line was handed over and is free, and the claim's own id is not taken."""
    others = _before(ledger, claim)
    return not _id_is_used(claim, others) and all(
        line in ledger.lines
        and _sold(ledger, claim.event, line) > ZERO
        and asked <= _free(ledger, claim, others, line)
        for line, asked in claim.by_line().items()
    )


def may_wait(ledger: Ledger, claim: Claim) -> bool:
    """Whether only its sale is missing, and the law says how long it may come."""
    others = _before(ledger, claim)
    return (
        claim.event.dispense_grace_hours is not None
        and not _id_is_used(claim, others)
        and all(
            line in ledger.lines
            and _sold(ledger, claim.event, line) == ZERO
            and (not claim.event.law_version or _may_come(ledger, claim, others, line, asked))
            for line, asked in claim.by_line().items()
        )
    )


def _may_come(ledger: Ledger, claim: Claim, others: list[Claim], line: int, asked: Decimal) -> bool:
    """Nothing was ever sold of it that the claimant could mean, and so much is not claimed yet."""
    own = claim.event.submitter.role == "pharmacy"
    mine = [one for one in others if not own or one.facility == claim.facility]
    ever_sold = any(
        line in sale.by_line() and (not own or sale.pharmacy == claim.facility)
        for sale in ledger.sales
    )
    left = ledger.lines[line].prescribed - _claimed(mine, line)
    return not ever_sold and not ledger.is_cancelled and asked <= left


def id_is_used(ledger: Ledger, claim: Claim) -> bool:
    """Whether an open claim has the same id already."""
    return _id_is_used(claim, _before(ledger, claim))


def _id_is_used(claim: Claim, others: list[Claim]) -> bool:
    return any(
        other.event.claim_id == claim.event.claim_id
        and (other.facility == claim.facility or not claim.event.law_version)
        for other in others
    )


def _before(ledger: Ledger, claim: Claim) -> list[Claim]:
    """The open claims that come first: earlier ones, and every payable one."""
    place = next((i for i, one in enumerate(ledger.claims) if one is claim), len(ledger.claims))
    return [
        other
        for index, other in enumerate(ledger.claims)
        if other is not claim and other.is_open and (index < place or other.standing == "payable")
    ]


def _rests_on(ledger: Ledger, event: PrescriptionClaimed, *, anybody: bool = False) -> list[Sale]:
    own = event.submitter.role == "pharmacy" and not anybody
    return [
        sale
        for sale in ledger.open_sales
        if (not own or sale.pharmacy == event.submitter.facility_id)
        and not (event.law_version and VOID & sale.findings)
    ]


def _sold(
    ledger: Ledger, event: PrescriptionClaimed, line: int, *, anybody: bool = False
) -> Decimal:
    sales = _rests_on(ledger, event, anybody=anybody)
    return sum((sale.by_line().get(line, ZERO) for sale in sales), ZERO)


def _free(ledger: Ledger, claim: Claim, others: list[Claim], line: int) -> Decimal:
    """Free of what the claimant handed over, and of what anybody did."""
    own = claim.event.submitter.role == "pharmacy"
    mine = [one for one in others if not own or one.facility == claim.facility]
    paid = [one for one in others if one.standing == "payable"]
    return min(
        _sold(ledger, claim.event, line) - _claimed(mine, line),
        _sold(ledger, claim.event, line, anybody=True) - _claimed(paid, line),
    )


def _claimed(claims: list[Claim], line: int) -> Decimal:
    return sum((claim.by_line().get(line, ZERO) for claim in claims), ZERO)


def pay(ledger: Ledger, claim: Claim) -> Iterator[str]:
    """Enter a claim as payable; a sentence per line that was not handed over so often."""
    claim.standing, claim.waits_until = "payable", None
    for number, asked in claim.by_line().items():
        line = ledger.lines.get(number)
        if line is None:
            yield f"the prescription has no line {number}"
            continue
        line.claimed += asked
        if line.claimed > line.dispensed:
            yield f"line {number}: {line.claimed} are payable, {line.dispensed} were handed over"


def pay_as_told(case: Case[Any]) -> Iterator[str]:
    """Claims that waited become payable in their order, and each of them is told."""
    ledger = case.ledger
    told = [
        (reason.details.get("claimant"), reason.details.get("claim_id"))
        for reason in case.outcome.reasons
        if reason.code == "claim-payable"
    ]
    paid = []
    for claim in ledger.claims:
        if claim.waits_until is not None and is_payable(ledger, claim):
            paid.append((claim.facility, claim.event.claim_id))
            yield from pay(ledger, claim)
    if told != paid:
        yield f"claims {_names(told)} were told as payable now, by the log it is {_names(paid)}"


def _names(claims: list[Any]) -> str:
    return ", ".join(f"{claim_id} of {claimant}" for claimant, claim_id in claims) or "none"


def uncovered(ledger: Ledger) -> Decimal:
    """How much is payable beyond what the claimants handed over themselves."""
    paid = [one for one in ledger.open_claims if one.standing == "payable"]
    short = ZERO
    for claim in paid:
        if not claim.event.law_version:
            continue
        own = claim.event.submitter.role == "pharmacy"
        mine = [one for one in paid if not own or one.facility == claim.facility]
        for line in claim.by_line():
            short += max(_claimed(mine, line) - _sold(ledger, claim.event, line), ZERO)
    return short
