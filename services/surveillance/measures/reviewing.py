"""One review: which months are due, what the rules find in them, what alerts change. Pure.

A month is reviewed once it is over and `GRACE_DAYS` have passed in the log, and again when facts
that came since change its counters or those it is compared with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from services.surveillance.engine import Change
from services.surveillance.measures.alerting import (
    SubjectAlert,
    alerts_of,
    difference,
    is_closed,
)
from services.surveillance.measures.dated import MeasureParameters, MeasureVersion
from services.surveillance.measures.months import Month
from services.surveillance.measures.panel import MONTHS_KEPT, Panel
from services.surveillance.measures.signals import Signal

GRACE_DAYS = 10
"""Days after the end of a month within which pharmacies that were cut off have reported."""

MONTHS_BEFORE = 6
"""Months before that what is found in a month may depend on (`panel.SERIES_DAYS`)."""


class Found(NamedTuple):
    """A signal, and the version of the rule that found it."""

    version: str
    rule: str
    signal: Signal


def due(changed: Mapping[Month, int], reviewed: Mapping[Month, int], at: int) -> dict[Month, int]:
    """The months to review now, each with the state of its counters to note as reviewed.

    `changed` counts, by month, how often a fact changed a counter of it; `reviewed` is what this
    function gave when a month was last reviewed; `at` is how far the log is known (epoch ms).
    """
    if not changed:
        return {}
    closed = [m for m in range(min(changed), max(changed) + 1) if is_closed(m, at, GRACE_DAYS)]
    states = {
        month: sum(changed.get(month - before, 0) for before in range(MONTHS_BEFORE + 1))
        for month in closed[-MONTHS_KEPT:]
    }
    return {month: state for month, state in states.items() if reviewed.get(month) != state}


def find(panel: Panel, parameters: MeasureParameters) -> list[Found]:
    """What the rules about the panel's kind of subject find in its month, subject by subject."""
    found = [
        Found(version.name, version.rule.name, signal)
        for version in parameters.at(panel.month)
        if version.rule.subject_kind == panel.kind
        for signal in version.rule.detect(panel, version.limits)
    ]
    return sorted(found, key=lambda one: (one.signal.subject, one.rule, one.version))


def changes(
    versions: Iterable[MeasureVersion],
    signals: Iterable[Found],
    told: Iterable[SubjectAlert],
    at: datetime,
) -> tuple[list[SubjectAlert], list[Change]]:
    """The alerts that differ from what was told, and the changes to tell.

    `signals` and `told` are all there are of the subjects, rules and years in question. What was
    judged by numbers that are not known any more stands as published.
    """
    by_name = {(version.rule.name, version.name): version for version in versions}
    wanted: dict[tuple[str, str], list[SubjectAlert]] = defaultdict(list)
    grouped: dict[tuple[str, str, str], list[Signal]] = defaultdict(list)
    for one in signals:
        if (one.rule, one.version) in by_name:
            grouped[one.rule, one.version, one.signal.subject].append(one.signal)
    for (rule, name, subject), of in grouped.items():
        version = by_name[rule, name]
        in_order = sorted(of, key=lambda signal: signal.month)
        wanted[rule, subject].extend(alerts_of(version, in_order))
    before: dict[tuple[str, str], dict[str, SubjectAlert]] = defaultdict(dict)
    for alert in told:
        if (alert.rule, alert.rule_version) in by_name:
            before[alert.rule, alert.subject][alert.alert_id] = alert
    kept: list[SubjectAlert] = []
    all_changes: list[Change] = []
    for pair in sorted(wanted.keys() | before.keys()):
        some, told_of = difference(before.get(pair, {}), wanted.get(pair, []), at)
        kept.extend(some)
        all_changes.extend(told_of)
    return kept, all_changes
