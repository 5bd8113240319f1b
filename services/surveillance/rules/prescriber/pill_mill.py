"""A prescriber who stands out among peers in several ways at once.

The rule: of at least 50 controlled prescriptions in a calendar month, in at least 3 of 6 measures
the prescriber lies above 95 % of the peers, and the sum of the six ranks is among the highest 0.5 %
of the group (of fewer than 200 peers, the highest one).

The measures: share of controlled prescriptions; mean daily dose of opioids; prescriptions a
controlled patient; most prescriptions within an hour; alerts about patients with opioid,
benzodiazepine and relaxant at once, and about patients with many practices and pharmacies, each by
controlled patients.

Source: what investigations of pill mills look at. In one study 87 % of 858,290 opioid prescribers
had no doctor shopper, and the quarter with 66 opioid patients or more wrote for 82 % of shoppers
(Cepeda). Patients' distance and cash payment are left out: homes are sealed, payment is unknown.

How people and days are counted: as in the other rules; an alert about a patient counts in the month
its episode began and for every prescriber its evidence names. Equal peers share a rank, so that a
measure in which all are alike ranks nobody high. Where fewer than 100 share kind, level and
province, the province is given up; fewer than 100 then are not compared.

Exemptions considered: cancer and palliative care, by not counting them as controlled.

It does NOT mean that this is a pill mill: pain and addiction clinics stand out in all of these.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.measure import Measure
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel, Peak
from services.surveillance.measures.signals import MeasureRule, Signal
from services.vietnam.bilingual import Wording


class PillMillLimits(Limits):
    """Controlled prescriptions and peers at least; how many measures must be above the share of
    peers; and the highest part of the group that is found."""

    prescriptions_min: int = Field(ge=1)
    peers_min: int = Field(ge=20)
    components_min: int = Field(ge=1, le=6)
    peers_percent: float = Field(gt=50, lt=100)
    highest_percent: float = Field(gt=0, lt=50)


def detect(panel: Panel, limits: PillMillLimits) -> Iterator[Signal]:
    """A signal is a month in which enough measures and the sum of the ranks stand out."""
    for members, compared in panel.peers.groups(limits.peers_min):
        ranks = _ranks(panel, members)
        scores = {subject: math.fsum(of.values()) for subject, of in ranks.items()}
        places = max(1, int(len(members) * limits.highest_percent / 100))
        lowest = sorted(scores.values(), reverse=True)[places - 1]
        for subject in compared:
            high = [name for name, r in ranks[subject].items() if r * 100 > limits.peers_percent]
            if len(high) < limits.components_min or scores[subject] < lowest:
                continue
            if panel.value(subject, Measure.CONTROLLED) >= limits.prescriptions_min:
                group = panel.peers.group(subject, limits.peers_min)
                yield _signal(
                    panel, subject, scores[subject], high, peers=len(members), group=group
                )


def _ranks(panel: Panel, members: Sequence[str]) -> dict[str, dict[str, float]]:
    """Subject -> measure -> share of the peers that lie below."""
    ranks: dict[str, dict[str, float]] = {subject: {} for subject in members}
    for name, measure in _COMPONENTS.items():
        values = {subject: measure(panel, subject) for subject in members}
        ordered = sorted(values.values())
        for subject, value in values.items():
            below = bisect_left(ordered, value)
            ranks[subject][name] = below / (len(ordered) - 1)
    return ranks


def _signal(
    panel: Panel, subject: str, score: float, high: list[str], *, peers: int, group: str
) -> Signal:
    return Signal(
        subject=subject,
        month=panel.month,
        first_day=first_day(panel.month),
        last_day=last_day(panel.month),
        weight=score,
        figures={
            "prescriptions": str(panel.value(subject, Measure.CONTROLLED)),
            "components": str(len(high)),
            "which": "; ".join(high),
            "score": f"{score:.2f}",
            "peers": str(peers),
            "peer_group": group,
        },
    )


def _ratio(panel: Panel, subject: str, above: Measure, below: Measure) -> float:
    of = panel.value(subject, below)
    return panel.value(subject, above) / of if of else 0.0


def _alerts(rule: str) -> Callable[[Panel, str], float]:
    def per_patient(panel: Panel, subject: str) -> float:
        patients = panel.value(subject, Measure.PATIENTS)
        found = panel.part(subject, Measure.ALERTS_OF_PATIENTS, rule)
        return found / patients if patients else 0.0

    return per_patient


_COMPONENTS: dict[str, Callable[[Panel, str], float]] = {
    "tỷ lệ thuốc kiểm soát / controlled share": lambda panel, subject: _ratio(
        panel, subject, Measure.CONTROLLED, Measure.PRESCRIPTIONS
    ),
    "liều opioid / opioid dose": lambda panel, subject: _ratio(
        panel, subject, Measure.OPIOID_MME, Measure.OPIOID_DAYS
    ),
    "số đơn mỗi người bệnh / prescriptions a patient": lambda panel, subject: _ratio(
        panel, subject, Measure.CONTROLLED, Measure.PATIENTS
    ),
    "nhiều nhất trong một giờ / most in an hour": lambda panel, subject: (
        panel.peaks.get(subject, Peak(0, 0)).value
    ),
    "ba thuốc cùng lúc / trinity": _alerts("trinity"),
    "nhiều nơi kê và bán / mpe": _alerts("mpe"),
}

RULE = MeasureRule(
    name="pill-mill",
    version=1,
    severity="S2",
    title=Wording(
        vi="Người kê đơn nổi bật so với đồng nghiệp ở nhiều chỉ số thuốc kiểm soát cùng lúc.",
        en="The prescriber stands out among peers in several measures of controlled medicines.",
    ),
    source="Cepeda; what investigations look at; the numbers are RxLog's",
    limits=PillMillLimits,
    detect=detect,
    subject_kind="prescriber",
)
