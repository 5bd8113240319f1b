"""Many of a pharmacy's sales fall on the last day a prescription may be collected.

The rule: of at least 100 sales in a calendar month, more than 25 % were made on the last local day
on which the prescription could be collected, or later.

Source: Portugal's SPMS watches unclaimed prescriptions that are used up just before they expire;
the numbers are RxLog's. Prescriptions are to be collected within 5 days (TT 26/2025/TT-BYT
Art 12.9).

How people and days are counted: local days from issue to sale, whichever of the two was told
first; the fifth day after the issue is the last one. Sales whose prescription is not known are left
out, and so are narcotic prescriptions (type N), which have collecting periods of their own.

Exemptions considered: none by name; narcotic prescriptions are left out.

It does NOT mean that the pharmacy used up what nobody collected: a pharmacy beside a weekly market
or one that patients with a monthly income come to sees the same.
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


class HarvestLimits(Limits):
    """Sales at least, the share on the last day that is allowed, and which day after the issue is
    the last."""

    dispenses_min: int = Field(ge=1)
    percent_allowed: float = Field(ge=0, lt=100)
    last_day_after_issue: int = Field(ge=1, le=30)


def detect(panel: Panel, limits: HarvestLimits) -> Iterator[Signal]:
    """A signal is a month with too many sales on the last day."""
    for subject in panel.totals:
        after = panel.parts.get((subject, Measure.COLLECTED_AFTER), {})
        sold = sum(after.values())
        last = sum(n for days, n in after.items() if int(days) >= limits.last_day_after_issue)
        if sold < limits.dispenses_min or last * 100 <= limits.percent_allowed * sold:
            continue
        yield Signal(
            subject=subject,
            month=panel.month,
            first_day=first_day(panel.month),
            last_day=last_day(panel.month),
            weight=last / sold,
            figures={
                "dispenses": str(sold),
                "on_last_day": str(last),
                "percent": f"{100 * last / sold:.1f}",
            },
        )


RULE = MeasureRule(
    name="expiry-harvest",
    version=1,
    severity="S3",
    title=Wording(
        vi="Nhiều lần bán của nhà thuốc rơi vào ngày cuối cùng đơn còn được nhận thuốc.",
        en="Many of the pharmacy's sales fall on the last day a prescription may be collected.",
    ),
    source="SPMS (Portugal); TT 26/2025/TT-BYT Art 12.9; the numbers are RxLog's",
    limits=HarvestLimits,
    detect=detect,
    subject_kind="pharmacy",
)
