"""What a rule decides about one submission."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.contracts.facts import Fact
from services.contracts.terms import Reason, Verdict
from services.registry.prescription import Prescription


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The next state and what is told about it; `facts` go to surveillance."""

    state: Prescription
    verdict: Verdict
    result: str
    reasons: tuple[Reason, ...] = ()
    facts: tuple[Fact, ...] = ()


def accepted(state: Prescription, result: str, *facts: Fact) -> Judgement:
    return Judgement(state=state, verdict="ACCEPTED", result=result, facts=facts)


def refused(state: Prescription, code: str, **details: str) -> Judgement:
    """A refusal changes nothing; `code` is looked up in the catalogue of reasons."""
    reason = Reason(code=code, details=details)
    return Judgement(state=state, verdict="REFUSED", result=code, reasons=(reason,))


def iso(moment: datetime) -> str:
    """Times in reasons are ISO 8601 in UTC; whoever shows them knows the place."""
    return moment.isoformat(timespec="seconds")
