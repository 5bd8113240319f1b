"""Two medicines of one group that are not combined.

The rule: two different medicines of one listed group (such as two statins, two proton pump
inhibitors, an ACE inhibitor with a sartan) are in supply on 7 or more of the same days.

Source: therapeutic duplication in drug utilisation review. The groups are listed in
`parameters.yaml`: a general rule on ATC level 4 would be wrong, because antidiabetics, diuretics,
antivirals, cytotoxics and inhalers are rightly combined.

How days are counted: as in `dup-l5`. Products without an ATC code of level 5 are not compared.

Exemptions considered: none; the rule is for statistics.

It does NOT mean an error: one medicine is often changed for the other while some of it is left, and
pharmacists override most such warnings for good reason (Poly 2020).
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, overlap_days, supplies
from services.surveillance.timeline import Entry, Timeline
from services.vietnam.bilingual import Wording

_ATC_LENGTH = 7


class DupL4Limits(Limits):
    """At least so many common days within one group; prefixes of one group are joined by `+`."""

    groups: tuple[str, ...] = Field(min_length=1)
    overlap_days_min: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed


def detect(timeline: Timeline, limits: DupL4Limits) -> Iterator[Hit]:
    """A hit is each dispense that shares enough days with another medicine of its group."""
    prefixes = {prefix: group for group in limits.groups for prefix in group.split("+")}
    by_group: dict[str, list[Supply]] = {}
    for own in supplies(timeline, limits.supply_days_max):
        key = own.medicine.key
        if len(key) != _ATC_LENGTH:
            continue
        group = prefixes.get(key[:5]) or prefixes.get(key[:4])
        if group is None:
            continue
        found = by_group.setdefault(group, [])
        combined = [
            supply
            for supply in found
            if supply.medicine.key != key and overlap_days(supply, own) >= limits.overlap_days_min
        ]
        if combined:
            yield _hit(group, own, combined)
        found.append(own)


def _hit(group: str, own: Supply, combined: list[Supply]) -> Hit:
    days = max(overlap_days(supply, own) for supply in combined)
    return Hit(
        entry=own.entry,
        note=_note(own),
        context=tuple((supply.entry, _note(supply)) for supply in combined[-EVIDENCE_MAX:]),
        weight=days,
        figures={
            "medicine": group,
            "overlap_days": str(days),
            "practices": str(len({s.entry.practice for s in (*combined, own)} - {""})),
        },
    )


def _note(supply: Supply) -> str:
    key, days = supply.medicine.key, supply.medicine.days
    return f"{key}, {days} ngày / {key}, {days} days"


RULE = Rule(
    name="dup-l4",
    version=1,
    severity="S4",
    title=Wording(
        vi="Người bệnh có đồng thời hai thuốc cùng nhóm vốn không dùng phối hợp.",
        en="The patient has two medicines of one group in supply that are not combined.",
    ),
    source="Therapeutic duplication in drug utilisation review (DUR); Poly 2020 on overrides",
    limits=DupL4Limits,
    detect=detect,
    looks_back_days=lambda limits: limits.supply_days_max,
    concerns=_is_counted,
)
