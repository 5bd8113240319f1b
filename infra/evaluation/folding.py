"""The country through the real engine, cut by patient over all processors.

What comes back of a patient is small: the alerts that stand in the end, how many were raised and
taken back on the way, and the labels. The engine sees facts only.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from infra.evaluation.country.generator import Country, Patient
from infra.evaluation.country.labels import Label
from infra.evaluation.oracle.log_file import write_log
from services.contracts.alerts import AlertRaised, AlertRetracted
from services.contracts.terms import Severity
from services.surveillance.engine import Change, apply
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import PatientState, epoch_ms

CHUNK = 250
"""Patients that one process takes at a time."""


class Standing(NamedTuple):
    """An alert that stands in the end. `raised_at` is when the fact that raised it (the last time,
    if it had been taken back meanwhile) was recorded."""

    rule: str
    severity: Severity
    start: int
    end: int
    hits: int
    raised_at: datetime
    fact_ids: tuple[str, ...]
    is_suppressed: bool = False


class Folded(NamedTuple):
    """One patient after the whole log. `raised` and `retracted` count changes by rule; `suppressed`
    are alerts on record for which exemptions hold, counted nowhere else."""

    ref: str
    facts: int
    alerts: tuple[Standing, ...]
    raised: Counter[str]
    retracted: Counter[str]
    labels: tuple[Label, ...]
    suppressed: tuple[Standing, ...] = ()


def fold(patient: Patient, parameters: Parameters) -> Folded:
    """Tell the engine everything, in the order of the log, and follow its changes as a regulator
    does: an alert that has settled stands as published."""
    state = PatientState(patient_ref=patient.ref)
    raised: Counter[str] = Counter()
    retracted: Counter[str] = Counter()
    published: dict[str, tuple[Change, datetime]] = {}
    for fact in patient.facts:
        state, changes = apply(state, fact, parameters)
        for change in changes:
            if isinstance(change, AlertRetracted):
                retracted[change.rule] += not change.is_suppressed
                del published[change.alert_id]
                continue
            raised_at = change.occurred_at
            if isinstance(change, AlertRaised):
                raised[change.rule] += not change.is_suppressed
            else:
                raised_at = published[change.alert_id][1]
            published[change.alert_id] = change, raised_at
    alerts = [_standing(change, raised_at) for change, raised_at in published.values()]
    alerts.sort(key=lambda alert: (alert.rule, alert.start))
    shown = tuple(alert for alert in alerts if not alert.is_suppressed)
    suppressed = tuple(alert for alert in alerts if alert.is_suppressed)
    facts = len(patient.facts)
    return Folded(patient.ref, facts, shown, raised, retracted, patient.labels, suppressed)


def _standing(change: Change, raised_at: datetime) -> Standing:
    return Standing(
        rule=change.rule,
        severity=change.severity,
        start=epoch_ms(change.episode_start),
        end=epoch_ms(change.episode_end),
        hits=int(change.figures["hits"]),
        raised_at=raised_at,
        fact_ids=tuple(evidence.fact_id for evidence in change.evidence),
        is_suppressed=change.is_suppressed,
    )


def fold_country(
    country: Country, processes: int, logs: Path | None = None
) -> Iterator[list[Folded]]:
    """Everybody, chunk by chunk in the order of their numbers, with the shipped parameters. With
    `logs`, an existing folder, the log itself is written there for the oracle."""
    chunks = [country.numbers[i : i + CHUNK] for i in range(0, len(country.numbers), CHUNK)]
    context = multiprocessing.get_context("spawn")  # the same on every system
    with ProcessPoolExecutor(processes, context, _begin, (country, logs)) as pool:
        yield from pool.map(_fold_chunk, chunks)


class _Desk:
    """What each process keeps at hand."""

    country: Country
    parameters: Parameters
    logs: Path | None


def _begin(country: Country, logs: Path | None) -> None:
    _Desk.country, _Desk.logs = country, logs
    _Desk.parameters = Parameters.load()


def _fold_chunk(numbers: Sequence[int]) -> list[Folded]:
    patients = [_Desk.country.patient(number) for number in numbers]
    if _Desk.logs is not None:
        told = (fact for patient in patients for fact in patient.facts)
        write_log(told, _Desk.logs / f"{numbers[0]:09d}.csv")
    return [fold(patient, _Desk.parameters) for patient in patients]
