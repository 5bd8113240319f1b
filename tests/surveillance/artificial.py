"""Artificial facts in a pharmacist's words, and what the engine makes of them.

Days are local calendar days counted from 1 January 2026; a fact is recorded a minute after it
happened. No patient, practice or pharmacy here exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import yaml

import services.surveillance.parameters as shipped
from services.contracts.alerts import SUPPRESSED_BY, AlertRaised, AlertRetracted, AlertRevised
from services.contracts.facts import Fact, FactLine, FactRecorded, FactWithdrawn
from services.contracts.terms import Drug
from services.surveillance.drug_classes import DrugClasses
from services.surveillance.engine import Change, apply, hits
from services.surveillance.parameters import Document, Parameters, Version
from services.surveillance.timeline import OpenAlert, PatientState, Timeline

PATIENT = "patient-mau-0042"
LOCAL = timezone(timedelta(hours=7))
HANOI, HAI_PHONG, HCMC = (21.0278, 105.8342), (20.8449, 106.6881), (10.7769, 106.7009)

TRAMADOL = Drug(code="MAU-1", ingredients=("tramadol",), atc="N02AX02", control_class="NARCOTIC")
MORPHINE = Drug(code="MAU-2", ingredients=("morphine",), atc="N02AA01", control_class="NARCOTIC")
DIAZEPAM = Drug(
    code="MAU-3", ingredients=("diazepam",), atc="N05BA01", control_class="PSYCHOTROPIC"
)
AMLODIPINE = Drug(code="MAU-4", ingredients=("amlodipine",), atc="C08CA01", control_class="NONE")
HERBAL = Drug(code="MAU-5", ingredients=("cam thao", "gung"), control_class="NONE")

CLASSES = DrugClasses.load()
SHIPPED = Parameters.load()

_SHIPPED_ENTRIES = yaml.safe_load(
    Path(shipped.__file__).with_name("parameters.yaml").read_text("utf-8")
)["rules"]

_numbers = count(1)


def at(day: float, hour: float = 9, minute: float = 0) -> datetime:
    """A moment of local time, days after 1 January 2026."""
    return datetime(2026, 1, 1, tzinfo=LOCAL) + timedelta(days=day, hours=hour, minutes=minute)


def medicine(drug: Drug, days: int | None = 30, line: int = 1) -> FactLine:
    return FactLine(line=line, drug=drug, quantity=Decimal(30), days_supply=days)


def dispensed(
    drug: Drug | tuple[FactLine, ...] = AMLODIPINE,
    when: datetime | float = 0,
    days: int | None = 30,
    **given: Any,
) -> FactRecorded:
    """A dispense: one medicine for so many days, or several lines; at 9 o'clock of day `when`."""
    given.setdefault("pharmacy_id", "01P01")
    return _fact("DISPENSED", drug, when, days, given)


def prescribed(
    drug: Drug | tuple[FactLine, ...] = AMLODIPINE,
    when: datetime | float = 0,
    days: int | None = 30,
    **given: Any,
) -> FactRecorded:
    return _fact("PRESCRIBED", drug, when, days, given)


def _fact(
    kind: Any,
    drug: Drug | tuple[FactLine, ...],
    when: datetime | float,
    days: int | None,
    given: dict[str, Any],
) -> FactRecorded:
    number = next(_numbers)
    occurred_at = when if isinstance(when, datetime) else at(when)
    for facility in ("practice", "pharmacy"):
        if place := given.pop(f"{facility}_place", None):
            given[f"{facility}_latitude"], given[f"{facility}_longitude"] = place
    given.setdefault("fact_id", f"fact-{number:06d}")
    given.setdefault("prescription_code", f"01001{number:07d}-c")
    given.setdefault("practice_id", "01001")
    given.setdefault("treatment", "ACUTE")
    given.setdefault("recorded_at", occurred_at + timedelta(minutes=1))
    return FactRecorded(
        kind=kind,
        patient_ref=PATIENT,
        occurred_at=occurred_at,
        prescriber_id="prescriber-mau",
        lines=drug if isinstance(drug, tuple) else (medicine(drug, days),),
        **given,
    )


def withdrawn(fact: FactRecorded, after_days: float = 0) -> FactWithdrawn:
    """The withdrawal of a fact, an hour and so many days after it was recorded."""
    moment = fact.recorded_at + timedelta(days=after_days, hours=1)
    return FactWithdrawn(
        fact_id=fact.fact_id,
        patient_ref=PATIENT,
        prescription_code=fact.prescription_code,
        cause_event_id=f"reversal-of-{fact.fact_id}",
        occurred_at=moment,
        recorded_at=moment,
    )


def parameters(*rules: str, until: date | None = None, **changes: Any) -> Parameters:
    """The shipped parameters of these rules alone; `changes` go to limits of those names, else to
    the entries themselves. They hold `until` a day, from which on the shipped ones hold again."""
    entries = deepcopy(_SHIPPED_ENTRIES)
    for rule in rules:
        entry = entries[rule][-1]
        if until is not None:
            entries[rule].append(deepcopy(entry) | {"effective_from": until})
        for name, value in changes.items():
            if name in entry["limits"]:
                entry["limits"][name] = value
            elif name in entry:
                entry[name] = value
    document = Document.model_validate({"rules": {rule: entries[rule] for rule in rules}})
    return Parameters(document, CLASSES)


def version(rule: str, **changes: Any) -> Version:
    return parameters(rule, **changes).at(at(0))[rule]


@dataclass
class Board:
    """What a regulator's office knows from the changes alone, next to the engine's own state."""

    parameters: Parameters = SHIPPED
    state: PatientState = field(default_factory=lambda: PatientState(patient_ref=PATIENT))
    changes: list[Change] = field(default_factory=list)
    open: dict[str, Change] = field(default_factory=dict)

    def tell(self, *facts: Fact) -> tuple[Change, ...]:
        """Tell facts one after the other; the changes the last one made."""
        changes: tuple[Change, ...] = ()
        for fact in facts:
            self.state, changes = apply(self.state, fact, self.parameters)
            for change in changes:
                self._take(change)
        return changes

    def _take(self, change: Change) -> None:
        before = self.open.get(change.alert_id)
        assert change.change_id not in {known.change_id for known in self.changes}
        self.changes.append(change)
        match change:
            case AlertRaised():
                assert before is None
                self.open[change.alert_id] = change
            case AlertRevised():
                assert before is not None
                assert change.revision == before.revision + 1
                self.open[change.alert_id] = change
            case AlertRetracted():
                assert before is not None
                assert change.revision == before.revision + 1
                del self.open[change.alert_id]

    @property
    def alerts(self) -> list[OpenAlert]:
        return sorted(self.state.alerts.values(), key=lambda alert: alert.start)


def alerts(rule: str, facts: Iterable[FactRecorded], **changes: Any) -> list[OpenAlert]:
    """The alerts of one rule after these facts, by start, without those that are on record only."""
    found = _found(rule, facts, **changes)
    return [alert for alert in found if SUPPRESSED_BY not in alert.figures]


def suppressed(rule: str, facts: Iterable[FactRecorded], **changes: Any) -> list[OpenAlert]:
    """What one rule has on record only after these facts, because an exemption holds."""
    found = _found(rule, facts, **changes)
    return [alert for alert in found if SUPPRESSED_BY in alert.figures]


def _found(rule: str, facts: Iterable[FactRecorded], **changes: Any) -> list[OpenAlert]:
    board = Board(parameters(rule, **changes))
    board.tell(*facts)
    return board.alerts


def hit_facts(timeline: Timeline, rule: str, **changes: Any) -> set[str]:
    """The facts at which a rule with these limits is complete, without the exempt ones."""
    found = hits(timeline, version(rule, **changes))
    return {hit.entry.fact_id for hit in found if not hit.suppressed_by}
