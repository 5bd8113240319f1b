"""Many controlled medicines prescribed at night.

The rule: of at least 20 prescriptions with a controlled medicine in a calendar month, more than
20 % were issued from 22:00 until before 05:00.

Source: customary in audits of prescribing; the numbers are RxLog's defaults.

How people and days are counted: the time of issue in local time, by the quarter of an hour;
prescriptions that were cancelled, and those for cancer or in palliative care, do not count.

Exemptions considered: cancer and palliative care, by not counting them. Night duty and emergency
wards cannot be told apart, because no event says who is on duty; so the rule stays statistics.

It does NOT mean that the prescriptions are wrong: whoever works at night prescribes at night.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.measure import Measure
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.vietnam.bilingual import Wording


class NightLimits(Limits):
    """So many controlled prescriptions at least, and the share at night that is allowed."""

    prescriptions_min: int = Field(ge=1)
    percent_allowed: float = Field(ge=0, le=100)


def detect(panel: Panel, limits: NightLimits) -> Iterator[Signal]:
    """A signal is a month with too large a share at night."""
    for subject in panel.totals:
        of = panel.value(subject, Measure.CONTROLLED)
        at_night = panel.value(subject, Measure.CONTROLLED_AT_NIGHT)
        if of < limits.prescriptions_min or at_night * 100 <= limits.percent_allowed * of:
            continue
        yield Signal(
            subject=subject,
            month=panel.month,
            first_day=first_day(panel.month),
            last_day=last_day(panel.month),
            weight=at_night / of,
            figures={
                "prescriptions": str(of),
                "at_night": str(at_night),
                "percent": f"{100 * at_night / of:.1f}",
            },
        )


RULE = MeasureRule(
    name="out-of-hours",
    version=1,
    severity="S4",
    title=Wording(
        vi="Người kê đơn kê nhiều thuốc kiểm soát đặc biệt vào ban đêm.",
        en="The prescriber issues many controlled medicines at night.",
    ),
    source="Customary in audits of prescribing; the numbers are RxLog's",
    limits=NightLimits,
    detect=detect,
    subject_kind="prescriber",
)
