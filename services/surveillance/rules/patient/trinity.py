"""Opioid, benzodiazepine and carisoprodol at once: all three in supply on the same day.

The rule: when a dispense adds to it, there is 1 day or more on which the patient has an opioid, a
benzodiazepine and the muscle relaxant carisoprodol in supply.

Source: the "holy trinity" notices of Maryland's monitoring programme (prescribers who were told
wrote it 68 % less often, others 36 %). Each of the three deepens the others' effect on breathing.

How days are counted: a dispense supplies its days' supply from the local day it was handed over,
that day included, and at most 90 days. Days still to come count as planned at the dispense. A
dispense whose days' supply is unknown proves no day.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that the three were taken together or that anybody misuses them: one may have been
stopped when the next began. It asks whether one prescriber knows of all three.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import BZD, MRLX, OPIOID
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, day_bits, supplies
from services.surveillance.timeline import Entry, Medicine, Timeline, calendar_date
from services.vietnam.bilingual import Wording

_THREE = (OPIOID, BZD, MRLX)
_ANY = OPIOID | BZD | MRLX


class TrinityLimits(Limits):
    """At least so many days with all three in supply."""

    overlap_days_min: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & _ANY != 0


def _is_one_of_three(_entry: Entry, medicine: Medicine) -> bool:
    return medicine.classes & _ANY != 0


def detect(timeline: Timeline, limits: TrinityLimits) -> Iterator[Hit]:
    """A hit is each dispense whose own days are among enough days with all three."""
    if not any(entry.dispensed and entry.classes & MRLX for entry in timeline):
        return
    found = supplies(timeline, limits.supply_days_max, _is_one_of_three)
    days = dict.fromkeys(_THREE, 0)
    for place, supply in enumerate(found):
        own = day_bits((supply,), found[0].first)
        for drug_class in _THREE:
            if supply.medicine.classes & drug_class:
                days[drug_class] |= own
        together = own & days[OPIOID] & days[BZD] & days[MRLX]
        if together.bit_count() >= limits.overlap_days_min:
            yield _hit(found[: place + 1], together)


def _hit(found: list[Supply], together: int) -> Hit:
    *earlier, own = found
    origin = found[0].first
    context = [supply for supply in earlier if day_bits((supply,), origin) & together]
    first_day, last_day = (together & -together).bit_length() - 1, together.bit_length() - 1
    return Hit(
        entry=own.entry,
        note=_note(own),
        context=tuple((supply.entry, _note(supply)) for supply in context[-EVIDENCE_MAX:]),
        weight=together.bit_count(),
        figures={
            "overlap_days": str(together.bit_count()),
            "overlap_first_day": calendar_date(origin + first_day).isoformat(),
            "overlap_last_day": calendar_date(origin + last_day).isoformat(),
            "practices": str(len({supply.entry.practice for supply in (*context, own)} - {""})),
        },
    )


def _note(supply: Supply) -> str:
    key, days = supply.medicine.key, supply.medicine.days
    return f"{key}, {days} ngày / {key}, {days} days"


RULE = Rule(
    name="trinity",
    version=1,
    severity="S2",
    title=Wording(
        vi="Người bệnh có đồng thời thuốc opioid, benzodiazepin và carisoprodol.",
        en="The patient has an opioid, a benzodiazepine and carisoprodol in supply at once.",
    ),
    source="Maryland PDMP clinical notifications: opioid, benzodiazepine and muscle relaxant",
    limits=TrinityLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.supply_days_max,
    concerns=_is_counted,
)
