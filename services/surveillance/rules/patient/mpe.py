"""Doctor shopping: many prescribers and many pharmacies for controlled medicines.

The rule: within any 180 consecutive days, a patient was handed controlled medicines (narcotic,
psychotropic, precursor) that 4 or more practices had prescribed, at 4 or more pharmacies.

Source: PQA measure OMP ("use of opioids from multiple providers", 4 and 4 in 180 days); the CDC
surveillance system and published studies use 5 and 5 in 180 or 90 days, 3 and 3 in 18 months.

Counted once: all prescribers of one practice, so locums and group practices do not add up, and all
branches of one pharmacy chain. A practice or pharmacy that is not known is not counted.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that the patient deceived anyone, or misuses or sells the medicines: in one study
nearly one in five patients found with 5 and 5 in 90 days had cancer, and of those whom claims
called severe shoppers about one in eight reported misuse. People who move, travel, or are sent
from hospital to hospital look the same. It asks for a look at who coordinates this treatment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import CTRL
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.timeline import Entry, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class MpeLimits(Limits):
    """At least so many practices and pharmacies within so many consecutive local days."""

    practices_min: int = Field(ge=2)
    pharmacies_min: int = Field(ge=2)
    window_days: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & CTRL != 0


def detect(timeline: Timeline, limits: MpeLimits) -> Iterator[Hit]:
    """A hit is each dispense at which, looking back, both counts are reached."""
    dispenses = [entry for entry in timeline if _is_counted(entry)]
    if len({e.practice for e in dispenses} - {""}) < limits.practices_min:
        return
    if len({e.supplier for e in dispenses} - {""}) < limits.pharmacies_min:
        return
    practices: Counter[str] = Counter()
    pharmacies: Counter[str] = Counter()
    first = 0
    for place, entry in enumerate(dispenses):
        _count(practices, entry.practice, +1)
        _count(pharmacies, entry.supplier, +1)
        since_day = entry.day - limits.window_days + 1
        while dispenses[first].day < since_day:
            _count(practices, dispenses[first].practice, -1)
            _count(pharmacies, dispenses[first].supplier, -1)
            first += 1
        if len(practices) >= limits.practices_min and len(pharmacies) >= limits.pharmacies_min:
            context = dispenses[max(first, place - EVIDENCE_MAX) : place]
            yield Hit(
                entry=entry,
                note=_note(entry),
                context=tuple((earlier, _note(earlier)) for earlier in context),
                weight=len(practices) * len(pharmacies),
                figures={
                    "practices": str(len(practices)),
                    "pharmacies": str(len(pharmacies)),
                    "dispenses": str(place - first + 1),
                    "window_first_day": calendar_date(since_day).isoformat(),
                    "window_last_day": calendar_date(entry.day).isoformat(),
                },
            )


def _count(counter: Counter[str], name: str, change: int) -> None:
    if not name:
        return
    counter[name] += change
    if not counter[name]:
        del counter[name]


def _note(entry: Entry) -> str:
    controlled = ", ".join(m.key or "?" for m in entry.medicines if m.classes & CTRL)
    practice = entry.practice or "?"
    return f"{controlled}: cơ sở kê đơn {practice} / {controlled}: prescribed at {practice}"


def _rule(name: str, source: str) -> Rule[MpeLimits]:
    return Rule(
        name=name,
        version=1,
        severity="S2",
        title=Wording(
            vi="Người bệnh nhận thuốc kiểm soát đặc biệt từ nhiều cơ sở kê đơn và nhiều nhà thuốc "
            "trong cùng một khoảng thời gian.",
            en="Controlled medicines reached the patient from many practices and many pharmacies "
            "within one period.",
        ),
        source=source,
        limits=MpeLimits,
        detect=detect,
        looks_back_days=lambda limits: limits.window_days,
        concerns=_is_counted,
    )


RULE = _rule("mpe", "PQA OMP: 4 prescribers and 4 pharmacies in 180 days")

PROFILES = (
    _rule("mpe-5x5x180", "CDC Prescription Behavior Surveillance System: 5 and 5 in 180 days"),
    _rule("mpe-5x5x90", "University of Kentucky: 5 and 5 in 90 days"),
)
"""Other profiles in use; the same rule with other numbers, each an alert of its own. Walker's 3 and
3 in 18 months is not among them: with facts kept for 24 months it could hardly be corrected."""
