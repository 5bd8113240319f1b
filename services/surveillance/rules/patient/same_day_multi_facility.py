"""One identity at several facilities on one day (a borrowed insurance card).

The rule: on one local day, a patient got prescriptions at 2 different facilities that have a group
of medicines (ATC level 4) in common, or at 3 or more facilities, whatever the medicines.

Source: Vietnam Social Security looks for cards used at several places within a short time; one case
had 80 visits to 18 hospitals in 67 days, sometimes two a day.

What is counted: facilities with a prescription that stands on that local day. Prescriptions of one
facility on one day are one visit. Medicines without an ATC code of level 5 have a group in common
only when their ingredients are the same.

Exemptions considered: cancer, palliative care (see `parameters.yaml`).

It does NOT mean that anybody lent or borrowed a card: people are sent on to another hospital on the
same day, and the second often repeats the prescription of the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from pydantic import Field

from services.surveillance.drug_classes import group_of
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.timeline import Entry, Timeline
from services.vietnam.bilingual import Wording


class SameDayVisitsLimits(Limits):
    """Facilities of one day: so many with a group in common, or so many in all."""

    facilities_min: int = Field(ge=2)
    facilities_min_common_group: int = Field(ge=2)


def _is_counted(entry: Entry) -> bool:
    return not entry.dispensed


def _day(entry: Entry) -> int:
    return entry.day


def detect(timeline: Timeline, limits: SameDayVisitsLimits) -> Iterator[Hit]:
    """A hit is each prescription at which the day so far is complete."""
    visits = [entry for entry in timeline if not entry.dispensed and entry.practice]
    for _, of_day in groupby(visits, key=_day):
        so_far: list[Entry] = []
        for entry in of_day:
            so_far.append(entry)
            if len(so_far) > 1:
                yield from _judge(so_far, limits)


def _judge(so_far: list[Entry], limits: SameDayVisitsLimits) -> Iterator[Hit]:
    *earlier, entry = so_far
    facilities = {visit.practice for visit in so_far}
    own_groups = _groups(entry)
    common = {
        visit.practice
        for visit in earlier
        if visit.practice != entry.practice and own_groups & _groups(visit)
    }
    if (
        len(facilities) < limits.facilities_min
        and len(common) + 1 < limits.facilities_min_common_group
    ):
        return
    yield Hit(
        entry=entry,
        note=_note(entry),
        context=tuple((visit, _note(visit)) for visit in earlier[-EVIDENCE_MAX:]),
        weight=len(facilities),
        figures={
            "facilities": str(len(facilities)),
            "facilities_common_group": str(len(common) + 1 if common else 0),
            "prescriptions": str(len(so_far)),
            "by": "facilities" if len(facilities) >= limits.facilities_min else "common-group",
        },
    )


def _groups(entry: Entry) -> set[str]:
    return {group_of(medicine.key) for medicine in entry.medicines if medicine.key}


def _note(entry: Entry) -> str:
    keys = ", ".join(medicine.key or "?" for medicine in entry.medicines)
    return f"{keys}: kê tại {entry.practice} / {keys}: prescribed at {entry.practice}"


RULE = Rule(
    name="same-day-multi-facility",
    version=1,
    severity="S2",
    title=Wording(
        vi="Trong một ngày, người bệnh được kê đơn tại nhiều cơ sở khác nhau.",
        en="On one day the patient got prescriptions at several facilities.",
    ),
    source="Vietnam Social Security: use of one card at several places within a short time",
    limits=SameDayVisitsLimits,
    detect=detect,
    looks_back_days=lambda _limits: 1,
    concerns=_is_counted,
)
