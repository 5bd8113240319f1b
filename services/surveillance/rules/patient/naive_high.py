"""A long or strong first opioid for a patient who had none before.

The rule: a patient who was handed no opioid in the 180 days before is handed one for more than 7
days, or of 50 morphine milligram equivalents (MME) a day or more.

Source: HEDIS measure COU (risk of continued opioid use: no opioid in 180 days; long first use);
the 7 days are also Vietnam's limit for acute pain (TT 26/2025/TT-BYT Art 7.2).

What is counted: dispenses of earlier local days; several dispenses of one day are one first use,
and their days and doses are taken together (the longest, the sum). Unknown days or doses prove
nothing.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that anything was done wrong: after a large operation it may be right. It is for
statistics on how treatment begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pydantic import Field

from services.surveillance.drug_classes import OPIOID
from services.surveillance.findings import Hit, Limits, Rule
from services.surveillance.timeline import Entry, Timeline
from services.vietnam.bilingual import Wording


class NaiveHighLimits(Limits):
    """Longer than so many days, or at least so many MME a day, after so many days without."""

    days_without: int = Field(ge=1)
    supply_days_allowed: int = Field(ge=1)
    mme_per_day_min: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & OPIOID != 0


def _day(entry: Entry) -> int:
    return entry.day


def detect(timeline: Timeline, limits: NaiveHighLimits) -> Iterator[Hit]:
    """A hit is the dispense of a first day at which days or dose are exceeded."""
    last_day: int | None = None
    for day, of_day in groupby(filter(_is_counted, timeline), key=_day):
        if last_day is None or day - last_day > limits.days_without:
            yield from _judge(list(of_day), limits)
        last_day = day


def _judge(first_use: list[Entry], limits: NaiveHighLimits) -> Iterator[Hit]:
    days = mme_milli = 0
    for place, entry in enumerate(first_use):
        opioids = [medicine for medicine in entry.medicines if medicine.classes & OPIOID]
        days = max(days, *(medicine.days or 0 for medicine in opioids))
        mme_milli += sum(medicine.mme_milli or 0 for medicine in opioids)
        if days > limits.supply_days_allowed or mme_milli >= limits.mme_per_day_min * 1000:
            yield Hit(
                entry=entry,
                note=_note(entry),
                context=tuple((earlier, _note(earlier)) for earlier in first_use[:place]),
                weight=max(days, mme_milli / 1000),
                figures={
                    "supply_days": str(days),
                    "mme_per_day": f"{mme_milli / 1000:.0f}",
                    "by": "days" if days > limits.supply_days_allowed else "dose",
                },
            )


def _note(entry: Entry) -> str:
    keys = ", ".join(medicine.key or "?" for medicine in entry.medicines)
    return f"{keys}: lần đầu / {keys}: first use"


RULE = Rule(
    name="naive-high",
    version=1,
    severity="S4",
    title=Wording(
        vi="Người bệnh lần đầu dùng opioid với số ngày dài hoặc liều cao.",
        en="A patient's first opioid was for many days or of a high dose.",
    ),
    source="HEDIS COU; TT 26/2025/TT-BYT Art 7.2 (7 days)",
    limits=NaiveHighLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.days_without,
    concerns=_is_counted,
)
