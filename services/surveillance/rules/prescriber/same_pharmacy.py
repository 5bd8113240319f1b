"""Almost all of a prescriber's prescriptions of a day were sold at one pharmacy.

The rule: on at least one day of a calendar month, of at least 10 of the prescriber's prescriptions
that were sold that day, more than 80 % were sold at one pharmacy.

Source: Portugal's SPMS, the same numbers (its second measure, packs of one prescriber at one
pharmacy, is left out: the facts hold no packs).

How people and days are counted: each prescription once for each pharmacy and local day of sale,
however many parts it was sold in; reversed sales do not count. Sales on the prescriber's own site
(a hospital's pharmacy under the hospital's code) do not count at all, for there one expects it.

Exemptions considered: the prescriber's own site, by not counting it.

It does NOT mean that the two have an agreement: where there is one pharmacy near a clinic, most
patients go there. It is worth a look where other pharmacies are as near.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.timeline import calendar_date
from services.vietnam.bilingual import Wording


class SamePharmacyLimits(Limits):
    """Prescriptions sold on a day at least, the share at one pharmacy that is allowed, and the days
    of a month on which it must be passed."""

    prescriptions_min: int = Field(ge=2)
    percent_allowed: float = Field(ge=50, lt=100)
    days_min: int = Field(ge=1, le=31)


def detect(panel: Panel, limits: SamePharmacyLimits) -> Iterator[Signal]:
    """A signal is a month with enough such days; the fullest one is told."""
    for subject, sold in panel.sold_at.items():
        days = [
            one
            for one in sold
            if one.value >= limits.prescriptions_min
            and one.top * 100 > limits.percent_allowed * one.value
        ]
        if len(days) < limits.days_min:
            continue
        fullest = max(days, key=lambda one: (one.top, -one.day))
        yield Signal(
            subject=subject,
            month=panel.month,
            first_day=days[0].day,
            last_day=days[-1].day,
            weight=fullest.top,
            figures={
                "pharmacy": fullest.top_part,
                "prescriptions": str(fullest.value),
                "at_one_pharmacy": str(fullest.top),
                "percent": f"{100 * fullest.top / fullest.value:.1f}",
                "on_day": calendar_date(fullest.day).isoformat(),
                "days": str(len(days)),
            },
        )


RULE = MeasureRule(
    name="same-pharmacy",
    version=1,
    severity="S3",
    title=Wording(
        vi="Hầu hết đơn của người kê đơn trong một ngày được bán tại cùng một nhà thuốc.",
        en="Almost all of the prescriber's prescriptions of a day were sold at one pharmacy.",
    ),
    source="SPMS (Portugal): more than 80 % of at least 10 on one day",
    limits=SamePharmacyLimits,
    detect=detect,
    subject_kind="prescriber",
)
