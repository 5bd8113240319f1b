"""The same medicine from two practices at once.

The rule: a medicine (ATC level 5) is handed over while 3 or more days of the same medicine, which
another practice prescribed, are in supply on the same days.

Source: therapeutic duplication in drug utilisation review (DUR).

How days are counted: a dispense supplies its days' supply from the local day it was handed over,
that day included, and at most 90 days. A dispense whose days' supply is unknown proves no day.
Medicines without an ATC code of level 5 are the same when their ingredients are. Prescriptions of
one practice are not compared (that is `early-refill`); an unknown practice is not compared.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that anybody took it twice: a hospital often goes on with what a clinic began, and
the second prescription replaces the first in fact if not on paper. It asks whether the patient was
told which one to take.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import CTRL
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, overlap_days, supplies
from services.surveillance.timeline import Entry, Medicine, Timeline
from services.vietnam.bilingual import Wording


class DupL5Limits(Limits):
    """At least so many days of the same medicine from another practice."""

    overlap_days_min: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed


def _is_comparable(entry: Entry, medicine: Medicine) -> bool:
    return medicine.key != "" and entry.practice != ""


def detect(timeline: Timeline, limits: DupL5Limits) -> Iterator[Hit]:
    """A hit is each dispense that doubles enough days of another practice's medicine."""
    if len({entry.practice for entry in timeline if entry.dispensed} - {""}) < 2:
        return
    by_key: dict[str, list[Supply]] = {}
    for own in supplies(timeline, limits.supply_days_max, _is_comparable):
        found = by_key.setdefault(own.medicine.key, [])
        doubled = [
            supply
            for supply in found
            if supply.until - own.first >= limits.overlap_days_min
            and supply.entry.practice != own.entry.practice
            and overlap_days(supply, own) >= limits.overlap_days_min
        ]
        if doubled:
            yield _hit(own, doubled)
        found.append(own)


def _hit(own: Supply, doubled: list[Supply]) -> Hit:
    days = max(overlap_days(supply, own) for supply in doubled)
    return Hit(
        entry=own.entry,
        note=_note(own),
        context=tuple((supply.entry, _note(supply)) for supply in doubled[-EVIDENCE_MAX:]),
        weight=days,
        figures={
            "medicine": own.medicine.key,
            "controlled": "yes" if own.medicine.classes & CTRL else "no",
            "overlap_days": str(days),
            "practices": str(len({s.entry.practice for s in (*doubled, own)})),
        },
        severity="S2" if own.medicine.classes & CTRL else "S3",
    )


def _note(supply: Supply) -> str:
    key, days, practice = supply.medicine.key, supply.medicine.days, supply.entry.practice
    return f"{key}, {days} ngày, kê tại {practice} / {key}, {days} days, prescribed at {practice}"


RULE = Rule(
    name="dup-l5",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh có cùng một thuốc do hai cơ sở kê trong cùng những ngày.",
        en="The patient has the same medicine of two practices in supply on the same days.",
    ),
    source="Therapeutic duplication in drug utilisation review (DUR)",
    limits=DupL5Limits,
    detect=detect,
    looks_back_days=lambda limits: limits.supply_days_max,
    concerns=_is_counted,
)
