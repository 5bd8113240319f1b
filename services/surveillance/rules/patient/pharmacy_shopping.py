"""Many pharmacies for controlled medicines.

The rule: within any 90 consecutive days, controlled medicines were handed to a patient at 4 or more
pharmacies.

Source: Yang 2015 (J Pain 16:445): of nine definitions, 4 pharmacies in 90 days told best who later
overdosed (90,010 people).

Counted once: all branches of one chain. A pharmacy that is not known is not counted.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that anybody avoids being seen: a medicine that one pharmacy does not have in stock
is bought at the next, and people travel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import CTRL
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.timeline import Entry, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class PharmacyShoppingLimits(Limits):
    """At least so many pharmacies within so many consecutive local days."""

    pharmacies_min: int = Field(ge=2)
    window_days: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & CTRL != 0


def detect(timeline: Timeline, limits: PharmacyShoppingLimits) -> Iterator[Hit]:
    """A hit is each dispense at which, looking back, there are enough pharmacies."""
    dispenses = [entry for entry in timeline if _is_counted(entry) and entry.supplier]
    if len({entry.supplier for entry in dispenses}) < limits.pharmacies_min:
        return
    pharmacies: Counter[str] = Counter()
    first = 0
    for place, entry in enumerate(dispenses):
        pharmacies[entry.supplier] += 1
        since_day = entry.day - limits.window_days + 1
        while dispenses[first].day < since_day:
            pharmacies[dispenses[first].supplier] -= 1
            first += 1
        pharmacies = +pharmacies
        if len(pharmacies) >= limits.pharmacies_min:
            context = dispenses[max(first, place - EVIDENCE_MAX) : place]
            yield Hit(
                entry=entry,
                note=_note(entry),
                context=tuple((earlier, _note(earlier)) for earlier in context),
                weight=len(pharmacies),
                figures={
                    "pharmacies": str(len(pharmacies)),
                    "practices": str(len({e.practice for e in (*context, entry)} - {""})),
                    "dispenses": str(place - first + 1),
                    "window_first_day": calendar_date(since_day).isoformat(),
                    "window_last_day": calendar_date(entry.day).isoformat(),
                },
            )


def _note(entry: Entry) -> str:
    keys = ", ".join(medicine.key or "?" for medicine in entry.medicines if medicine.classes & CTRL)
    return f"{keys}: bán tại {entry.pharmacy} / {keys}: handed over at {entry.pharmacy}"


RULE = Rule(
    name="pharmacy-shopping",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh nhận thuốc kiểm soát đặc biệt tại nhiều nhà thuốc trong thời gian ngắn.",
        en="The patient was handed controlled medicines at many pharmacies within a short time.",
    ),
    source="Yang 2015, J Pain 16:445: 4 pharmacies in 90 days",
    limits=PharmacyShoppingLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_days,
    concerns=_is_counted,
)
