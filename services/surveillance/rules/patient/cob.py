"""An opioid together with a benzodiazepine: both in supply on the same days.

The rule: when a dispense of one adds to it, the days on which the patient has both an opioid and a
benzodiazepine in supply reach 7 or more within 90 consecutive days.

Source: the monitoring form of concurrent use of opioids and benzodiazepines (7 days or more in 90,
California CURES research definition); PQA measure COB asks for 30 days in a year. Both depress
breathing, and together more than each alone.

How days are counted: a dispense supplies its days' supply from the local day it was handed over,
that day included, and at most 90 days, the longest a prescription may last in Vietnam (TT 26/2025
Art 6.8). Days still to come count as planned at the dispense, so the pattern shows at the second
medicine's dispense, while something can still be done, and not a week later. Each day counts once,
however many products are in supply. A dispense whose days' supply is unknown proves no day; how
many such dispenses there were is said in the alert.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that the medicines were taken together, that the dose was high, or that prescribing
both was wrong: some patients need both, and one of them may have been stopped. It asks whether the
prescribers know of each other's medicine.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import BZD, OPIOID
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import fullest_window
from services.surveillance.timeline import Entry, Timeline, calendar_date
from services.vietnam.bilingual import Wording

_EITHER = OPIOID | BZD
_NAMES = {OPIOID: ("opioid", "opioid"), BZD: ("benzodiazepin", "benzodiazepine")}


class CobLimits(Limits):
    """At least so many days with both in supply, within so many consecutive local days."""

    overlap_days_min: int = Field(ge=1)
    window_days: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & _EITHER != 0


def detect(timeline: Timeline, limits: CobLimits) -> Iterator[Hit]:
    """A hit is each dispense whose own supply lies in a window with enough days of both.

    A set of days is one integer, bit n standing for the n-th day after the first dispense.
    """
    dispenses = [entry for entry in timeline if _is_counted(entry)]
    opioid_days = benzodiazepine_days = 0
    own_days: list[int] = []
    for place, entry in enumerate(dispenses):
        after_days = entry.day - dispenses[0].day
        opioid = _supply(entry, OPIOID, limits) << after_days
        benzodiazepine = _supply(entry, BZD, limits) << after_days
        opioid_days |= opioid
        benzodiazepine_days |= benzodiazepine
        own_days.append(opioid | benzodiazepine)
        both = opioid_days & benzodiazepine_days
        if not both & own_days[place]:
            continue
        window = fullest_window(both, both & own_days[place], limits.window_days)
        counted = both & window
        if counted.bit_count() >= limits.overlap_days_min:
            yield _hit(dispenses, own_days, place, counted, limits)


def _supply(entry: Entry, drug_class: int, limits: CobLimits) -> int:
    """The days supplied as bits from bit 0, or 0 when unknown."""
    days = max((m.days or 0 for m in entry.medicines if m.classes & drug_class), default=0)
    return (1 << min(days, limits.supply_days_max)) - 1


def _hit(
    dispenses: list[Entry], own_days: list[int], place: int, counted: int, limits: CobLimits
) -> Hit:
    entry = dispenses[place]
    since_day = entry.day - limits.window_days - limits.supply_days_max
    first_day, last_day = (counted & -counted).bit_length() - 1, counted.bit_length() - 1
    context = [dispenses[i] for i in range(place) if own_days[i] & counted]
    recent = [e for e in dispenses[: place + 1] if e.day >= since_day]
    return Hit(
        entry=entry,
        note=_note(entry),
        context=tuple((earlier, _note(earlier)) for earlier in context[-EVIDENCE_MAX:]),
        weight=counted.bit_count(),
        figures={
            "overlap_days": str(counted.bit_count()),
            "overlap_first_day": calendar_date(dispenses[0].day + first_day).isoformat(),
            "overlap_last_day": calendar_date(dispenses[0].day + last_day).isoformat(),
            "practices": str(len({e.practice for e in (*context, entry)})),
            "dispenses_of_unknown_days": str(sum(map(_is_unknown, recent))),
        },
    )


def _is_unknown(entry: Entry) -> bool:
    return any(m.days is None for m in entry.medicines if m.classes & _EITHER)


def _note(entry: Entry) -> str:
    counted = [m for m in entry.medicines if m.classes & _EITHER]
    return "; ".join(_words(m.key, m.classes & _EITHER, m.days) for m in counted)


def _words(key: str, drug_class: int, days: int | None) -> str:
    vi, en = _NAMES.get(drug_class, ("cả hai", "both"))
    if days is None:
        return f"{vi} {key}, không rõ số ngày / {en} {key}, days' supply unknown"
    return f"{vi} {key}, {days} ngày / {en} {key}, {days} days"


RULE = Rule(
    name="cob",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh có đồng thời thuốc opioid và thuốc benzodiazepin trong nhiều ngày.",
        en="The patient has an opioid and a benzodiazepine in supply on the same days.",
    ),
    source="CURES research definition: 7 days or more in 90; PQA COB for the yearly form",
    limits=CobLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_days + limits.supply_days_max,
    concerns=_is_counted,
)
