"""More prescriptions in an hour than one person can see patients.

The rule: more than 30 prescriptions under one prescriber's code within an hour.

Source: a physical limit: two minutes for each patient. Stolen credentials and scripts look so. The
number is RxLog's default.

How hours are counted: four quarters of the local clock hour in a row (as 9:15 to 10:15), by the
time of issue. A burst that straddles quarters badly may therefore be missed by a few prescriptions,
never found wrongly. Cancelled prescriptions do not count, whatever they were for.

Exemptions considered: none.

It does NOT mean that the prescriber did it: somebody else may use the account. Prescriptions that
were written by hand in a power cut and entered together, or a monthly renewal for a nursing home,
look the same if they carry the time of entry.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.panel import Panel, slot_time
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.timeline import calendar_date
from services.vietnam.bilingual import Wording


class ThroughputLimits(Limits):
    """Prescriptions within an hour that are allowed."""

    prescriptions_an_hour_allowed: int = Field(ge=1)


def detect(panel: Panel, limits: ThroughputLimits) -> Iterator[Signal]:
    """A signal is a month with such an hour; the fullest one is told."""
    for subject, peak in panel.peaks.items():
        if peak.value <= limits.prescriptions_an_hour_allowed:
            continue
        day, hour, minute = slot_time(peak.slot - 3)
        yield Signal(
            subject=subject,
            month=panel.month,
            first_day=day,
            last_day=slot_time(peak.slot)[0],
            weight=peak.value,
            figures={
                "prescriptions_an_hour": str(peak.value),
                "hour_from": f"{calendar_date(day).isoformat()} {hour:02d}:{minute:02d}",
            },
        )


RULE = MeasureRule(
    name="throughput",
    version=1,
    severity="S2",
    title=Wording(
        vi="Số đơn kê trong một giờ nhiều hơn số người bệnh mà một người có thể khám.",
        en="More prescriptions were issued in an hour than one person can see patients.",
    ),
    source="Physical limit; the number is RxLog's",
    limits=ThroughputLimits,
    detect=detect,
    subject_kind="prescriber",
)
