"""Surveillance's indications. An alert is a reason to look, never a verdict."""

from __future__ import annotations

from datetime import datetime

from services.contracts.terms import Contract, Severity


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


class AlertRaised(AlertChange, frozen=True, kw_only=True):
    """A pattern that deserves a look was found."""


class AlertRevised(AlertChange, frozen=True, kw_only=True):
    """The evidence of an open alert changed."""


class AlertRetracted(AlertChange, frozen=True, kw_only=True):
    """An alert no longer holds because `cause_fact_id` changed or was withdrawn."""

    cause_fact_id: str


class WatermarkAdvanced(Contract, frozen=True, kw_only=True):
    """Facts up to `watermark` (event time) are complete in one of the `partitions` of `rx.facts`,
    sources that are `idle` left out. Alerts whose time of grace ends before all of them are
    final."""

    partition: int
    partitions: int
    watermark: datetime
    idle: tuple[str, ...] = ()


def watermark_key(partition: int) -> str:
    """The Kafka key of a watermark."""
    return f"watermark:{partition}"
