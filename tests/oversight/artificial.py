"""Artificial changes of alerts, and records that carry them. No patient here exists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised, Evidence
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.oversight.projection import Change, Changed
from services.topology import ALERTS

PATIENT, OTHER_PATIENT = "patient-mau-0042", "patient-mau-0043"
MORNING = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
CODEC = published_language()
COB_FIGURES = {
    "overlap_days": "9",
    "overlap_first_day": "2026-11-16",
    "practices": "2",
    "limit_overlap_days_min": "7",
    "limit_window_days": "90",
    "mode": "advisory",
    "exemptions_considered": "cancer, palliative",
}

EXEMPT_FIGURES = {**COB_FIGURES, "suppressed_by": "cancer"}


def at(minutes: float = 0) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def evidence(number: int = 1, facility_id: str = "01901") -> Evidence:
    return Evidence(
        fact_id=f"fact-{number}",
        prescription_code="01901k7m2p9q-c",
        occurred_at=at(-number),
        facility_id=facility_id,
        note="opioid tramadol, 30 ngày / opioid tramadol, 30 days",
    )


def _change(number: int, revision: int, given: dict[str, Any]) -> dict[str, Any]:
    alert_id = f"{given.get('rule', 'cob')}-{number:04d}"
    return {
        "change_id": f"{alert_id}.{revision}",
        "alert_id": alert_id,
        "revision": revision,
        "rule": "cob",
        "rule_version": "1/2020-01-01",
        "severity": "S3",
        "subject_kind": "patient",
        "subject": PATIENT,
        "episode_start": at(-60),
        "episode_end": at(-1),
        "evidence": (evidence(1), evidence(2)),
        "figures": COB_FIGURES,
        "occurred_at": at(revision),
        **given,
    }


def raised(number: int = 1, revision: int = 1, **given: Any) -> AlertRaised:
    return AlertRaised(**_change(number, revision, given))


def revised(number: int = 1, revision: int = 2, **given: Any) -> AlertRevised:
    return AlertRevised(**_change(number, revision, given))


def retracted(number: int = 1, revision: int = 2, **given: Any) -> AlertRetracted:
    given.setdefault("cause_fact_id", "fact-1")
    return AlertRetracted(**_change(number, revision, given))


def changed(change: Change, offset: int = 0, partition: int = 0, minute: float = 0) -> Changed:
    return Changed(partition=partition, offset=offset, recorded_at=at(minute), change=change)


def record(
    value: bytes | None,
    key: bytes | None,
    offset: int,
    partition: int = 0,
    topic: str = ALERTS.name,
) -> LogRecord:
    milliseconds = round(at(offset).timestamp() * 1000)
    return LogRecord(topic, partition, offset, milliseconds, key, value, ())


def letter_record(message: Record, offset: int) -> LogRecord:
    """A published dead letter as it is read again."""
    return record(message.value, message.key, offset, topic=message.topic)


def records(changes: Iterable[Change], partition: int = 0, first: int = 0) -> list[LogRecord]:
    """The changes as consecutive records of one partition, a minute of log time apart."""
    return [
        record(CODEC.encode(change), change.subject.encode(), offset, partition)
        for offset, change in enumerate(changes, start=first)
    ]
