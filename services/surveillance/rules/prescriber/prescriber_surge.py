"""A sudden rise of a prescriber's daily prescriptions above the prescriber's own past.

The rule: in a calendar month with at least 50 prescriptions, and at least one and a half times as
many as the past half-year lets expect, the moving average of the daily numbers rises more than 3.5
standard deviations above what is usual for the weekday.

Source: statistical process control: an exponentially weighted moving average (EWMA, weight 0.1,
limit 3.5) on the square roots of counts, whose spread does not depend on their size. The least
number and the ratio are RxLog's.

How people and days are counted: prescriptions that were not cancelled, by local day of issue; what
is usual is the mean of each weekday over the 180 days before the month, days without prescriptions
included, and at least one in five days. The spread is that of those days, and never taken for less
than chance alone makes. Who began to prescribe less than 84 days before the month has no past.

Exemptions considered: none. Tết is part of the past like every other day; a month that follows it
may look like a rise, which the ratio to the whole half-year holds back.

It does NOT mean that the prescriptions are wrong or that the prescriber wrote them: an outbreak, a
colleague's leave, a new clinic or a stolen account look the same. It asks what changed, and when.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import fmean, pstdev

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import SERIES_DAYS, Panel, Series
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.statistics import Deviation, ewma_surge
from services.surveillance.timeline import calendar_date
from services.vietnam.bilingual import Wording

_CHANCE = 0.5
"""Standard deviation of the square root of a count that only chance moves."""

_RARE = 0.2
"""Prescriptions a day that are taken for usual at least."""


class SurgeLimits(Limits):
    """So many prescriptions in the month at least, so many per cent of what was to be expected;
    the average's weight of one day in per cent, and the deviations that are allowed."""

    prescriptions_min: int = Field(ge=1)
    percent_min: float = Field(ge=100)
    day_weight_percent: float = Field(gt=0, le=100)
    deviations_allowed: float = Field(gt=0)
    past_days_min: int = Field(ge=28, le=SERIES_DAYS)


def detect(panel: Panel, limits: SurgeLimits) -> Iterator[Signal]:
    """A signal is a month in which the average passed its limit."""
    for subject, series in panel.series.items():
        month_from, month_until = first_day(panel.month), last_day(panel.month)
        written = sum(count for day, count in series if day >= month_from)
        if written < limits.prescriptions_min or series[0][0] > month_from - limits.past_days_min:
            continue
        usual = _Usual(series, month_from)
        days = range(month_from, month_until + 1)
        expected = math.fsum(usual.count[day % 7] for day in days)
        found = _rise(usual, series, days, limits)
        if found is None or written * 100 < limits.percent_min * expected:
            continue
        yield Signal(
            subject=subject,
            month=panel.month,
            first_day=month_from,
            last_day=month_until,
            weight=found.sigmas,
            figures={
                "prescriptions": str(written),
                "expected": f"{expected:.0f}",
                "percent_of_expected": f"{100 * written / expected:.0f}",
                "deviations": f"{found.sigmas:.1f}",
                "highest_on": calendar_date(found.day).isoformat(),
            },
        )


class _Usual:
    """What a prescriber's past makes of each weekday (day number modulo 7)."""

    def __init__(self, series: Series, until: int) -> None:
        known = dict(series)
        past = range(series[0][0], until)
        of = {w: [known.get(day, 0) for day in past if day % 7 == w] for w in range(7)}
        self.count = {w: max(fmean(counts), _RARE) for w, counts in of.items()}
        self.root = {
            w: max(fmean(map(math.sqrt, counts)), math.sqrt(_RARE)) for w, counts in of.items()
        }
        apart = [math.sqrt(known.get(day, 0)) - self.root[day % 7] for day in past]
        self.sigma = max(_CHANCE, pstdev(apart))


def _rise(usual: _Usual, series: Series, days: range, limits: SurgeLimits) -> Deviation | None:
    known = dict(series)
    apart = [(day, math.sqrt(known.get(day, 0)) - usual.root[day % 7]) for day in days]
    found = ewma_surge(apart, 0.0, usual.sigma, limits.day_weight_percent / 100)
    return found if found is not None and found.sigmas > limits.deviations_allowed else None


RULE = MeasureRule(
    name="prescriber-surge",
    version=1,
    severity="S3",
    title=Wording(
        vi="Số đơn mỗi ngày của người kê đơn tăng vọt so với nửa năm trước của chính họ.",
        en="The prescriber's daily prescriptions rose far above their own past half-year.",
    ),
    source="EWMA of statistical process control, on square roots of daily counts",
    limits=SurgeLimits,
    detect=detect,
    subject_kind="prescriber",
)
