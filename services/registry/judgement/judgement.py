"""What a rule decides about one submission."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.contracts.facts import Fact
from services.contracts.terms import Reason, Verdict
from services.registry.prescription import Prescription


class Judgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The next state and what is told about it; `facts` go to surveillance."""

    state: Prescription
    verdict: Verdict
    result: str
    reasons: tuple[Reason, ...] = ()
    facts: tuple[Fact, ...] = ()


def accepted(
    state: Prescription, result: str, *facts: Fact, reasons: tuple[Reason, ...] = ()
) -> Judgement:
    """It holds; `reasons` are what somebody should know nevertheless."""
    return Judgement(state=state, verdict="ACCEPTED", result=result, reasons=reasons, facts=facts)


def refused(state: Prescription, code: str, **details: str) -> Judgement:
    """A refusal changes nothing; `code` is looked up in the catalogue of reasons."""
    return refused_for(state, Reason(code=code, details=details))


def refused_for(state: Prescription, *reasons: Reason) -> Judgement:
    """A refusal for one or more reasons; the first names it."""
    return Judgement(state=state, verdict="REFUSED", result=reasons[0].code, reasons=reasons)


def pending(state: Prescription, code: str, **details: str) -> Judgement:
    """It is kept and takes effect, or not, by what the log holds later."""
    reason = Reason(code=code, details=details)
    return Judgement(state=state, verdict="PENDING", result=code, reasons=(reason,))


def recorded(
    state: Prescription, result: str, *facts: Fact, reasons: tuple[Reason, ...] = ()
) -> Judgement:
    """It happened and is on record, with what it breaks."""
    return Judgement(state=state, verdict="RECORDED", result=result, reasons=reasons, facts=facts)


def iso(moment: datetime) -> str:
    """Times in reasons are ISO 8601 in UTC; whoever shows them knows the place."""
    return moment.isoformat(timespec="seconds")
