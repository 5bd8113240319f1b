"""The engine: one fact in, the difference between the alerts before and after out. Pure.

    apply(state, fact, parameters) -> (state', changes)

After each fact, every rule it concerns looks at the whole timeline; what it finds is compared
with the alerts open, and only the difference is said: raised, revised, retracted. So late,
out-of-order, repeated and withdrawn facts end in the same alerts as orderly ones, which `evaluate`
gives in one go.

No clock: a fact's event time decides what is found and which parameters judge it, and a change is
dated by the recording of the fact that caused it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from msgspec.structs import replace

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised, Evidence
from services.contracts.facts import Fact, FactRecorded
from services.surveillance.findings import AnyRule, Finding, Hit, episodes, finding
from services.surveillance.parameters import Parameters, Version
from services.surveillance.timeline import (
    Entry,
    OpenAlert,
    PatientState,
    Proof,
    Retracted,
    Timeline,
    insert,
    moment,
    near,
    withdraw,
)

Change = AlertRaised | AlertRevised | AlertRetracted


def apply(
    state: PatientState, fact: Fact, parameters: Parameters
) -> tuple[PatientState, tuple[Change, ...]]:
    """Take a fact in; the changes come rule by rule, what is retracted before what is raised.

    A fact that changes nothing (repeated, of an unknown kind, too late) gives no change; what came
    too late is for the late lane (`late.lane.is_missed`).
    Raises ValueError for a fact of another patient.
    """
    if fact.patient_ref != state.patient_ref:
        raise ValueError("this fact belongs to another patient; look its state up by patient_ref")
    since_day_before = state.since_day
    if isinstance(fact, FactRecorded):
        state, touched = insert(state, fact, parameters.classes)
    else:
        state, touched = withdraw(state, fact)
    if state.since_day > since_day_before:
        state = _settle(state)
    if touched is None:
        return state, ()
    changes: list[Change] = []
    for rule, versions, exempting in parameters.plan:
        concerned = rule.concerns(touched) or touched.treatment in exempting
        if concerned and _may_differ(state, rule, versions, touched):
            state = _difference(state, rule, versions, fact, changes)
    return state, tuple(changes)


def evaluate(
    timeline: Timeline, patient_ref: str, parameters: Parameters, since_day: int = 0
) -> dict[str, OpenAlert]:
    """The alerts that hold on a timeline, by id, each as revision 1: what a batch run would find.

    `since_day` is the first day the timeline knows of; alerts settled by then are left out.
    """
    return {
        _alert_id(version, patient_ref, episode): _opened(version, episode, 1)
        for _, versions, _ in parameters.plan
        for version in versions
        for episode in _findings(hits(timeline, version, since_day), version, since_day)
    }


def hits(timeline: Timeline, version: Version, since_day: int = 0) -> list[Hit]:
    """The hits of one version of a rule on facts of its own days; the exempt ones say by what.

    Left out are hits that would need facts from before `since_day` to be sure of.
    """
    if not version.enabled:
        return []
    first_day = max(version.from_day, since_day + version.looks_back_days if since_day else 0)
    found = [
        hit
        for hit in version.rule.detect(timeline, version.limits)
        if first_day <= hit.entry.day < version.until_day
    ]
    for exemption in version.exemptions if found else ():
        treated = tuple(entry for entry in timeline if entry.treatment == exemption.treatment)
        found = [
            replace(hit, suppressed_by=(*hit.suppressed_by, exemption.name))
            if exemption.holds(treated, hit, version.exemption_days)
            else hit
            for hit in found
        ]
    found.sort(key=_in_time)
    return found


def _findings(found: list[Hit], version: Version, since_day: int) -> Iterator[Finding]:
    """Exempt hits make episodes of their own, so that they move no start of the others."""
    shown = [hit for hit in found if not hit.suppressed_by]
    suppressed = [hit for hit in found if hit.suppressed_by]
    for episode in chain(*(episodes(some, version.rearm_days) for some in (shown, suppressed))):
        result = finding(episode, version.rule, is_shadow=version.mode == "shadow")
        if not since_day or result.start_day >= since_day + version.reach_days:
            yield result


def _may_differ(
    state: PatientState, rule: AnyRule, versions: Sequence[Version], touched: Entry
) -> bool:
    """Whether a rule must look at the whole timeline: it found something there before, or finds
    something now among the only facts whose hits this one can change."""
    if rule.name in state.rules_hit:
        return True
    for version in versions:
        reaches = version.looks_back_days
        around = near(state.timeline, touched.day - reaches, touched.day + reaches)
        if any(hit.entry.day >= touched.day for hit in hits(around, version, state.since_day)):
            return True
    return False


def _difference(
    state: PatientState,
    rule: AnyRule,
    versions: Sequence[Version],
    fact: Fact,
    changes: list[Change],
) -> PatientState:
    """Bring one rule's open alerts to what it finds now, and note each change."""
    now: dict[str, tuple[Version, Finding]] = {}
    rules_hit = set(state.rules_hit) - {rule.name}
    for version in versions:
        if found := hits(state.timeline, version, state.since_day):
            rules_hit.add(rule.name)
            for episode in _findings(found, version, state.since_day):
                now[_alert_id(version, state.patient_ref, episode)] = version, episode
    alerts, retracted = dict(state.alerts), dict(state.retracted)
    for alert_id, before in state.alerts.items():
        if before.rule == rule.name and alert_id not in now:
            del alerts[alert_id]
            gone = replace(before, revision=before.revision + 1)
            retracted[alert_id] = Retracted(gone.revision, gone.settles_on)
            told = what_it_says(rule, state.patient_ref, alert_id, gone, fact.recorded_at)
            changes.append(AlertRetracted(**told, cause_fact_id=fact.fact_id))
    for alert_id, (version, episode) in now.items():
        known = alerts.get(alert_id)
        last = known or retracted.pop(alert_id, None)
        opened = _opened(version, episode, last.revision + 1 if last else 1)
        if known is None or not _says_the_same(known, opened):
            alerts[alert_id] = opened
            told = what_it_says(rule, state.patient_ref, alert_id, opened, fact.recorded_at)
            changes.append(AlertRaised(**told) if known is None else AlertRevised(**told))
    return replace(state, alerts=alerts, retracted=retracted, rules_hit=tuple(sorted(rules_hit)))


def _settle(state: PatientState) -> PatientState:
    """Forget alerts that nothing kept can change any more: they stand as published."""
    day = state.since_day
    alerts = {key: alert for key, alert in state.alerts.items() if alert.settles_on > day}
    retracted = {key: gone for key, gone in state.retracted.items() if gone.settles_on > day}
    if len(alerts) == len(state.alerts) and len(retracted) == len(state.retracted):
        return state
    return replace(state, alerts=alerts, retracted=retracted)


def _in_time(hit: Hit) -> tuple[int, str, str]:
    return hit.entry.at, hit.entry.fact_id, hit.note


def _alert_id(version: Version, patient_ref: str, found: Finding) -> str:
    parts = [version.rule.name, version.name, patient_ref, str(found.start)]
    if found.is_suppressed:
        parts.append("suppressed")  # never another revision of an alert that somebody was told of
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
    return f"{version.rule.name}-{digest}"


def _opened(version: Version, found: Finding, revision: int) -> OpenAlert:
    return OpenAlert(
        rule=version.rule.name,
        rule_version=version.name,
        severity=found.severity,
        revision=revision,
        start=found.start,
        end=found.end,
        settles_on=found.start_day - version.reach_days + 1,
        evidence=found.evidence,
        figures={**found.figures, **version.figures},
    )


def _says_the_same(before: OpenAlert, after: OpenAlert) -> bool:
    return (
        before.end == after.end
        and before.evidence == after.evidence
        and before.figures == after.figures
        and before.severity == after.severity
    )


def what_it_says(
    rule: AnyRule, patient_ref: str, alert_id: str, alert: OpenAlert, at: datetime
) -> dict[str, Any]:
    """What every change says of an alert, dated `at`; `change_id` is never used twice."""
    return {
        "change_id": f"{alert_id}.{alert.revision}",
        "alert_id": alert_id,
        "revision": alert.revision,
        "rule": alert.rule,
        "rule_version": alert.rule_version,
        "severity": alert.severity,
        "subject_kind": rule.subject_kind,
        "subject": patient_ref,
        "episode_start": moment(alert.start),
        "episode_end": moment(alert.end),
        "evidence": tuple(_evidence(proof) for proof in alert.evidence),
        "figures": alert.figures,
        "occurred_at": at,
    }


def _evidence(proof: Proof) -> Evidence:
    return Evidence(
        fact_id=proof.fact_id,
        prescription_code=proof.code,
        occurred_at=moment(proof.at),
        facility_id=proof.facility,
        note=proof.note,
    )
