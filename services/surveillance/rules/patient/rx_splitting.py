"""One supply split over several prescriptions to stay under the legal limit.

The rule: one prescriber wrote the same medicine (ATC level 5) for a patient on 2 or more
prescriptions within 72 hours, each for no more days than the law allows and together for more.

Source: TT 26/2025/TT-BYT Art 6.8, 7.2, 9.2, 9.3: 30 days; 90 for diseases of Annex VII; acute
narcotics 7, acute psychotropics and precursors 10.

What is compared: prescriptions that stand (a replaced or cancelled one never was); the days' supply
written on each line; unknown days prove nothing. Which limit applies is told by the treatment that
the writer stamped: for acute treatment that of the class, for diseases of Annex VII 90 days,
otherwise 30. An opioid under control counts as a narcotic, other controlled medicines as
psychotropics.

Exemptions considered: cancer, palliative care (see `parameters.yaml`): their batches are lawful.

It does NOT mean that the limit was evaded: a lost paper, a second strength or a corrected
prescription that was not linked to the first look the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.drug_classes import CTRL, OPIOID
from services.surveillance.findings import EVIDENCE_MAX, Hit, Limits, Rule
from services.surveillance.timeline import Entry, Medicine, Timeline
from services.vietnam.bilingual import Wording

_HOUR_MS = 3_600_000


class RxSplittingLimits(Limits):
    """The legal days' supply, and within how many hours prescriptions belong together."""

    window_hours: int = Field(ge=1)
    days_allowed: int = Field(ge=1)
    days_allowed_chronic: int = Field(ge=1)
    days_allowed_acute_narcotic: int = Field(ge=1)
    days_allowed_acute_psychotropic: int = Field(ge=1)


def _is_counted(entry: Entry) -> bool:
    return not entry.dispensed


Line = tuple[Entry, Medicine]


def detect(timeline: Timeline, limits: RxSplittingLimits) -> Iterator[Hit]:
    """A hit is each prescription that brings the sum above what each may be."""
    lines: dict[tuple[str, str], list[Line]] = {}
    for entry in timeline:
        if entry.dispensed or not entry.prescriber:
            continue
        for medicine in entry.medicines:
            if medicine.key and medicine.days:
                found = lines.setdefault((entry.prescriber, medicine.key), [])
                found.append((entry, medicine))
                if len(found) > 1:
                    yield from _judge(found, limits)


def _judge(found: list[Line], limits: RxSplittingLimits) -> Iterator[Hit]:
    entry, medicine = found[-1]
    since = entry.at - limits.window_hours * _HOUR_MS
    allowed = _days_allowed(entry, medicine, limits)
    together = [
        (other, other_medicine)
        for other, other_medicine in found
        if other.at >= since and (other_medicine.days or 0) <= allowed
    ]
    codes = {other.code for other, _ in together}
    total = sum(other_medicine.days or 0 for _, other_medicine in together)
    if (entry, medicine) in together and len(codes) > 1 and total > allowed:
        yield Hit(
            entry=entry,
            note=_note(medicine),
            context=tuple((other, _note(m)) for other, m in together[:-1][-EVIDENCE_MAX:]),
            weight=total - allowed,
            figures={
                "medicine": medicine.key,
                "prescriptions": str(len(codes)),
                "supply_days": str(total),
                "days_allowed": str(allowed),
            },
        )


def _days_allowed(entry: Entry, medicine: Medicine, limits: RxSplittingLimits) -> int:
    if entry.treatment == "CHRONIC_LISTED":
        return limits.days_allowed_chronic
    if entry.treatment == "ACUTE" and medicine.classes & CTRL:
        is_narcotic = medicine.classes & OPIOID
        return (
            limits.days_allowed_acute_narcotic
            if is_narcotic
            else limits.days_allowed_acute_psychotropic
        )
    return limits.days_allowed


def _note(medicine: Medicine) -> str:
    return f"{medicine.key}, {medicine.days} ngày / {medicine.key}, {medicine.days} days"


RULE = Rule(
    name="rx-splitting",
    version=1,
    severity="S2",
    title=Wording(
        vi="Một thuốc được chia ra nhiều đơn để mỗi đơn không vượt số ngày luật cho phép.",
        en="One medicine was split over prescriptions, none of which exceeds the legal days.",
    ),
    source="TT 26/2025/TT-BYT Art 6.8, 7.2, 9.2, 9.3",
    limits=RxSplittingLimits,
    detect=detect,
    looks_back_days=lambda limits: limits.window_hours // 24 + 1,
    concerns=_is_counted,
)
