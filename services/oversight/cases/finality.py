"""Provisional or final. Pure.

Facts come late: a pharmacy was offline, a dispense is reversed. An alert is provisional until the
facts are complete up to the end of its episode and a time of grace, by subject. Nobody outside is
told of something provisional unless a person says on record that it cannot wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from services.contracts.decisions import CaseStep
from services.oversight.cases.case import Case

Status = Literal[
    "provisional",
    "open",
    "triaged",
    "under_review",
    "referred",
    "explained",
    "false_positive",
    "retracted",
    "closed",
]
NEW: frozenset[Status] = frozenset(("provisional", "open"))
IN_HAND: frozenset[Status] = frozenset(("triaged", "under_review"))

GRACE_DAYS = {"patient": 7}
GRACE_DAYS_ELSE = 10
"""For prescribers, pharmacies and rings, whose measures are monthly. What a month says of a patient
is told after so many days as well, and is final then."""

_STATUS_OF: dict[CaseStep, Status] = {
    "TRIAGED": "triaged",
    "UNDER_REVIEW": "under_review",
    "REFERRED": "referred",
    "EXPLAINED": "explained",
    "FALSE_POSITIVE": "false_positive",
    "CLOSED": "closed",
}


def final_from(subject_kind: str, episode_end: datetime) -> datetime:
    """The watermark from which on an alert about an episode is final."""
    return episode_end + timedelta(days=GRACE_DAYS.get(subject_kind, GRACE_DAYS_ELSE))


def is_final(subject_kind: str, episode_end: datetime, watermark: datetime | None) -> bool:
    """Whether no fact that comes on time can end it; never, before there is a watermark."""
    return watermark is not None and watermark >= final_from(subject_kind, episode_end)


def case_final_from(case: Case) -> datetime | None:
    """The watermark from which on one of its alerts is final; None when none stands. From then on
    it is worth deciding; who is told outside is told only of alerts that are final themselves."""
    ends = [held.episode_end for held in case.alerts.values() if held.is_open]
    return final_from(case.subject_kind, min(ends)) if ends else None


def provisional(
    case: Case, alert_ids: Iterable[str], watermark: datetime | None
) -> tuple[str, ...]:
    """Those of these alerts of a case that facts which come late may still end."""
    return tuple(
        alert_id
        for alert_id in alert_ids
        if not is_final(case.subject_kind, case.alerts[alert_id].episode_end, watermark)
    )


def status(case: Case, watermark: datetime | None) -> Status:
    """What people decided; while nobody has, what became of the alerts."""
    if case.step is not None and case.step in _STATUS_OF:
        return _STATUS_OF[case.step]
    final = case_final_from(case)
    if final is None:
        return "retracted"
    return "open" if watermark is not None and watermark >= final else "provisional"
