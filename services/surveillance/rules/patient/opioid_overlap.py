"""Opioids of two practices at once: both in supply on the same days.

The rule: when a dispense adds to it, the days on which the patient has opioids that different
practices prescribed in supply reach 7 or more within 90 consecutive days.

Source: Yang 2015 (J Pain 16:445): overlap is the stronger signal of the two that are used, with
18.5 overdoses in 1,000 person-years for overlap alone, 10.7 for many pharmacies alone and 4.3 for
neither; 7 days is California's CURES research definition.

How days are counted: a dispense supplies its days' supply from the local day it was handed over,
that day included, and at most 90 days. Days still to come count as planned at the dispense. Each
day counts once. A dispense whose days' supply is unknown proves no day. Opioids of one practice
never overlap: its prescribers are taken to know of each other. A dispense whose practice is not
known is not counted.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that both were taken, or that anybody deceived anyone: after an operation or a
referral a second practice often takes over before the first supply is used up. It asks whether the
second prescriber knew.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import OPIOID
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, day_bits, fullest_window, supplies
from services.surveillance.timeline import Entry, Medicine, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class OpioidOverlapLimits(Limits):
    """At least so many days with opioids of two practices, within so many consecutive days."""

    overlap_days_min: int = Field(ge=1)
    window_days: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & OPIOID != 0


def _is_opioid_of_known_practice(entry: Entry, medicine: Medicine) -> bool:
    return medicine.classes & OPIOID != 0 and entry.practice != ""


def detect(timeline: Timeline, limits: OpioidOverlapLimits) -> Iterator[Hit]:
    """A hit is each dispense whose own supply lies in a window with enough doubled days."""
    found = supplies(timeline, limits.supply_days_max, _is_opioid_of_known_practice)
    if len({supply.entry.practice for supply in found}) < 2:
        return
    origin = found[0].first
    by_practice: dict[str, int] = {}
    doubled = 0
    for place, supply in enumerate(found):
        own = day_bits((supply,), origin)
        others = 0
        for practice, days in by_practice.items():
            others |= days if practice != supply.entry.practice else 0
        by_practice[supply.entry.practice] = by_practice.get(supply.entry.practice, 0) | own
        doubled |= own & others
        if not doubled & own:
            continue
        window = fullest_window(doubled, doubled & own, limits.window_days)
        counted = doubled & window
        if counted.bit_count() >= limits.overlap_days_min:
            yield _hit(found[: place + 1], counted, origin)


def _hit(found: list[Supply], counted: int, origin: int) -> Hit:
    *earlier, own = found
    context = [supply for supply in earlier if day_bits((supply,), origin) & counted]
    first_day, last_day = (counted & -counted).bit_length() - 1, counted.bit_length() - 1
    return Hit(
        entry=own.entry,
        note=_note(own),
        context=tuple((supply.entry, _note(supply)) for supply in context[-EVIDENCE_MAX:]),
        weight=counted.bit_count(),
        figures={
            "overlap_days": str(counted.bit_count()),
            "overlap_first_day": calendar_date(origin + first_day).isoformat(),
            "overlap_last_day": calendar_date(origin + last_day).isoformat(),
            "practices": str(len({supply.entry.practice for supply in (*context, own)})),
            "pharmacies": str(len({supply.entry.supplier for supply in (*context, own)})),
        },
    )


def _note(supply: Supply) -> str:
    key, days, practice = supply.medicine.key, supply.medicine.days, supply.entry.practice
    return f"{key}, {days} ngày, kê tại {practice} / {key}, {days} days, prescribed at {practice}"


RULE = Rule(
    name="opioid-overlap",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh có đồng thời thuốc opioid do các cơ sở khác nhau kê trong nhiều ngày.",
        en="The patient has opioids that different practices prescribed in supply at once.",
    ),
    source="Yang 2015, J Pain 16:445; CURES research definition: 7 days or more in 90",
    limits=OpioidOverlapLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_days + limits.supply_days_max,
    concerns=_is_counted,
)
