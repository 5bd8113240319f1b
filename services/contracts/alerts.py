"""Surveillance's indications. An alert is a reason to look, never a verdict."""

from __future__ import annotations

from datetime import datetime

from services.contracts.terms import Contract, Severity

SUPPRESSED_BY = "suppressed_by"
"""The figure that names, joined by ", ", the exemptions for which an alert is only on record."""


class Evidence(Contract, frozen=True, kw_only=True):
    """One fact an alert rests on."""

    fact_id: str
    prescription_code: str
    occurred_at: datetime
    facility_id: str
    note: str = ""


class AlertChange(Contract, frozen=True, kw_only=True):
    """What every change of an alert carries; `alert_id` = rule, version, subject, episode start."""

    change_id: str
    alert_id: str
    revision: int
    rule: str
    rule_version: str
    severity: Severity = "UNKNOWN"
    subject_kind: str
    subject: str
    episode_start: datetime
    episode_end: datetime
    evidence: tuple[Evidence, ...]
    figures: dict[str, str] = {}
    occurred_at: datetime

    @property
    def is_suppressed(self) -> bool:
        """Whether exemptions hold for all of it: on record as statistics, for nobody to act on."""
        return bool(self.figures.get(SUPPRESSED_BY))


class AlertRaised(AlertChange, frozen=True, kw_only=True):
    """A pattern that deserves a look was found."""


class AlertRevised(AlertChange, frozen=True, kw_only=True):
    """The evidence of an open alert changed."""


class AlertRetracted(AlertChange, frozen=True, kw_only=True):
    """An alert no longer holds because `cause_fact_id` changed or was withdrawn."""

    cause_fact_id: str


class WatermarkAdvanced(Contract, frozen=True, kw_only=True):
    """Every fact that follows from what was appended to the log before `at` has been judged, but
    for those of partitions that are idle. An alert whose episode and grace lie before is final."""

    at: datetime
    idle: tuple[int, ...] = ()
