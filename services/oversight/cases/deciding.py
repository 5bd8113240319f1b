"""What a person's decision does to a case, as the log decides. Pure.

Two people may decide at once: the case has one version, a decision names the one it saw, and the
second of them is overtaken. It stays on record and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from services.contracts.decisions import CaseDecided, CaseStep, Informed
from services.oversight.cases.case import OUTCOMES, Case, Held, Seen, Told
from services.oversight.cases.reasons import REASONS

Ruling = Literal[
    "accepted",
    "unknown-case",
    "overtaken",
    "not-from-here",
    "reason-not-known",
    "names-no-authority",
    "tells-nobody",
    "nothing-to-tell",
    "nothing-to-take-back",
]

FROM_HERE: dict[CaseStep | None, frozenset[CaseStep]] = {
    None: frozenset(("NOTED", "TRIAGED", "UNDER_REVIEW", "EXPLAINED", "FALSE_POSITIVE", "CLOSED")),
    "TRIAGED": frozenset(("NOTED", "UNDER_REVIEW", "EXPLAINED", "FALSE_POSITIVE", "CLOSED")),
    "UNDER_REVIEW": frozenset(("NOTED", "REFERRED", "EXPLAINED", "FALSE_POSITIVE", "CLOSED")),
    "REFERRED": frozenset(("NOTED", "UNDER_REVIEW", "EXPLAINED", "FALSE_POSITIVE", "CLOSED")),
    "EXPLAINED": frozenset(("NOTED", "UNDER_REVIEW")),
    "FALSE_POSITIVE": frozenset(("NOTED", "UNDER_REVIEW")),
    "CLOSED": frozenset(("NOTED", "UNDER_REVIEW")),
}
"""Which steps may follow which. Nothing is referred that nobody reviewed, and no outcome is final:
a case is taken up again when there is new information."""


def rule_on(case: Case | None, decision: CaseDecided) -> Ruling:
    """Whether a decision counts, and if not, why not."""
    if case is None or case.subject != decision.subject:
        return "unknown-case"
    if case.version != decision.case_version:
        return "overtaken"
    if decision.step not in FROM_HERE[case.step]:
        return "not-from-here"
    reason = REASONS.get(decision.reason)
    if reason is None or reason.step != decision.step:
        return "reason-not-known"
    return _rule_on_informing(case, decision)


def decided(case: Case, decision: CaseDecided, recorded_at: datetime) -> Case:
    """The case after an accepted decision."""
    case = replace(
        case,
        version=case.version + 1,
        changed_at=recorded_at,
        first_decided_at=case.first_decided_at or recorded_at,
        alerts={name: _acted_on(held) for name, held in case.alerts.items()},
    )
    if decision.step != "NOTED":
        case = replace(
            case,
            step=decision.step,
            reason=decision.reason,
            is_sealed=case.is_sealed or decision.step in OUTCOMES,
            alerts={name: _judged(held, decision) for name, held in case.alerts.items()},
        )
    for informed in decision.informed:
        case = replace(case, told=_told(case, informed, decision.not_told, recorded_at))
    return case


def to_tell(case: Case, not_told: Collection[str]) -> tuple[str, ...]:
    """The alerts that outsiders are told of: those that stand, but for statistics and those of
    rules that are held back (`not_told`)."""
    return tuple(
        sorted(
            alert_id
            for alert_id, held in case.alerts.items()
            if held.is_open and held.severity != "S4" and alert_id not in not_told
        )
    )


def _rule_on_informing(case: Case, decision: CaseDecided) -> Ruling:
    if decision.step == "NOTED" and not decision.informed:
        return "tells-nobody"
    if decision.step == "REFERRED" and not any(
        informed.party in ("AUTHORITY", "PAYER") and informed.message == "SUSPICION"
        for informed in decision.informed
    ):
        return "names-no-authority"
    owed = {(duty.party, duty.ref) for duty in case.duties}
    if decision.step in ("EXPLAINED", "FALSE_POSITIVE"):  # whoever was told may be told at once
        owed |= {(told.party, told.ref) for told in case.told}
    for informed in decision.informed:
        if informed.message == "WITHDRAWAL" and (informed.party, informed.ref) not in owed:
            return "nothing-to-take-back"
        if informed.message == "SUSPICION" and not to_tell(case, decision.not_told):
            return "nothing-to-tell"
    return "accepted"


def _told(
    case: Case, informed: Informed, not_told: Collection[str], at: datetime
) -> tuple[Told, ...]:
    """Whoever is told is told of the alerts that stand; or that those do not which do not."""
    party = informed.party, informed.ref
    known = next((told for told in case.told if (told.party, told.ref) == party), None)
    others = tuple(told for told in case.told if told is not known)
    if informed.message == "WITHDRAWAL":
        gone = [duty.alerts for duty in case.duties if (duty.party, duty.ref) == party]
        if known is None or not gone:
            return case.told
        return (*others, replace(known, taken_back=tuple(sorted({*known.taken_back, *gone[0]}))))
    alerts = to_tell(case, not_told)
    if known is None:
        return (*others, Told(party=informed.party, ref=informed.ref, told_at=at, alerts=alerts))
    both = tuple(sorted({*known.alerts, *alerts}))
    still = tuple(alert_id for alert_id in known.taken_back if alert_id not in alerts)
    return (*others, replace(known, told_at=at, alerts=both, taken_back=still))


def _acted_on(held: Held) -> Held:
    return replace(held, was_acted_on=True) if held.is_open else held


def _judged(held: Held, decision: CaseDecided) -> Held:
    """An outcome judges the alerts that stand; taking a case up again lifts the judgement."""
    seen = Seen(revision=held.revision, severity=held.severity, is_open=held.is_open)
    if decision.step not in OUTCOMES:
        return replace(held, seen=seen, judged=None)
    judgement = REASONS[decision.reason].judgement
    return replace(held, seen=seen, judged=judgement if held.is_open else held.judged)
