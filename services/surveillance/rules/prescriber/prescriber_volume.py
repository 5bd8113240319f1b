"""Far more prescriptions than peers write, for two months running.

The rule: in each of two calendar months in a row the prescriber wrote at least 50 prescriptions,
and the logarithm of their number lies more than 3.5 robust standard deviations above the median of
the peers' logarithms.

Source: state prescription monitoring programmes compare prescribers with their specialty's median
(PMP AWARxE prescriber reports); robust z and its limit of 3.5 are Iglewicz and Hoaglin's. Numbers
of prescriptions are heavy-tailed: without logarithms one prescriber in thirteen would be found.

How people and days are counted: every prescription that was not cancelled counts in the local
calendar month it was issued in, whatever it is for, under the prescriber's one national code, at
whatever practice. Peers are those who prescribed that month at places of the same specialty (or
kind), level and province; where they are fewer than 20, of the same specialty and level; where
these too are fewer, nobody is compared and nothing is found.

Exemptions considered: none by name; specialised places are compared with their own only.

It does NOT mean that anything is wrong with the prescriptions: a colleague's leave, an outbreak, a
screening campaign or one account shared by a team look the same. It asks why this is so much more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.measure import Measure
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.statistics import usual
from services.vietnam.bilingual import Wording


class VolumeLimits(Limits):
    """So many prescriptions a month at least, and so many robust deviations above the peers."""

    prescriptions_min: int = Field(ge=1)
    deviations_allowed: float = Field(gt=0)


def detect(panel: Panel, limits: VolumeLimits) -> Iterator[Signal]:
    """A signal is a month in which, as in the one before, both limits were passed."""
    measure = Measure.PRESCRIPTIONS
    for members, compared in panel.peers.groups():
        now = [math.log(n) for m in members if (n := panel.value(m, measure)) > 0]
        before = [math.log(n) for m in members if (n := panel.value_before(m, measure)) > 0]
        if not now or not before:
            continue
        is_usual, was_usual = usual(now), usual(before)
        for subject in compared:
            count, count_before = (
                panel.value(subject, measure),
                panel.value_before(subject, measure),
            )
            if min(count, count_before) < limits.prescriptions_min:
                continue
            z, z_before = is_usual.z(math.log(count)), was_usual.z(math.log(count_before))
            if min(z, z_before) > limits.deviations_allowed:
                yield Signal(
                    subject=subject,
                    month=panel.month,
                    first_day=first_day(panel.month - 1),
                    last_day=last_day(panel.month),
                    weight=z,
                    figures={
                        "deviations": f"{min(z, z_before):.1f}",
                        "prescriptions": str(min(count, count_before)),
                        "prescriptions_this_month": str(count),
                        "prescriptions_month_before": str(count_before),
                        "peers": str(len(members)),
                        "peer_group": panel.group(subject),
                        "peer_median": f"{math.exp(is_usual.middle):.0f}",
                    },
                )


RULE = MeasureRule(
    name="prescriber-volume",
    version=1,
    severity="S3",
    title=Wording(
        vi="Người kê đơn kê nhiều đơn hơn hẳn các đồng nghiệp cùng nhóm trong hai tháng liền.",
        en="The prescriber wrote far more prescriptions than peers did, for two months running.",
    ),
    source="PMP AWARxE prescriber reports; robust z of Iglewicz and Hoaglin, on logarithms",
    limits=VolumeLimits,
    detect=detect,
    subject_kind="prescriber",
)
