"""High daily dose of opioids: 50, or 90, morphine milligram equivalents (MME) a day.

The rule: when a dispense adds to it, there are 7 consecutive days on which the opioids in supply
come to a mean of 50 MME a day or more; of 90 or more weighs heavier (`mme-50`, `mme-90`).

Source: CDC 2022 clinical practice guideline; HEDIS measure HDO (90 MME). The guideline says that
thresholds guide and do not dictate.

How the dose is counted: strength x quantity / days' supply x conversion factor, summed over what
is in supply on each local day (the dated factors are in `mme_factors.yaml`). A dispense supplies
from the day it was handed over, at most 90 days; days still to come count as planned. Products
without a known factor, strength or days' supply (patches, injections, cough medicines) count for
nothing, so the true dose may be higher; how many such dispenses there were is said in the alert.
Maintenance treatment of dependence and buprenorphine are not counted.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that the dose is wrong: some patients need it. Stopping it suddenly is dangerous.
It asks whether the prescriber has weighed benefit and risk, and offered naloxone.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace
from pydantic import Field

from services.surveillance.drug_classes import OPIOID
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, supplies
from services.surveillance.timeline import Entry, Medicine, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class MmeDailyLimits(Limits):
    """MME a day, as a mean over so many consecutive days."""

    mme_per_day_min: int = Field(ge=1)
    mme_per_day_high: int = Field(ge=1)
    mean_days: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & OPIOID != 0


def _has_equivalent(_entry: Entry, medicine: Medicine) -> bool:
    return medicine.mme_milli is not None


def detect(timeline: Timeline, limits: MmeDailyLimits) -> Iterator[Hit]:
    """A hit is each dispense whose own days are among enough days of a high mean."""
    found = supplies(timeline, limits.supply_days_max, _has_equivalent)
    for place, own in enumerate(found):
        touching = [
            supply
            for supply in found[: place + 1]
            if supply.until > own.first - limits.mean_days
            and supply.first < own.until + limits.mean_days
        ]
        mean_milli, last_day = _highest_mean(own, touching, limits.mean_days)
        if mean_milli >= limits.mme_per_day_min * 1000:
            unknown = _of_unknown_dose(timeline, own, limits.supply_days_max)
            hit = _hit(own, touching[:-1], mean_milli, last_day, unknown)
            high = mean_milli >= limits.mme_per_day_high * 1000
            yield replace(hit, severity="S2" if high else "S4")


def _highest_mean(own: Supply, touching: list[Supply], mean_days: int) -> tuple[int, int]:
    """(thousandths of MME a day, last day) of the highest mean that a day of `own` is part of."""
    first = own.first - mean_days + 1
    totals = [0] * (own.until - first + mean_days - 1)
    for supply in touching:
        dose = supply.medicine.mme_milli or 0
        for day in range(max(supply.first, first), min(supply.until, first + len(totals))):
            totals[day - first] += dose
    best = window = sum(totals[:mean_days])
    best_last = first + mean_days - 1
    for end in range(mean_days, len(totals)):
        window += totals[end] - totals[end - mean_days]
        if window > best:
            best, best_last = window, first + end
    return best // mean_days, best_last


def _of_unknown_dose(timeline: Timeline, own: Supply, supply_days_max: int) -> int:
    """Dispenses of opioids that may still be in supply and have no known equivalent."""
    since = own.first - supply_days_max
    return sum(
        any(m.classes & OPIOID and m.mme_milli is None for m in entry.medicines)
        for entry in timeline
        if _is_counted(entry) and since <= entry.day and entry.at <= own.entry.at
    )


def _hit(own: Supply, earlier: list[Supply], mean_milli: int, last_day: int, unknown: int) -> Hit:
    return Hit(
        entry=own.entry,
        note=_note(own),
        context=tuple((supply.entry, _note(supply)) for supply in earlier[-EVIDENCE_MAX:]),
        weight=mean_milli,
        figures={
            "mme_per_day": f"{mean_milli / 1000:.0f}",
            "mean_last_day": calendar_date(last_day).isoformat(),
            "practices": str(len({s.entry.practice for s in (*earlier, own)} - {""})),
            "dispenses_of_unknown_dose": str(unknown),
        },
    )


def _note(supply: Supply) -> str:
    dose = f"{(supply.medicine.mme_milli or 0) / 1000:.0f}"
    key, days = supply.medicine.key, supply.medicine.days
    return f"{key}: {dose} MME mỗi ngày, {days} ngày / {key}: {dose} MME a day, {days} days"


RULE = Rule(
    name="mme-daily",
    version=1,
    severity="S4",
    title=Wording(
        vi="Liều opioid mỗi ngày của người bệnh cao, quy đổi theo morphin.",
        en="The patient's opioids come to a high daily dose in morphine equivalents.",
    ),
    source="CDC Clinical Practice Guideline 2022 (50 MME); HEDIS HDO (90 MME)",
    limits=MmeDailyLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.supply_days_max + limits.mean_days,
    concerns=_is_counted,
)
