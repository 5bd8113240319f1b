"""Claim and withdraw: payable is what was handed over, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from infra.faults.checks.ledger import Claim
from infra.faults.checks.stages.cover import id_is_used, is_payable, may_wait, pay, pay_as_told
from infra.faults.checks.stages.shapes import Case, Effect, Ground, facility
from services.contracts.submissions import ClaimWithdrawn, PrescriptionClaimed


def _payable(case: Case[PrescriptionClaimed]) -> Iterator[str]:
    ledger, claim = case.ledger, Claim(case.event)
    if ledger.issued is None:
        yield "no prescription had arrived"
    elif not is_payable(ledger, claim):
        yield "not all of it was handed over and is free to claim"
    ledger.claims.append(claim)
    yield from pay(ledger, claim)


def _pending(case: Case[PrescriptionClaimed]) -> Iterator[str]:
    ledger, claim = case.ledger, Claim(case.event, "pending")
    if ledger.issued is None:
        yield "no prescription had arrived"
    if not may_wait(ledger, claim):
        yield "there is more in its way than a sale that is to come"
    claim.waits_until = case.at + timedelta(hours=case.event.dispense_grace_hours or 0)
    ledger.claims.append(claim)


def _not_payable(case: Case[PrescriptionClaimed]) -> bool:
    return case.ledger.issued is not None and not is_payable(case.ledger, Claim(case.event))


def _withdrawn(case: Case[ClaimWithdrawn]) -> Iterator[str]:
    ledger = case.ledger
    claim = next((one for one in _of(case) if one.is_open), None)
    if claim is None:
        yield f"{facility(case.event)} has no open claim {case.event.claim_id}"
        return
    claim.is_withdrawn, claim.waits_until = True, None
    if claim.standing == "payable":
        for number, quantity in claim.by_line().items():
            if number in ledger.lines:
                ledger.lines[number].claimed -= quantity
    yield from pay_as_told(case)


def _of(case: Case[ClaimWithdrawn]) -> list[Claim]:
    """The claims of this facility under this id."""
    wanted = (case.event.claim_id, facility(case.event))
    return [one for one in case.ledger.claims if (one.event.claim_id, one.facility) == wanted]


def _over_already(case: Case[ClaimWithdrawn]) -> Iterator[str]:
    claims = _of(case)
    if not claims or any(claim.is_open for claim in claims):
        yield f"claim {case.event.claim_id} was neither withdrawn nor refused"
    elif (claims[-1].standing == "refused") != (case.outcome.result == "already-refused"):
        yield f"claim {case.event.claim_id} is {claims[-1].standing}"


CLAIM_EFFECTS: dict[str, Effect] = {"payable": _payable, "claim-pending": _pending}
CLAIM_GROUNDS: dict[str, Ground] = {
    "unknown-prescription": lambda case: case.ledger.issued is None,
    "claim-id-used": lambda case: id_is_used(case.ledger, Claim(case.event)),
    "unknown-line": lambda case: case.reason.line not in case.ledger.lines,
    "claim-without-dispense": lambda case: (
        _not_payable(case) and not may_wait(case.ledger, Claim(case.event))
    ),
    "claimed-before": _not_payable,
    "claimed-by-another-payer": _not_payable,
    "claim-over-quantity": _not_payable,
    "claim-cancelled": _not_payable,
    "claim-expired": _not_payable,
    "claim-reversed": _not_payable,
}
"""Which of the reasons fits best is the registry's word; that there is one is checked."""

WITHDRAW_EFFECTS: dict[str, Effect] = {
    "withdrawn": _withdrawn,
    "already-withdrawn": _over_already,
    "already-refused": _over_already,
}
WITHDRAW_GROUNDS: dict[str, Ground] = {"no-such-claim": lambda case: not _of(case)}
