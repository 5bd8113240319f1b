"""The shapes the stages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from infra.faults.checks.ledger import Ledger, Part
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission
from services.contracts.terms import Reason

NO_REASON = Reason(code="")
Sent = TypeVar("Sent", bound=Submission)

Finding = tuple[str, int | None]
"""Code and line."""


@dataclass(frozen=True, slots=True)
class Case(Generic[Sent]):
    """One verdict to look at: the ledger before it, the submission, its append time, what was
    told; of a refusal also the `reason` that is looked at."""

    ledger: Ledger
    event: Sent
    at: datetime
    outcome: SubmissionJudged
    reason: Reason = NO_REASON

    @property
    def said(self) -> set[Finding]:
        """The codes that were told, with their lines."""
        return {(reason.code, reason.line) for reason in self.outcome.reasons}


Effect = Callable[[Case[Any]], Iterator[str]]
Ground = Callable[[Case[Any]], bool]


def facility(event: Submission) -> str:
    """Who sent it."""
    return event.submitter.facility_id


def count(ledger: Ledger, parts: Sequence[Part], sign: int) -> None:
    """Add what was handed over to the lines that exist, or (sign -1) take it back."""
    for number, quantity, _batch in parts:
        if number in ledger.lines:
            ledger.lines[number].dispensed += sign * quantity


def differences(said: set[Finding], due: set[Finding], known: set[str]) -> Iterator[str]:
    """Findings that are missing, that have no ground, or that the auditor never heard of. Those in
    `known` may be told without it looking for their ground."""
    for code, line in sorted(due - said, key=repr):
        yield f"the finding {code}{of_line(line)} is not on record"
    for code, line in sorted(said - due, key=repr):
        if code not in known:
            yield f"the finding {code}{of_line(line)} is on record without a ground"


def of_line(line: int | None) -> str:
    return "" if line is None else f" of line {line}"
