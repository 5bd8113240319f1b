"""What came too late, judged with a patient's whole life. Pure.

A re-run folds all facts in the order they happened, with the horizon lifted, and compares the
alerts it finds with those published, near each late fact and nowhere else. Only alerts that have
settled concern it: the engine has let go of them, and still tells of all others. So the two never
tell of the same alert, and revisions go on from the one published last. A re-run of what was not
taken yet gives the very same changes; when they are published, it gives none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from services.contracts.alerts import AlertChange, AlertRaised, AlertRetracted, AlertRevised
from services.contracts.facts import Fact, FactRecorded, FactWithdrawn
from services.surveillance.engine import Change, evaluate, what_it_says
from services.surveillance.late.lane import LateFact
from services.surveillance.parameters import Parameters, Version
from services.surveillance.timeline import (
    Horizon,
    OpenAlert,
    PatientState,
    day_number,
    epoch_ms,
    insert,
    local_day,
)

FIRST_DAY = day_number(date.min)
WHOLE_LIFE = Horizon(days=day_number(date.max) - FIRST_DAY, facts=2**31)
"""The horizon lifted."""

_CONTENT = ("episode_end", "severity", "evidence", "figures")
"""What an alert may say differently in its next revision."""


class Told(NamedTuple):
    """A fact or a withdrawal, and its place in the patient's partition of the log."""

    offset: int
    fact: Fact


class Patient(NamedTuple):
    """One patient in the lane.

    `waiting` is what no re-run has taken yet; `history` everything the log tells, in its order;
    `published` the newest change of each alert; `since_day` that of the live state.
    """

    patient_ref: str
    since_day: int
    waiting: Sequence[LateFact]
    history: Iterable[Told]
    published: Mapping[str, AlertChange]


class Rerun(NamedTuple):
    """What the lane means for one patient.

    `late` are the facts that came too late and hold, `withdrawn` those that were withdrawn too
    late. Both are empty when all that waits is repeats.
    """

    changes: tuple[Change, ...] = ()
    late: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()


def rerun(patient: Patient, parameters: Parameters) -> Rerun:
    """What a patient's lane changes in the alerts that have settled; retractions come first."""
    facts, withdrawals = _first_told(patient.history)
    late: set[str] = set()
    withdrawn: set[str] = set()
    for waiting in patient.waiting:
        fact_id = waiting.fact_id
        if fact_id in withdrawals and withdrawals[fact_id][0] == waiting.withdrawn_offset:
            withdrawn.add(fact_id)
        elif fact_id in facts and facts[fact_id][0] == waiting.offset:
            late.add(fact_id)
    late -= withdrawals.keys()
    withdrawn &= facts.keys()
    causes: list[Fact] = [facts[fact_id][1] for fact_id in late]
    causes += [withdrawals[fact_id][1] for fact_id in withdrawn]
    if not causes:
        return Rerun()
    days = {local_day(epoch_ms(facts[fact_id][1].occurred_at)) for fact_id in late | withdrawn}
    cause = max(causes, key=lambda fact: (fact.recorded_at, fact.fact_id))
    holding = (fact for fact_id, (_, fact) in facts.items() if fact_id not in withdrawals)
    found = whole_life(holding, patient.patient_ref, parameters)
    near = _Near(parameters, days, patient.since_day)
    retracted = _retracted(patient, found, near, cause)
    changes = (*retracted, *_told(patient, found, near, cause))
    return Rerun(changes, frozenset(late), frozenset(withdrawn))


def whole_life(
    facts: Iterable[FactRecorded], patient_ref: str, parameters: Parameters
) -> dict[str, OpenAlert]:
    """The alerts of all these facts, folded in the order they happened with the horizon lifted."""
    state = PatientState(patient_ref=patient_ref, since_day=FIRST_DAY)
    for fact in sorted(facts, key=lambda fact: (fact.occurred_at, fact.fact_id)):
        state, _ = insert(state, fact, parameters.classes, WHOLE_LIFE)
    return evaluate(state.timeline, patient_ref, parameters)


def _first_told(
    history: Iterable[Told],
) -> tuple[dict[str, tuple[int, FactRecorded]], dict[str, tuple[int, FactWithdrawn]]]:
    """The first record that tells each fact, and the first that withdraws it. Later ones are
    repeats: where such a one came too late, the first had come in time."""
    facts: dict[str, tuple[int, FactRecorded]] = {}
    withdrawals: dict[str, tuple[int, FactWithdrawn]] = {}
    for offset, fact in history:
        if isinstance(fact, FactRecorded):
            facts.setdefault(fact.fact_id, (offset, fact))
        else:
            withdrawals.setdefault(fact.fact_id, (offset, fact))
    return facts, withdrawals


class _Near:
    """Which alerts a re-run may tell of: those that have settled, near enough to a late fact to
    begin, end or say something else because of it."""

    def __init__(self, parameters: Parameters, days: Set[int], since_day: int) -> None:
        self.versions: dict[tuple[str, str], Version] = {
            (version.rule.name, version.name): version
            for _, versions, _ in parameters.plan
            for version in versions
        }
        self._days = days
        self._since_day = since_day

    def __call__(self, rule: str, rule_version: str, start: int, end: int) -> bool:
        """`start` and `end` are epoch milliseconds. What was judged by numbers that are not known
        any more stands as published."""
        version = self.versions.get((rule, rule_version))
        first, last = local_day(start), local_day(end)
        if version is None or first >= self._since_day + version.reach_days:
            return False
        return any(first - version.reach_days <= day <= last for day in self._days)


def _retracted(
    patient: Patient, found: Mapping[str, OpenAlert], near: _Near, cause: Fact
) -> Iterator[AlertRetracted]:
    for alert_id, last in sorted(patient.published.items()):
        if isinstance(last, AlertRetracted) or alert_id in found:
            continue
        start, end = epoch_ms(last.episode_start), epoch_ms(last.episode_end)
        if near(last.rule, last.rule_version, start, end):
            said = {name: getattr(last, name) for name in AlertChange.__struct_fields__}
            said["revision"] = last.revision + 1
            said["change_id"] = f"{alert_id}.{last.revision + 1}"
            said["occurred_at"] = cause.recorded_at
            yield AlertRetracted(**said, cause_fact_id=cause.fact_id)


def _told(
    patient: Patient, found: Mapping[str, OpenAlert], near: _Near, cause: Fact
) -> Iterator[AlertRaised | AlertRevised]:
    """What is raised, and what says something else than was published."""
    for alert_id, alert in sorted(found.items(), key=lambda item: (item[1].start, item[0])):
        last = patient.published.get(alert_id)
        end = max(alert.end, epoch_ms(last.episode_end) if last else alert.end)
        if not near(alert.rule, alert.rule_version, alert.start, end):
            continue
        next_one = replace(alert, revision=last.revision + 1 if last else 1)
        rule = near.versions[alert.rule, alert.rule_version].rule
        said = what_it_says(rule, patient.patient_ref, alert_id, next_one, cause.recorded_at)
        if last is None or isinstance(last, AlertRetracted):
            yield AlertRaised(**said)
        elif any(getattr(last, name) != said[name] for name in _CONTENT):
            yield AlertRevised(**said)
