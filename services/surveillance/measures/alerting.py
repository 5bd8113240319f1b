"""From signals of months to alerts about their subjects, and to what changed in them. Pure.

The alerts of a rule about a subject in a calendar year depend on the signals of that year alone.
`difference` compares them with what was told last and says only what changed, as the engine does
for patients.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised
from services.contracts.terms import Severity
from services.surveillance.engine import Change
from services.surveillance.measures.dated import MeasureVersion
from services.surveillance.measures.months import Month, first_day, month_name
from services.surveillance.measures.signals import Signal, runs
from services.surveillance.timeline import moment

_DAY_MS = 86_400_000
_LOCAL_OFFSET_MS = 7 * 3_600_000


class SubjectAlert(msgspec.Struct, frozen=True):
    """An alert about a month's subject as last told; `is_open` is False once retracted.

    `month` is the episode's first one and part of the alert's identity; `first_day` and `last_day`
    are local days.
    """

    alert_id: str
    rule: str
    rule_version: str
    subject_kind: str
    subject: str
    month: Month
    severity: Severity
    revision: int
    first_day: int
    last_day: int
    figures: dict[str, str]
    is_open: bool = True


def alerts_of(version: MeasureVersion, signals: Iterable[Signal]) -> Iterator[SubjectAlert]:
    """The alerts that a year's signals of one version about one subject come to, as revision 1.

    Signals come in order of their months.
    """
    rule = version.rule
    for episode in runs(signals, version.rearm_months):
        strongest = max(episode, key=lambda signal: signal.weight)  # the first of equals
        severities: list[Severity] = [signal.severity or rule.severity for signal in episode]
        subject, month = episode[0].subject, episode[0].month
        yield SubjectAlert(
            alert_id=_alert_id(version, subject, month),
            rule=rule.name,
            rule_version=version.name,
            subject_kind=rule.subject_kind,
            subject=subject,
            month=month,
            severity="S4" if version.mode == "shadow" else min(severities),
            revision=1,
            first_day=min(signal.first_day for signal in episode),
            last_day=max(signal.last_day for signal in episode),
            figures={
                **strongest.figures,
                "month": month_name(strongest.month),
                "months_found": str(len(episode)),
                **version.figures,
            },
        )


def difference(
    told: Mapping[str, SubjectAlert], now: Sequence[SubjectAlert], at: datetime
) -> tuple[list[SubjectAlert], list[Change]]:
    """What becomes of the alerts told of, and the changes to tell; retractions first.

    Both speak of one rule, one subject and one year. `at` is how far the log was known: it dates
    the changes, so no clock does.
    """
    found = {alert.alert_id: alert for alert in now}
    kept: list[SubjectAlert] = []
    changes: list[Change] = []
    for alert_id, before in told.items():
        if before.is_open and alert_id not in found:
            gone = msgspec.structs.replace(before, revision=before.revision + 1, is_open=False)
            kept.append(gone)
            cause = f"{gone.subject_kind} {gone.subject} {month_name(gone.month)}"
            changes.append(AlertRetracted(**_told(gone, at), cause_fact_id=cause))
    for alert_id, alert in found.items():
        last = told.get(alert_id)
        if last is not None and msgspec.structs.replace(alert, revision=last.revision) == last:
            continue
        revision = last.revision + 1 if last is not None else 1
        kept.append(msgspec.structs.replace(alert, revision=revision))
        is_new = last is None or not last.is_open
        changes.append((AlertRaised if is_new else AlertRevised)(**_told(kept[-1], at)))
    return kept, changes


def _alert_id(version: MeasureVersion, subject: str, month: Month) -> str:
    named = "\x1f".join((version.rule.name, version.name, subject, str(month)))
    digest = hashlib.blake2b(named.encode(), digest_size=12).hexdigest()
    return f"{version.rule.name}-{digest}"


def _told(alert: SubjectAlert, at: datetime) -> dict[str, Any]:
    return {
        "change_id": f"{alert.alert_id}.{alert.revision}",
        "alert_id": alert.alert_id,
        "revision": alert.revision,
        "rule": alert.rule,
        "rule_version": alert.rule_version,
        "severity": alert.severity,
        "subject_kind": alert.subject_kind,
        "subject": alert.subject,
        "episode_start": moment(start_of(alert.first_day)),
        "episode_end": moment(start_of(alert.last_day + 1) - 1),
        "evidence": (),
        "figures": alert.figures,
        "occurred_at": at,
    }


def start_of(day: int) -> int:
    """Epoch milliseconds at which a local day begins."""
    return day * _DAY_MS - _LOCAL_OFFSET_MS


def is_closed(month: Month, at: int, grace_days: int) -> bool:
    """Whether a month and its grace had passed at epoch milliseconds `at`."""
    return start_of(first_day(month + 1) + grace_days) <= at
