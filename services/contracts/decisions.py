"""What people decided about what was found. Written by oversight, beside the alerts it concerns.

A decision stands on the subject's own partition, so the log says which changes of alerts it came
after. No free text: the log is kept for ever, and what is personal belongs into the authority's
own file, whose number is the `reference`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.contracts.terms import Contract

CaseStep = Literal[
    "UNKNOWN",
    "NOTED",
    "TRIAGED",
    "UNDER_REVIEW",
    "REFERRED",
    "EXPLAINED",
    "FALSE_POSITIVE",
    "CLOSED",
]
Party = Literal["UNKNOWN", "PRESCRIBER", "PRACTICE", "PHARMACY", "PAYER", "AUTHORITY", "PATIENT"]
Message = Literal["UNKNOWN", "SUSPICION", "WITHDRAWAL"]


class Informed(Contract, frozen=True, kw_only=True):
    """Somebody outside was told of a suspicion, or that one does not hold."""

    party: Party = "UNKNOWN"
    ref: str
    message: Message = "UNKNOWN"


class CaseDecided(Contract, frozen=True, kw_only=True):
    """A person took a step in a case. It counts when `case_version` is the case's own. Of the
    alerts in `not_told`, whose rule was held back, it tells nobody."""

    decision_id: str
    subject: str
    case_number: int
    case_version: int
    step: CaseStep = "UNKNOWN"
    reason: str
    reference: str = ""
    informed: tuple[Informed, ...] = ()
    although_provisional: bool = False
    not_told: tuple[str, ...] = ()
    decided_by: str
    facility_id: str
    decided_at: datetime


class RuleReleased(Contract, frozen=True, kw_only=True):
    """A person looked at a rule that was held back for firing too often, and lets it be heard."""

    release_id: str
    rule: str
    reason: str
    reference: str = ""
    released_by: str
    facility_id: str
    released_at: datetime


def release_key(rule: str) -> str:
    """The Kafka key of a release."""
    return f"rule:{rule}"
