"""Overlapping opioids from two practices, fetched at several pharmacies.

The rule: within 180 consecutive days, opioids that two practices prescribed are in supply on 1 or
more of the same days, and opioids were handed over at 3 or more pharmacies.

Source: Cepeda's definition of shopping behaviour. It is common (3.9 % of Oregon Medicaid's opioid
users, Sun 2018) and by itself was not followed by more overdoses, so it is no more than a reason to
look.

How it is counted: dispenses whose local day lies in the window; days of supply as in
`opioid-overlap`; all branches of one chain are one pharmacy.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that anybody shops for opioids: moving, a referral and an empty shelf together look
the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import OPIOID
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, overlap_days, supplies
from services.surveillance.timeline import Entry, Medicine, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class OverlapShoppingLimits(Limits):
    """At least so many common days and so many pharmacies within so many consecutive days."""

    overlap_days_min: int = Field(ge=1)
    pharmacies_min: int = Field(ge=2)
    window_days: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & OPIOID != 0


def _is_opioid(_entry: Entry, medicine: Medicine) -> bool:
    return medicine.classes & OPIOID != 0


def detect(timeline: Timeline, limits: OverlapShoppingLimits) -> Iterator[Hit]:
    """A hit is each dispense at which, looking back, both are complete."""
    dispenses = [entry for entry in timeline if _is_counted(entry)]
    if len({entry.supplier for entry in dispenses} - {""}) < limits.pharmacies_min:
        return
    found = supplies(tuple(dispenses), limits.supply_days_max, _is_opioid)
    for place, entry in enumerate(dispenses):
        since_day = entry.day - limits.window_days + 1
        window = [e for e in dispenses[: place + 1] if e.day >= since_day]
        pharmacies = {e.supplier for e in window} - {""}
        if len(pharmacies) < limits.pharmacies_min:
            continue
        mine = [s for s in found if s.first >= since_day and s.entry in window]
        days = _longest_overlap(mine)
        if days >= limits.overlap_days_min:
            yield _hit(window, pharmacies, days, since_day)


def _longest_overlap(found: list[Supply]) -> int:
    return max(
        (
            overlap_days(one, other)
            for place, one in enumerate(found)
            for other in found[:place]
            if "" != one.entry.practice != other.entry.practice != ""
        ),
        default=0,
    )


def _hit(window: list[Entry], pharmacies: set[str], days: int, since_day: int) -> Hit:
    *earlier, entry = window
    return Hit(
        entry=entry,
        note=_note(entry),
        context=tuple((e, _note(e)) for e in earlier[-EVIDENCE_MAX:]),
        weight=len(pharmacies),
        figures={
            "overlap_days": str(days),
            "pharmacies": str(len(pharmacies)),
            "practices": str(len({e.practice for e in window} - {""})),
            "dispenses": str(len(window)),
            "window_first_day": calendar_date(since_day).isoformat(),
            "window_last_day": calendar_date(entry.day).isoformat(),
        },
    )


def _note(entry: Entry) -> str:
    keys = ", ".join(m.key or "?" for m in entry.medicines if m.classes & OPIOID)
    practice = entry.practice or "?"
    return f"{keys}: kê tại {practice} / {keys}: prescribed at {practice}"


RULE = Rule(
    name="overlap-shopping",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh có opioid của hai cơ sở kê đơn cùng lúc và nhận tại nhiều nhà thuốc.",
        en="Opioids of two practices were in supply at once and fetched at several pharmacies.",
    ),
    source="Cepeda's definition; Sun 2018 (base rate 3.9 % of opioid users)",
    limits=OverlapShoppingLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_days,
    concerns=_is_counted,
)
