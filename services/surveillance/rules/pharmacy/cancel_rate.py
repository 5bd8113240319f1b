"""Many of a pharmacy's dispenses were taken back.

The rule: of at least 200 dispenses in a calendar month, the share that was reversed is above 5 %
and above the share that 99 % of the peers stay below; or, of as many, more than 2 % were reversed
later than 7 days after the sale.

Source: Portugal's SPMS watches each pharmacy's share of annulled dispenses; 5 % and the late share
are RxLog's defaults.

How people and days are counted: every dispense told, held or reversed since, in the local calendar
month of the sale. A dispense that was reversed and reported anew counts as both. Where there are
too few peers (fewer than 20), 5 % alone decides. Peers' limit is computed without the pharmacy.

Exemptions considered: none; a cash register that voids and sends again is visible as just that.

It does NOT mean fraud: a faulty till, returned goods or a new employee look the same. A claim that
stayed payable after its dispense was reversed is found by the registry, not here.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.measure import Measure
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.statistics import quantile
from services.vietnam.bilingual import Wording


class CancelLimits(Limits):
    """Dispenses at least; shares of them, in per cent, that may be reversed at all, and late; and
    of how many per cent of the peers the share must be above."""

    dispenses_min: int = Field(ge=1)
    percent_allowed: float = Field(ge=0, le=100)
    percent_late_allowed: float = Field(ge=0, le=100)
    peers_percent: float = Field(gt=50, lt=100)


def detect(panel: Panel, limits: CancelLimits) -> Iterator[Signal]:
    """A signal is a month with too many reversals, or too many late ones."""
    percents = {subject: _percent(panel, subject, Measure.REVERSED) for subject in panel.totals}
    for subject, percent in percents.items():
        told = _told(panel, subject)
        if told < limits.dispenses_min:
            continue
        late = _percent(panel, subject, Measure.REVERSED_LATE)
        others = [
            percents[m]
            for m in panel.members(subject)
            if m != subject and _told(panel, m) >= limits.dispenses_min
        ]
        usual_most = quantile(others, limits.peers_percent / 100) if others else 0.0
        allowed = max(limits.percent_allowed, usual_most)
        if percent <= allowed and late <= limits.percent_late_allowed:
            continue
        yield Signal(
            subject=subject,
            month=panel.month,
            first_day=first_day(panel.month),
            last_day=last_day(panel.month),
            weight=percent,
            figures={
                "dispenses": str(told),
                "reversed": str(panel.value(subject, Measure.REVERSED)),
                "percent": f"{percent:.1f}",
                "percent_late": f"{late:.1f}",
                "peers_share_percent": f"{usual_most:.1f}",
                "peers": str(len(others)),
            },
        )


def _told(panel: Panel, subject: str) -> int:
    return panel.value(subject, Measure.DISPENSES) + panel.value(subject, Measure.REVERSED)


def _percent(panel: Panel, subject: str, measure: Measure) -> float:
    told = _told(panel, subject)
    return 100 * panel.value(subject, measure) / told if told else 0.0


RULE = MeasureRule(
    name="cancel-rate",
    version=1,
    severity="S3",
    title=Wording(
        vi="Nhà thuốc hủy một tỷ lệ lớn các lần bán thuốc đã báo cáo.",
        en="The pharmacy took back a large share of the dispenses it had reported.",
    ),
    source="SPMS (Portugal) watches the share of annulled dispenses; the numbers are RxLog's",
    limits=CancelLimits,
    detect=detect,
    subject_kind="pharmacy",
)
