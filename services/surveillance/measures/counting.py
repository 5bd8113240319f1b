"""Counters from timelines: what one fact changes in them. Pure.

Every counter is a sum over what the timelines hold: over facts, over all facts of one prescription,
over the months in which a patient came at all, or over the open alerts of a patient. `difference`
gives what one fact adds and takes away, so the sum of all differences is the same whatever the
order, repetition or lateness of the facts. Facts that a timeline forgets after 24 months stay
counted, in months long closed. A reversal counts when it takes back a dispense that was known: the
registry always tells the dispense first.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from services.contracts.facts import Fact, FactRecorded
from services.surveillance.drug_classes import BITS, BZD, CTRL, OPIOID
from services.surveillance.measures.measure import Key, Measure, slot_of
from services.surveillance.measures.months import first_day, last_day, month_of
from services.surveillance.timeline import (
    Entry,
    OpenAlert,
    PatientState,
    Timeline,
    epoch_ms,
    local_day,
    near,
)

Counts = Counter[Key]

LATE_REVERSAL_DAYS = 7
COLLECTED_DAYS_MAX = 31
"""So many days or more from issue to sale are one part."""

_SEDATIVE = BZD | BITS["ZDRUG"]
_NOT_SUSPECT = frozenset({"CANCER", "PALLIATIVE"})
_NIGHT_FROM, _NIGHT_UNTIL = 22 * 4, 5 * 4
"""Quarter hours of the local day."""


def difference(before: PatientState, fact: Fact, after: PatientState) -> dict[Key, int]:
    """What a fact changes in the counters; `before` and `after` are the engine's states."""
    changed: Counts = Counter()
    if after.timeline is not before.timeline:
        _count_facts(before, fact, after, changed)
    if after.alerts is not before.alerts:
        _count_alerts(before, after, changed)
    return {key: value for key, value in changed.items() if value}


def _count_facts(before: PatientState, fact: Fact, after: PatientState, changed: Counts) -> None:
    if isinstance(fact, FactRecorded):
        touched = _at(after.timeline, epoch_ms(fact.occurred_at), fact.fact_id)
        sign = +1
    else:
        touched = next((e for e in before.timeline if e.fact_id == fact.fact_id), None)
        sign = -1
    if touched is None:
        return
    patient = after.patient_ref
    for key, value in of_entry(touched, patient):
        changed[key] += sign * value
    others = [e for e in after.timeline if e.code == touched.code and e is not touched]
    both = sorted([*others, touched], key=lambda e: (e.at, e.fact_id))
    for key in of_prescription(both):
        changed[key] += sign
    for key in of_prescription(others):
        changed[key] -= sign
    month = month_of(touched.day)
    beside = [
        e for e in near(after.timeline, first_day(month), last_day(month)) if e is not touched
    ]
    for key in of_month([touched]) - of_month(beside):
        changed[key] += sign
    if sign < 0 and touched.dispensed and touched.pharmacy:
        month = first_day(month_of(touched.day))
        changed[Key(Measure.REVERSED, touched.pharmacy, month)] += 1
        if local_day(epoch_ms(fact.occurred_at)) - touched.day > LATE_REVERSAL_DAYS:
            changed[Key(Measure.REVERSED_LATE, touched.pharmacy, month)] += 1


def of_entry(entry: Entry, patient: str) -> Iterator[tuple[Key, int]]:
    """What one fact counts by itself. An unknown prescriber or pharmacy counts nothing."""
    month = first_day(month_of(entry.day))
    controlled = _is_controlled(entry)
    if entry.dispensed:
        return _of_dispense(entry, patient, month, controlled)
    return _of_prescription(entry, month, controlled) if entry.prescriber else iter(())


def _of_prescription(entry: Entry, month: int, controlled: bool) -> Iterator[tuple[Key, int]]:
    who, slot = entry.prescriber, slot_of(entry.at)
    yield Key(Measure.PRESCRIPTIONS, who, entry.day), 1
    yield Key(Measure.BY_QUARTER_HOUR, who, slot), 1
    yield Key(Measure.PRACTICES, who, month, entry.practice), 1
    if not controlled:
        return
    yield Key(Measure.CONTROLLED, who, month), 1
    yield Key(Measure.TEMPLATES, who, month, _template(entry)), 1
    slot_of_day = slot - entry.day * 96
    if slot_of_day >= _NIGHT_FROM or slot_of_day < _NIGHT_UNTIL:
        yield Key(Measure.CONTROLLED_AT_NIGHT, who, month), 1
    known = [m for m in entry.medicines if m.mme_milli and m.days]
    if known:
        yield Key(Measure.OPIOID_MME, who, month), _mme(entry)
        yield Key(Measure.OPIOID_DAYS, who, month), max(m.days or 0 for m in known)


def _of_dispense(
    entry: Entry, patient: str, month: int, controlled: bool
) -> Iterator[tuple[Key, int]]:
    who = entry.pharmacy
    tied = controlled and bool(who) and who != entry.practice
    if tied and entry.prescriber:
        yield Key(Measure.PATIENT_OF_PRESCRIBER, entry.prescriber, month, patient), 1
        yield Key(Measure.PRESCRIBER_AT_PHARMACY, who, month, entry.prescriber), 1
    if tied:
        yield Key(Measure.PATIENT_AT_PHARMACY, who, month, patient), 1
    if tied and (mme := _mme(entry)):
        yield Key(Measure.MME_AT_PHARMACY, patient, month, entry.supplier), mme
        if entry.practice:
            yield Key(Measure.MME_OF_PRACTICE, patient, month, entry.practice), mme
    if not who:
        return
    yield Key(Measure.DISPENSES, who, month), 1
    if entry.prescriber:
        yield Key(Measure.PRESCRIBERS_SERVED, who, month, entry.prescriber), 1
    if not controlled:
        return
    if entry.classes & OPIOID:
        yield Key(Measure.OPIOIDS_SOLD, who, month), 1
    if entry.classes & _SEDATIVE:
        yield Key(Measure.SEDATIVES_SOLD, who, month), 1


def of_prescription(entries: Sequence[Entry]) -> Iterator[Key]:
    """What the facts of one prescription code count together, once each; in time order."""
    issued = next((entry for entry in entries if not entry.dispensed), None)
    sold = [entry for entry in entries if entry.dispensed and entry.pharmacy]
    yield from dict.fromkeys(
        Key(Measure.SOLD_AT, entry.prescriber, entry.day, entry.pharmacy)
        for entry in sold
        if entry.prescriber and entry.pharmacy != entry.practice
    )
    if issued is None or issued.code[-1:].lower() == "n":
        return
    for entry in sold:
        days = min(max(entry.day - issued.day, 0), COLLECTED_DAYS_MAX)
        month = first_day(month_of(entry.day))
        yield Key(Measure.COLLECTED_AFTER, entry.pharmacy, month, str(days))


def of_month(entries: Iterable[Entry]) -> set[Key]:
    """Whose patient or customer facts of one month make somebody; once, however many they are."""
    found: set[Key] = set()
    for entry in entries:
        month = first_day(month_of(entry.day))
        if entry.dispensed and entry.pharmacy:
            found.add(Key(Measure.CUSTOMERS, entry.pharmacy, month))
        elif not entry.dispensed and entry.prescriber and _is_controlled(entry):
            found.add(Key(Measure.PATIENTS, entry.prescriber, month))
    return found


def _is_controlled(entry: Entry) -> bool:
    return bool(entry.classes & CTRL) and entry.treatment not in _NOT_SUSPECT


def _count_alerts(before: PatientState, after: PatientState, changed: Counts) -> None:
    """An alert that was forgotten because it settled stays counted."""
    for alert_id, alert in after.alerts.items():
        if before.alerts.get(alert_id) is not alert:
            changed.update(_of_alert(alert, after))
    for alert_id, alert in before.alerts.items():
        gone = alert_id in after.retracted or alert_id in after.alerts
        if gone and after.alerts.get(alert_id) is not alert:
            changed.subtract(_of_alert(alert, before))


def _of_alert(alert: OpenAlert, state: PatientState) -> Iterable[Key]:
    month = first_day(month_of(local_day(alert.start)))
    proofs = {proof.fact_id for proof in alert.evidence}
    who = {e.prescriber for e in state.timeline if e.fact_id in proofs and e.prescriber}
    yield Key(Measure.ALERTS, state.patient_ref, month, alert.rule)
    for prescriber in sorted(who):
        yield Key(Measure.ALERTS_OF_PATIENTS, prescriber, month, alert.rule)


def _mme(entry: Entry) -> int:
    """Thousandths of morphine milligram equivalents of all medicines and days that are known."""
    return sum((m.mme_milli or 0) * (m.days or 0) for m in entry.medicines)


def _template(entry: Entry) -> str:
    """What was prescribed, for how long; the same text for the same."""
    drugs = sorted(f"{medicine.key}*{medicine.days or '?'}" for medicine in entry.medicines)
    return hashlib.blake2b("\x1f".join(drugs).encode(), digest_size=8).hexdigest()


def _at(timeline: Timeline, at: int, fact_id: str) -> Entry | None:
    place = bisect_left(timeline, (at, fact_id), key=lambda e: (e.at, e.fact_id))
    if place < len(timeline) and timeline[place].fact_id == fact_id:
        return timeline[place]
    return None
