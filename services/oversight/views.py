"""What callers see of alerts, their changes and dead letters. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.contracts.alerts import SUPPRESSED_BY, Evidence
from services.contracts.rule_texts import (
    EXEMPTIONS,
    FIGURES,
    INDICATION,
    RULE_TEXTS,
    SEVERITIES,
    SUPPRESSED,
    Both,
    Measure,
)
from services.kernel.log.following import NotCaughtUpError
from services.oversight.projection import Alert, Changed
from services.vietnam.directory import Facility, FacilityDirectory, Province

LIMIT_PREFIX = "limit_"


@dataclass(frozen=True)
class Places:
    """Names of facilities and provinces, as the directory has them."""

    directory: FacilityDirectory
    provinces: Mapping[str, str]

    @classmethod
    def of(cls, directory: FacilityDirectory, provinces: Iterable[Province]) -> Places:
        return cls(directory, {province.code: province.name for province in provinces})

    def view(self, facility_id: str) -> dict[str, Any]:
        """A facility by its code, as it is or last was; one the directory does not have, or that
        was not read yet, has only the code."""
        facility: Facility | None = None
        with suppress(NotCaughtUpError):
            facility = self.directory.find(facility_id, date.max)
        if facility is None:
            return {"facility_id": facility_id}
        return {
            "facility_id": facility.facility_id,
            "name": facility.name,
            "kind": facility.kind,
            "province": facility.province,
            "province_name": self.provinces.get(facility.province, ""),
        }


def alert_summary(alert: Alert) -> dict[str, Any]:
    """An alert as a line of a list."""
    return {
        "alert_id": alert.alert_id,
        "rule": alert.rule,
        "rule_version": alert.rule_version,
        **_title(alert.rule),
        "severity": alert.severity,
        "subject": {"kind": alert.subject_kind, "ref": alert.subject},
        "status": alert.status,
        "raised_at": alert.raised_at,
        "changed_at": alert.changed_at,
        "episode": {"start": alert.episode_start, "end": alert.episode_end},
        "revision": alert.revision,
        "measures": measures(alert.rule, alert.figures),
        "evidence_facts": len(alert.evidence),
        "suppressed_by": _exemptions(alert.figures.get(SUPPRESSED_BY, "")),
    }


def alert_detail(alert: Alert, changes: Sequence[Changed], places: Places) -> dict[str, Any]:
    """An alert with everything a person needs to judge what it is worth.

    `changes` are its newest ones in order; the first of them is compared with nothing when the
    ones before it were left out.
    """
    text = RULE_TEXTS.get(alert.rule)
    next_step = text.next_step if text else None
    if alert.figures.get(SUPPRESSED_BY):
        next_step = SUPPRESSED
    return {
        **alert_summary(alert),
        "indication": both(INDICATION),
        "severity_means": both(SEVERITIES[alert.severity]),
        "means": both(text.means) if text else None,
        "does_not_mean": both(text.does_not_mean) if text else None,
        "next_step": both(next_step) if next_step else None,
        "figures": figures(alert.figures),
        "exemptions": exemptions(alert.figures),
        "evidence": [_evidence(item, places) for item in alert.evidence],
        "changes": _changes(changes),
        "changes_omitted": max(0, (changes[0].change.revision - 1) if changes else 0),
    }


def feed_entry(changed: Changed) -> dict[str, Any]:
    """One change as the feed tells it."""
    change = changed.change
    return {
        "change_id": change.change_id,
        "alert_id": change.alert_id,
        "kind": changed.kind,
        "revision": change.revision,
        "rule": change.rule,
        **_title(change.rule),
        "severity": change.severity,
        "subject": {"kind": change.subject_kind, "ref": change.subject},
        "occurred_at": change.occurred_at,
        "recorded_at": changed.recorded_at,
        "episode": {"start": change.episode_start, "end": change.episode_end},
        "measures": measures(change.rule, change.figures),
        "evidence_facts": len(change.evidence),
        "suppressed_by": _exemptions(change.figures.get(SUPPRESSED_BY, "")),
    }


def measures(rule: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """The figures that say how grave it is, each with the limit it was held against."""
    text = RULE_TEXTS.get(rule)
    return [
        {
            "name": measure.figure,
            "label": both(FIGURES.get(measure.figure, _same(measure.figure))),
            "value": values[measure.figure],
            "comparison": measure.comparison,
            "limit": values[LIMIT_PREFIX + measure.limit] if measure.limit else None,
        }
        for measure in (text.measures if text else ())
        if _applies(measure, values)
    ]


def figures(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every figure and every number of the parameters, with what it is called."""
    return [
        {"name": name, "label": both(FIGURES.get(name, _same(name))), "value": values[name]}
        for name in sorted(values, key=lambda name: (name.startswith(LIMIT_PREFIX), name))
    ]


def exemptions(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """The exemptions that were considered and did not apply."""
    applied = values.get(SUPPRESSED_BY, "").split(", ")
    considered = _exemptions(values.get("exemptions_considered", ""))
    return [exemption for exemption in considered if exemption["name"] not in applied]


def dead_letter_view(
    row: Mapping[str, Any], redrives: Mapping[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    """A dead letter; `key` and `value` are base64, `value_bytes` is the size of the whole value.
    `redriven` says when it was driven again, and where its record stands anew."""
    value: bytes | None = row["value"]
    return {
        "dead_letter_id": row["dead_letter_id"],
        "folder": row["folder"],
        "source": {
            "topic": row["source_topic"],
            "partition": row["source_partition"],
            "offset": row["source_offset"],
        },
        "recorded_at": row["recorded_at"],
        "error": row["error"],
        "key": _base64(row["key"]),
        "value": _base64(value),
        "value_bytes": row["value_bytes"],
        "value_is_whole": value is None or len(value) == row["value_bytes"],
        "redriven": redrives.get(row["dead_letter_id"], []),
    }


def both(text: Both) -> dict[str, str]:
    """A text in both languages, as JSON has it."""
    return text._asdict()


def _exemptions(names: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "text": both(EXEMPTIONS.get(name, _same(name)))}
        for name in names.split(", ")
        if name
    ]


def _title(rule: str) -> dict[str, Any]:
    text = RULE_TEXTS.get(rule)
    return {"title": both(text.title if text else _same(rule))}


def _applies(measure: Measure, values: Mapping[str, str]) -> bool:
    has_limit = not measure.limit or LIMIT_PREFIX + measure.limit in values
    if measure.figure not in values or not has_limit:
        return False
    return measure.only_if is None or values.get(measure.only_if[0]) == measure.only_if[1]


def _evidence(item: Evidence, places: Places) -> dict[str, Any]:
    return {
        "fact_id": item.fact_id,
        "prescription_code": item.prescription_code,
        "occurred_at": item.occurred_at,
        "facility": places.view(item.facility_id),
        "note": item.note,
    }


def _changes(changes: Sequence[Changed]) -> list[dict[str, Any]]:
    views = []
    before: frozenset[str] | None = None
    for changed in changes:
        change = changed.change
        now = frozenset(item.fact_id for item in change.evidence)
        known = before if before is not None or change.revision > 1 else frozenset()
        views.append(
            {
                "change_id": change.change_id,
                "kind": changed.kind,
                "revision": change.revision,
                "severity": change.severity,
                "occurred_at": change.occurred_at,
                "recorded_at": changed.recorded_at,
                "episode": {"start": change.episode_start, "end": change.episode_end},
                "evidence_added": None if known is None else sorted(now - known),
                "evidence_removed": None if known is None else sorted(known - now),
                "cause_fact_id": getattr(change, "cause_fact_id", None),
                "position": {"partition": changed.partition, "offset": changed.offset},
            }
        )
        before = now
    return views


def _same(name: str) -> Both:
    return Both(name, name)


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
