"""What callers see of cases, decisions and rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.contracts.case_texts import CASE_STATUSES, DUTY, MESSAGES, PARTIES, SCORE_MEANS
from services.contracts.decisions import Party
from services.contracts.rule_texts import INDICATION, RULE_TEXTS, Both
from services.oversight.casebook.refusals import RULINGS
from services.oversight.casebook.watching import Watch
from services.oversight.cases.breaker import Trip
from services.oversight.cases.case import Case, gravest
from services.oversight.cases.deciding import FROM_HERE
from services.oversight.cases.families import FAMILIES
from services.oversight.cases.finality import case_final_from, final_from, is_final, status
from services.oversight.cases.folding import Decision
from services.oversight.cases.precision import Precision
from services.oversight.cases.reasons import REASONS
from services.oversight.cases.score import Score, score
from services.oversight.projection import Alert
from services.oversight.views import Places, alert_detail, alert_summary, both


def standing(alert: Alert, watch: Watch, case_number: int | None) -> dict[str, Any]:
    """Beside an alert: its case, whether it is final, whether its rule is held back."""
    return {
        "case": case_number,
        "is_final": is_final(alert.subject_kind, alert.episode_end, watch.watermark),
        "final_from": final_from(alert.subject_kind, alert.episode_end),
        "held_back": watch.holds_back(alert.rule, alert.told_at),
    }


def case_summary(case: Case, watch: Watch, at: datetime) -> dict[str, Any]:
    """A case as a line of the queue."""
    stands = [held for held in case.alerts.values() if held.is_open]
    name = status(case, watch.watermark)
    return {
        "number": case.number,
        "version": case.version,
        "status": name,
        "status_title": both(CASE_STATUSES[name].title),
        "severity": gravest(held.severity for held in stands),
        "subject": {"kind": case.subject_kind, "ref": case.subject},
        "score": round(case_score(case, watch, at).value, 3),
        "rules": sorted({held.rule for held in stands}),
        "alerts": len(case.alerts),
        "alerts_open": len(stands),
        "evidence_withdrawn": any(held.is_withdrawn for held in case.alerts.values()),
        "duties": len(case.duties),
        "opened_at": case.opened_at,
        "changed_at": case.changed_at,
    }


def case_detail(
    case: Case,
    alerts: Sequence[Alert],
    decisions: Iterable[Decision],
    suppressed: Iterable[Alert],
    *,
    watch: Watch,
    places: Places,
    at: datetime,
) -> dict[str, Any]:
    """A case with all that is needed to decide, and what may be decided; `suppressed` is what else
    was found of the subject, on record only because exemptions hold."""
    name = status(case, watch.watermark)
    return {
        **case_summary(case, watch, at),
        "subject_place": places.view(case.subject) if case.subject_kind == "pharmacy" else None,
        "indication": both(INDICATION),
        "next_step": both(CASE_STATUSES[name].next_step),
        "final_from": case_final_from(case),
        "facts_complete_until": watch.watermark,
        "score": score_view(case_score(case, watch, at)),
        "duty": both(DUTY) if case.duties else None,
        "duties": [
            {**_party(duty.party, duty.ref), "alerts": list(duty.alerts)} for duty in case.duties
        ],
        "told": [
            {**_party(told.party, told.ref), "told_at": told.told_at, "alerts": list(told.alerts),
             "taken_back": list(told.taken_back)}
            for told in case.told
        ],
        "alerts": [_alert(alert, case, watch, places) for alert in alerts],
        "suppressed": [alert_summary(alert) for alert in suppressed],
        "decisions": [decision_view(decision) for decision in decisions],
        "may": may(case),
    }  # fmt: skip


def case_score(case: Case, watch: Watch, at: datetime) -> Score:
    """The score without what is held back."""
    return score(case, at, held_back=watch.held_back_in(case))


def score_view(found: Score) -> dict[str, Any]:
    """The number and every part of it."""
    return {
        "value": round(found.value, 3),
        "means": both(SCORE_MEANS),
        "parts": [
            {
                "alert_id": part.alert_id,
                "rule": part.rule,
                "family": part.family,
                "points": part.points,
                "weight": part.weight,
                "recency": round(part.recency, 3),
                "value": round(part.value, 3),
            }
            for part in found.parts
        ],
        "families": [
            {
                "family": family.family,
                "label": both(_family_label(family.family)),
                "value": round(family.value, 3),
                "counted": round(family.counted, 3),
            }
            for family in found.families
        ],
    }


def may(case: Case) -> list[dict[str, Any]]:
    """The steps that may follow, each with its reasons."""
    return [
        {
            "step": step,
            "reasons": [
                {"code": code, "text": both(reason.text)}
                for code, reason in REASONS.items()
                if reason.step == step
            ],
        }
        for step in sorted(FROM_HERE[case.step])
    ]


def decision_view(decision: Decision) -> dict[str, Any]:
    """A decision and whether it counts."""
    event = decision.event
    reason = REASONS.get(event.reason)
    return {
        "decision_id": event.decision_id,
        "recorded_at": decision.recorded_at,
        "ruling": decision.ruling,
        "ruling_title": both(RULINGS[decision.ruling]),
        "step": event.step,
        "reason": event.reason,
        "reason_text": both(reason.text) if reason else None,
        "reference": event.reference,
        "informed": [
            {**_party(told.party, told.ref), "message": told.message,
             "message_text": both(MESSAGES[told.message])}
            for told in event.informed
        ],
        "although_provisional": event.although_provisional,
        "not_told": list(event.not_told),
        "decided_by": event.decided_by,
        "facility_id": event.facility_id,
        "case_version": event.case_version,
        "position": {"partition": decision.partition, "offset": decision.offset},
    }  # fmt: skip


def rule_view(
    rule: str,
    found: Precision,
    *,
    raised: int,
    retracted: int,
    suppressed: Mapping[str, int],
    trips: Sequence[Trip],
) -> dict[str, Any]:
    """What is known of a rule's quality: published, so that nobody believes it more than it is.
    `suppressed` counts, by exemptions, what is on record only."""
    text = RULE_TEXTS.get(rule)
    held = next((trip for trip in trips if trip.is_held_back), None)
    return {
        "rule": rule,
        "title": both(text.title) if text else both(Both(rule, rule)),
        "raised": raised,
        "retracted": retracted,
        "suppressed": sum(suppressed.values()),
        "suppressed_by": dict(suppressed),
        "judged": found.judged,
        "confirmed": found.confirmed,
        "explained": found.explained,
        "false_positive": found.false_positive,
        "precision": None if found.value is None else round(found.value, 3),
        "precision_low": None if found.low is None else round(found.low, 3),
        "precision_high": None if found.high is None else round(found.high, 3),
        "enough_judged": found.is_enough,
        "belongs_in_shadow": found.belongs_in_shadow,
        "held_back_since": held.day if held else None,
        "trips": [
            {"day": trip.day, "fired": trip.fired, "mean": round(trip.mean, 2),
             "released_on": trip.released_on}
            for trip in trips
        ],
    }  # fmt: skip


def _alert(alert: Alert, case: Case, watch: Watch, places: Places) -> Mapping[str, Any]:
    held = case.alerts[alert.alert_id]
    shown = alert_detail(alert, (), places)
    del shown["changes"], shown["changes_omitted"]
    return {
        **shown,
        **standing(alert, watch, case.number),
        "withdrawn_after_acting": held.is_withdrawn,
        "judged": held.judged,
    }


def _party(party: Party, ref: str) -> dict[str, Any]:
    return {"party": party, "party_title": both(PARTIES[party]), "ref": ref}


def _family_label(name: str) -> Both:
    if name in FAMILIES:
        return FAMILIES[name][0]
    text = RULE_TEXTS.get(name)
    return text.title if text else Both(name, name)
