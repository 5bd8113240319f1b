"""More of a controlled medicine in hand than days to take it.

The rule: the days' supply of one group of controlled medicines (ATC level 4, such as benzodiazepine
derivatives) handed over within 180 consecutive days come to more than 120 % of those days.

Source: the medication possession ratio of adherence research (MPR), read from its other end.

How days are counted: the days' supply of every dispense whose local day lies in the window, at most
90 a dispense, added up; two products of one group on one day add up too. A dispense whose days'
supply is unknown adds nothing. Medicines without an ATC code of level 5 are counted by ingredient.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that more was taken or sold: doses are raised, medicines are lost, two strengths
are given side by side to make up one dose. It asks for a look at the dose.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import CTRL, group_of
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.supply import Supply, supplies
from services.surveillance.timeline import Entry, Medicine, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class PossessionExcessLimits(Limits):
    """More than so many per cent of the days of the window."""

    percent_allowed: int = Field(ge=100)
    window_days: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed and entry.classes & CTRL != 0


def _is_controlled(_entry: Entry, medicine: Medicine) -> bool:
    return medicine.classes & CTRL != 0 and medicine.key != ""


def detect(timeline: Timeline, limits: PossessionExcessLimits) -> Iterator[Hit]:
    """A hit is each dispense at which, looking back, the supply of its group is too much."""
    by_group: dict[str, list[Supply]] = {}
    for supply in supplies(timeline, limits.supply_days_max, _is_controlled):
        by_group.setdefault(group_of(supply.medicine.key), []).append(supply)
    for group, found in by_group.items():
        first = total = 0
        for place, own in enumerate(found):
            total += own.until - own.first
            since_day = own.first - limits.window_days + 1
            while found[first].first < since_day:
                total -= found[first].until - found[first].first
                first += 1
            if total * 100 > limits.percent_allowed * limits.window_days:
                yield _hit(group, found[first : place + 1], total, since_day, limits)


def _hit(
    group: str, window: list[Supply], total: int, since_day: int, limits: PossessionExcessLimits
) -> Hit:
    *earlier, own = window
    return Hit(
        entry=own.entry,
        note=_note(own),
        context=tuple((supply.entry, _note(supply)) for supply in earlier[-EVIDENCE_MAX:]),
        weight=total,
        figures={
            "medicine": group,
            "supply_days": str(total),
            "percent_of_days": str(total * 100 // limits.window_days),
            "practices": str(len({supply.entry.practice for supply in window} - {""})),
            "window_first_day": calendar_date(since_day).isoformat(),
            "window_last_day": calendar_date(own.first).isoformat(),
        },
    )


def _note(supply: Supply) -> str:
    key, days = supply.medicine.key, supply.medicine.days
    return f"{key}, {days} ngày / {key}, {days} days"


RULE = Rule(
    name="possession-excess",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh nhận thuốc kiểm soát đặc biệt nhiều hơn số ngày có thể dùng.",
        en="The patient was handed more of a controlled medicine than there were days to take it.",
    ),
    source="Medication possession ratio (MPR) above 1.2 over 180 days",
    limits=PossessionExcessLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_days,
    concerns=_is_counted,
)
