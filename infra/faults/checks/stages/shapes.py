"""The shapes the stages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from infra.faults.checks.ledger import Ledger
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission
from services.contracts.terms import Reason

NO_REASON = Reason(code="")
Sent = TypeVar("Sent", bound=Submission)


@dataclass(frozen=True, slots=True)
class Case(Generic[Sent]):
    """One verdict to look at: the ledger before it, the submission, its append time, what was
    told; of a refusal also the `reason` that is looked at."""

    ledger: Ledger
    event: Sent
    at: datetime
    outcome: SubmissionJudged
    reason: Reason = NO_REASON


Effect = Callable[[Case[Any]], Iterator[str]]
Ground = Callable[[Case[Any]], bool]


def facility(event: Submission) -> str:
    """Who sent it."""
    return event.submitter.facility_id


def count(ledger: Ledger, given: Sequence[tuple[int, Decimal]], sign: int) -> None:
    """Add what was handed over to the lines that exist, or (sign -1) take it back."""
    for number, quantity in given:
        if number in ledger.lines:
            ledger.lines[number].dispensed += sign * quantity
