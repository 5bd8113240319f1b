"""Extreme dose of opioids over a year.

The rule: within 365 consecutive days, the opioids in supply come to a mean of 240 morphine
milligram equivalents (MME) a day or more; or to more than 120 MME a day on 90 days or more, with 4
or more practices and 4 or more pharmacies.

Source: the toolkit of the US Office of Inspector General (OEI-02-17-00560): both forms.

How the dose is counted: as in `mme_daily`. Days without any opioid in supply count as nought. The
year ends with the last day that the dispense in question supplies.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that anybody sells the medicines: some patients reach such doses in treatment.
Stopping suddenly is dangerous. It asks who coordinates this treatment.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import OPIOID
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, daily_totals, supplies
from services.surveillance.timeline import Entry, Medicine, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class MmeExtremeLimits(Limits):
    """Either the mean alone, or the days above a dose with so many practices and pharmacies."""

    mme_per_day_mean_min: int = Field(ge=1)
    mme_per_day_exceeded: int = Field(ge=1)
    days_exceeded_min: int = Field(ge=1)
    practices_min: int = Field(ge=1)
    pharmacies_min: int = Field(ge=1)
    window_days: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & OPIOID != 0


def _has_equivalent(_entry: Entry, medicine: Medicine) -> bool:
    return medicine.mme_milli is not None


def detect(timeline: Timeline, limits: MmeExtremeLimits) -> Iterator[Hit]:
    """A hit is each dispense at which the year that ends with its supply is extreme."""
    found = supplies(timeline, limits.supply_days_max, _has_equivalent)
    floor_milli = min(
        limits.mme_per_day_mean_min * limits.window_days,
        limits.mme_per_day_exceeded * limits.days_exceeded_min,
    )
    if sum(_milli_days(supply) for supply in found) < floor_milli * 1000:
        return
    for place, own in enumerate(found):
        since = own.until - limits.window_days
        window = [supply for supply in found[: place + 1] if supply.until > since]
        hit = _judge(window, since, own.until, limits)
        if hit is not None:
            yield hit


def _milli_days(supply: Supply) -> int:
    return (supply.medicine.mme_milli or 0) * (supply.until - supply.first)


def _judge(window: list[Supply], since: int, until: int, limits: MmeExtremeLimits) -> Hit | None:
    total_milli = days_exceeded = 0
    for first, after, dose in daily_totals(window, lambda supply: supply.medicine.mme_milli or 0):
        days = max(min(after, until) - max(first, since), 0)
        total_milli += dose * days
        days_exceeded += days if dose > limits.mme_per_day_exceeded * 1000 else 0
    practices = len({supply.entry.practice for supply in window} - {""})
    pharmacies = len({supply.entry.supplier for supply in window} - {""})
    by_mean = total_milli >= limits.mme_per_day_mean_min * limits.window_days * 1000
    by_days = (
        days_exceeded >= limits.days_exceeded_min
        and practices >= limits.practices_min
        and pharmacies >= limits.pharmacies_min
    )
    if not by_mean and not by_days:
        return None
    *earlier, own = window
    return Hit(
        entry=own.entry,
        note=_note(own),
        context=tuple((supply.entry, _note(supply)) for supply in earlier[-EVIDENCE_MAX:]),
        weight=total_milli,
        figures={
            "mme_per_day_mean": f"{total_milli / limits.window_days / 1000:.0f}",
            "days_exceeded": str(days_exceeded),
            "practices": str(practices),
            "pharmacies": str(pharmacies),
            "window_first_day": calendar_date(since).isoformat(),
            "window_last_day": calendar_date(until - 1).isoformat(),
            "by": "mean" if by_mean else "days",
        },
    )


def _note(supply: Supply) -> str:
    dose = f"{(supply.medicine.mme_milli or 0) / 1000:.0f}"
    key, days = supply.medicine.key, supply.medicine.days
    return f"{key}: {dose} MME mỗi ngày, {days} ngày / {key}: {dose} MME a day, {days} days"


RULE = Rule(
    name="mme-extreme",
    version=1,
    severity="S2",
    title=Wording(
        vi="Trong một năm, liều opioid của người bệnh ở mức rất cao.",
        en="Over a year the patient's opioids come to an extreme dose.",
    ),
    source="OIG OEI-02-17-00560: 240 MME over a year; 120 MME for 3 months from 4 and 4",
    limits=MmeExtremeLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_days + limits.supply_days_max,
    concerns=_is_counted,
)
