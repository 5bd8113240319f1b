"""Early refill: the same medicine again, long before the last supply can be used up.

The rule: a patient is handed a medicine on another prescription while more than 3 days of it are
left and less than 85 % (controlled medicines) or 75 % (others) of what was in hand after the last
dispense can have been used.

Source: pharmacy benefit managers let a refill pass from 75 to 80 % used; British Columbia PharmaNet
looks back 100 days and adds up what is left over. Defaults: 85 % for controlled medicines.

How it is counted: the same medicine is the same ATC code (level 5), or the same ingredients where
there is no code. What is left over is carried forward through the dispenses of the last 100 days,
so that refills each a little early add up. Of several strengths in one dispense the longest-lasting
counts. A dispense lasts at most 90 days, the longest a prescription may last in Vietnam (TT 26/2025
Art 6.8). A dispense whose days' supply is unknown adds nothing to what is left; how many there were
is said in the alert. Parts of one prescription are never early against each other: whether more was
handed over than prescribed is a question of that prescription, not of this rule.

Exemptions considered: cancer, palliative care, where doses rise and medicines change before the
supply ends (see `parameters.yaml`). A journey is not known to us and must be asked about.

It does NOT mean misuse or resale: doses are raised, medicines get lost, holidays and storms make
people stock up, and a days' supply may have been written down wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import CTRL
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.timeline import Entry, Timeline, calendar_date
from services.vietnam.bilingual import Wording


class EarlyRefillLimits(Limits):
    """Early: used less than the percentage, and more than `days_left_allowed` left."""

    used_percent_min_controlled: int = Field(ge=0, le=100)
    used_percent_min_other: int = Field(ge=0, le=100)
    days_left_allowed: int = Field(ge=0)
    lookback_days: int = Field(ge=1)
    supply_days_max: int = Field(ge=1)


Fill = tuple[Entry, int, int | None]
"""A dispense of one medicine, its classes and days' supply."""


def _is_counted(entry: Entry) -> bool:
    return entry.dispensed


def detect(timeline: Timeline, limits: EarlyRefillLimits) -> Iterator[Hit]:
    """A hit is each dispense of a medicine that comes early."""
    medicines: dict[str, list[Fill]] = {}
    for entry in timeline:
        if entry.dispensed:
            for medicine in entry.medicines:
                if medicine.key:
                    _add(
                        medicines.setdefault(medicine.key, []),
                        entry,
                        medicine.classes,
                        medicine.days,
                    )
    for key, fills in medicines.items():
        lasts_until = 0  # at most: as if every dispense so far counted
        for place, (entry, _, days) in enumerate(fills):
            if lasts_until - entry.day > limits.days_left_allowed:
                yield from _judge(key, fills, place, limits)
            lasts_until = max(lasts_until, entry.day) + min(days or 0, limits.supply_days_max)


def _add(fills: list[Fill], entry: Entry, classes: int, days: int | None) -> None:
    """Append a fill; a second strength in the same dispense makes it last as long as the longer."""
    if fills and fills[-1][0] is entry:
        _, earlier_classes, earlier_days = fills.pop()
        classes |= earlier_classes
        days = max(days or 0, earlier_days or 0) or None
    fills.append((entry, classes, days))


def _judge(key: str, fills: list[Fill], place: int, limits: EarlyRefillLimits) -> Iterator[Hit]:
    entry, classes, _ = fills[place]
    since_day = entry.day - limits.lookback_days
    before = [
        fill
        for fill in fills[max(place - EVIDENCE_MAX, 0) : place]
        if fill[0].day >= since_day and fill[0].code != entry.code
    ]
    lasts_until = last_day = 0
    for earlier, _, days in before:
        last_day = earlier.day
        lasts_until = max(lasts_until, last_day) + min(days or 0, limits.supply_days_max)
    left, in_hand, used = lasts_until - entry.day, lasts_until - last_day, entry.day - last_day
    controlled = classes & CTRL != 0
    percent_min = (
        limits.used_percent_min_controlled if controlled else limits.used_percent_min_other
    )
    if left > limits.days_left_allowed and used * 100 < percent_min * in_hand:
        yield _hit(key, before, entry, (left, in_hand, used), controlled=controlled)


def _hit(
    key: str,
    before: list[Fill],
    entry: Entry,
    days: tuple[int, int, int],
    *,
    controlled: bool,
) -> Hit:
    left, in_hand, used = days
    percent = used * 100 // in_hand
    return Hit(
        entry=entry,
        note=f"{key}: còn {left} ngày thuốc, mới dùng {percent} % / "
        f"{left} days left, {percent} % used",
        context=tuple((earlier, _note(key, supplied)) for earlier, _, supplied in before),
        weight=left,
        figures={
            "medicine": key,
            "controlled": "yes" if controlled else "no",
            "days_left": str(left),
            "days_in_hand_after_last_dispense": str(in_hand),
            "days_since_last_dispense": str(used),
            "used_percent": str(percent),
            "supply_until": calendar_date(entry.day + left).isoformat(),
            "practices": str(len({e.practice for e, _, _ in before} | {entry.practice})),
            "dispenses_of_unknown_days": str(sum(supplied is None for _, _, supplied in before)),
        },
        severity="S2" if controlled else "S3",
    )


def _note(key: str, days: int | None) -> str:
    if days is None:
        return f"{key}: không rõ số ngày / days' supply unknown"
    return f"{key}: đủ dùng {days} ngày / {days} days' supply"


RULE = Rule(
    name="early-refill",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người bệnh nhận lại cùng một thuốc khi thuốc đã nhận còn dùng được nhiều ngày.",
        en="The patient received a medicine again while much of the last supply must be left.",
    ),
    source="Refill-too-soon edits of benefit managers (75 to 80 %); BC PharmaNet (100 days back)",
    limits=EarlyRefillLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.lookback_days,
    concerns=_is_counted,
)
