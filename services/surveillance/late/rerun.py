"""A patient's whole life judged twice: with what was known, and with all that came late. Pure.

Known is what the timeline took in time, and what earlier re-runs have taken; so what differs comes
from what waits in the lane alone. It concerns alerts that have settled, which the engine has let go
of: no late fact can reach one that it still holds (`Version.reach_days`). So the two never tell of
the same alert, and revisions go on from the one published last. Judging again what was not taken
yet gives the very same changes; what was taken gives none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from msgspec.structs import replace

from services.contracts.alerts import AlertChange, AlertRaised, AlertRetracted, AlertRevised
from services.contracts.facts import Fact, FactRecorded
from services.surveillance.engine import Change, evaluate, what_it_says
from services.surveillance.late.lane import LateFact
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import Horizon, OpenAlert, PatientState, day_number, insert

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

    `lane` is all that ever came late, by fact, and `taken` what the last re-run knew of it;
    `history` is everything the log tells, in its order; `published` the newest change of each
    alert; `since_day` that of the live state.
    """

    patient_ref: str
    since_day: int
    lane: Mapping[str, LateFact]
    taken: Mapping[str, LateFact]
    history: Iterable[Told]
    published: Mapping[str, AlertChange]


class Rerun(NamedTuple):
    """What the lane means for one patient.

    `added` are the facts that count now and did not, `removed` those that do not any more. Both are
    empty when all that waited in the lane was a repeat, or was withdrawn again.
    """

    changes: tuple[Change, ...] = ()
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


def rerun(patient: Patient, parameters: Parameters) -> Rerun:
    """What a patient's lane changes in the alerts that have settled; retractions come first."""
    told = _first_told(patient.history)
    before = told.holding(patient.lane, patient.taken)
    now = told.holding(patient.lane, patient.lane)
    added, removed = now.keys() - before.keys(), before.keys() - now.keys()
    causes = [told.facts[fact_id].fact for fact_id in added]
    causes += [told.withdrawals[fact_id].fact for fact_id in removed]
    if not causes:
        return Rerun()
    cause = max(causes, key=lambda fact: (fact.recorded_at, fact.fact_id))
    old = whole_life(before.values(), patient.patient_ref, parameters)
    new = whole_life(now.values(), patient.patient_ref, parameters)
    changes = (
        *_retracted(patient, old, new, cause),
        *_told(patient, old, new, cause.recorded_at, parameters),
    )
    return Rerun(changes, frozenset(added), frozenset(removed))


@dataclass
class _FirstTold:
    """The first record that tells each fact, and the first that withdraws it: it counts by these,
    and whatever comes later is a repeat."""

    facts: dict[str, Told] = field(default_factory=dict)
    withdrawals: dict[str, Told] = field(default_factory=dict)

    def holding(
        self, lane: Mapping[str, LateFact], known: Mapping[str, LateFact]
    ) -> dict[str, FactRecorded]:
        """The facts that hold if of what came too late only this much is known."""
        return {
            fact_id: told.fact
            for fact_id, told in self.facts.items()
            if isinstance(told.fact, FactRecorded)
            and _counts(told, lane, known, "offset")
            and not (
                fact_id in self.withdrawals
                and _counts(self.withdrawals[fact_id], lane, known, "withdrawn_offset")
            )
        }


def _counts(
    told: Told, lane: Mapping[str, LateFact], known: Mapping[str, LateFact], place: str
) -> bool:
    """Whether a first record came in time, or is known although it came too late."""
    came_late = told.fact.fact_id in lane and getattr(lane[told.fact.fact_id], place) == told.offset
    return not came_late or (
        told.fact.fact_id in known and getattr(known[told.fact.fact_id], place) == told.offset
    )


def _first_told(history: Iterable[Told]) -> _FirstTold:
    first = _FirstTold()
    for told in history:
        of_kind = first.facts if isinstance(told.fact, FactRecorded) else first.withdrawals
        of_kind.setdefault(told.fact.fact_id, told)
    return first


def whole_life(
    facts: Iterable[FactRecorded], patient_ref: str, parameters: Parameters
) -> dict[str, OpenAlert]:
    """The alerts of all these facts, folded in the order they happened with the horizon lifted."""
    state = PatientState(patient_ref=patient_ref, since_day=FIRST_DAY)
    for fact in sorted(facts, key=lambda fact: (fact.occurred_at, fact.fact_id)):
        state, _ = insert(state, fact, parameters.classes, WHOLE_LIFE)
    return evaluate(state.timeline, patient_ref, parameters)


def _retracted(
    patient: Patient, before: Mapping[str, OpenAlert], now: Mapping[str, OpenAlert], cause: Fact
) -> Iterator[AlertRetracted]:
    for alert_id in sorted(before.keys() - now.keys()):
        last = _open(patient.published.get(alert_id))
        if last is None or before[alert_id].settles_on > patient.since_day:
            continue
        said = {name: getattr(last, name) for name in AlertChange.__struct_fields__}
        revision = last.revision + 1
        said |= {"revision": revision, "change_id": f"{alert_id}.{revision}"}
        said |= {"occurred_at": cause.recorded_at, "cause_fact_id": cause.fact_id}
        yield AlertRetracted(**said)


def _told(
    patient: Patient,
    before: Mapping[str, OpenAlert],
    now: Mapping[str, OpenAlert],
    at: datetime,
    parameters: Parameters,
) -> Iterator[AlertRaised | AlertRevised]:
    """What is raised, and what says something else than was published."""
    rules = {planned.rule.name: planned.rule for planned in parameters.plan}
    for alert_id, alert in sorted(now.items(), key=lambda item: (item[1].start, item[0])):
        if before.get(alert_id) == alert or alert.settles_on > patient.since_day:
            continue
        last = patient.published.get(alert_id)
        revised = replace(alert, revision=last.revision + 1 if last else 1)
        said = what_it_says(rules[alert.rule], patient.patient_ref, alert_id, revised, at)
        held = _open(last)
        if held is None:
            yield AlertRaised(**said)
        elif any(getattr(held, name) != said[name] for name in _CONTENT):
            yield AlertRevised(**said)


def _open(last: AlertChange | None) -> AlertChange | None:
    """The change published last, unless it took the alert back."""
    return None if isinstance(last, AlertRetracted) else last
