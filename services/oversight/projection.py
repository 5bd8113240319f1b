"""What a regulator sees of an alert, as the fold of its changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised, Evidence
from services.contracts.terms import Severity

Change = AlertRaised | AlertRevised | AlertRetracted
Kind = Literal["raised", "revised", "retracted"]
Status = Literal["open", "retracted"]

KINDS: dict[type[Change], Kind] = {
    AlertRaised: "raised",
    AlertRevised: "revised",
    AlertRetracted: "retracted",
}


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as its newest revision says. `raised_at` is the moment of its first change,
    by its facts; `told_at` is when that was appended to the log."""

    alert_id: str
    rule: str
    rule_version: str
    severity: Severity
    subject_kind: str
    subject: str
    status: Status
    raised_at: datetime
    told_at: datetime
    changed_at: datetime
    episode_start: datetime
    episode_end: datetime
    revision: int
    evidence: tuple[Evidence, ...]
    figures: dict[str, str]


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A change at its place in the log; `recorded_at` is when it was appended there."""

    partition: int
    offset: int
    recorded_at: datetime
    change: Change

    @property
    def kind(self) -> Kind:
        return KINDS[type(self.change)]


def project(changes: Iterable[Changed]) -> dict[str, Alert]:
    """The alerts these changes, in log order, lead to. An older revision changes nothing."""
    alerts: dict[str, Alert] = {}
    for changed in changes:
        change = changed.change
        known = alerts.get(change.alert_id)
        if known is None or known.revision < change.revision:
            alerts[change.alert_id] = _alert(
                change,
                raised_at=known.raised_at if known else change.occurred_at,
                told_at=known.told_at if known else changed.recorded_at,
            )
    return alerts


def _alert(change: Change, *, raised_at: datetime, told_at: datetime) -> Alert:
    return Alert(
        alert_id=change.alert_id,
        rule=change.rule,
        rule_version=change.rule_version,
        severity=change.severity,
        subject_kind=change.subject_kind,
        subject=change.subject,
        status="retracted" if isinstance(change, AlertRetracted) else "open",
        raised_at=raised_at,
        told_at=told_at,
        changed_at=change.occurred_at,
        episode_start=change.episode_start,
        episode_end=change.episode_end,
        revision=change.revision,
        evidence=change.evidence,
        figures=change.figures,
    )
