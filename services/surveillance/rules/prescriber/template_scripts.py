"""One and the same controlled prescription over and over.

The rule: of at least 50 prescriptions with a controlled medicine in a calendar month, the variety
(normalised entropy of what was prescribed) is below 0.3: 0 is one prescription for everybody, 1 a
different one for each.

Source: customary in audits of prescribing; the numbers are RxLog's defaults.

How people and days are counted: two prescriptions are the same when they hold the same medicines
for the same numbers of days; quantities by the days' supply. Diagnoses are sealed and not looked
at. Cancelled prescriptions, and those for cancer or in palliative care, do not count.

Exemptions considered: cancer and palliative care, by not counting them.

It does NOT mean that the prescriptions are wrong: a clinic for one disease gives one treatment.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.measure import Measure
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.statistics import evenness
from services.vietnam.bilingual import Wording


class TemplateLimits(Limits):
    """Controlled prescriptions at least, and the variety below which they are templates."""

    prescriptions_min: int = Field(ge=2)
    variety_min: float = Field(gt=0, le=1)


def detect(panel: Panel, limits: TemplateLimits) -> Iterator[Signal]:
    """A signal is a month with too little variety."""
    for subject in panel.totals:
        written = panel.of(subject, Measure.TEMPLATES)
        if written.value < limits.prescriptions_min:
            continue
        variety = evenness(written.spread, written.value)
        if variety >= limits.variety_min:
            continue
        yield Signal(
            subject=subject,
            month=panel.month,
            first_day=first_day(panel.month),
            last_day=last_day(panel.month),
            weight=1 - variety,
            figures={
                "prescriptions": str(written.value),
                "variety": f"{variety:.2f}",
                "different": str(written.parts),
                "most_frequent": str(written.top),
            },
        )


RULE = MeasureRule(
    name="template-scripts",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người kê đơn lặp lại gần như cùng một đơn thuốc kiểm soát đặc biệt cho mọi người bệnh.",
        en="The prescriber repeats nearly the same controlled prescription for everybody.",
    ),
    source="Customary in audits of prescribing; the numbers are RxLog's",
    limits=TemplateLimits,
    detect=detect,
    subject_kind="prescriber",
)
