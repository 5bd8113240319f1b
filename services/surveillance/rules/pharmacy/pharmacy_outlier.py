"""A pharmacy far above its peers in how much, for how few, or in which medicines it sells.

The rule: of at least 100 dispenses in a calendar month, at least one of four measures lies above
the peers' third quartile by more than three interquartile ranges: dispenses a patient and dispenses
a prescriber (as logarithms), the share of opioids and the share of benzodiazepines and Z-drugs (as
arcsines). One or two are statistics; three or more are a reason to look.

Source: the US Office of Inspector General (OEI-02-09-00600) found 2,600 pharmacies by eight
measures. Four of them cannot be computed: amounts (two measures), brands and refills are unknown;
its schedules are replaced by medicines' classes.

How people and days are counted: dispenses that were not reversed, by local month of sale; a patient
or a prescriber counts once a month. What was prescribed for cancer or in palliative care is no
opioid or sedative here. Peers are pharmacies of the same kind, level and province, at least 20.

Exemptions considered: cancer and palliative care, by not counting them; hospital pharmacies are
compared with their own kind only.

It does NOT mean that anything is wrong: a pharmacy beside a pain or psychiatric clinic is found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.measure import Measure
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.statistics import upper_fence
from services.vietnam.bilingual import Wording


class OutlierLimits(Limits):
    """Dispenses at least, interquartile ranges above the third quartile that are allowed, and the
    measures that must be passed for statistics and for a look."""

    dispenses_min: int = Field(ge=1)
    quartile_ranges_allowed: float = Field(gt=0)
    components_min: int = Field(ge=1, le=4)
    components_high: int = Field(ge=1, le=4)


def detect(panel: Panel, limits: OutlierLimits) -> Iterator[Signal]:
    """A signal is a month with enough extreme measures."""
    for members, compared in panel.peers.groups():
        large = [m for m in members if panel.value(m, Measure.DISPENSES) >= limits.dispenses_min]
        fences = {
            name: upper_fence([of(panel, m) for m in large], limits.quartile_ranges_allowed)
            for name, of in _COMPONENTS.items()
            if large
        }
        for subject in sorted(set(large) & set(compared)):
            extreme = [
                name for name, fence in fences.items() if _COMPONENTS[name](panel, subject) > fence
            ]
            if len(extreme) >= limits.components_min:
                yield _signal(panel, subject, extreme, limits, len(large))


def _signal(
    panel: Panel, subject: str, extreme: list[str], limits: OutlierLimits, peers: int
) -> Signal:
    dispenses = panel.value(subject, Measure.DISPENSES)
    return Signal(
        subject=subject,
        month=panel.month,
        first_day=first_day(panel.month),
        last_day=last_day(panel.month),
        weight=len(extreme),
        severity="S3" if len(extreme) >= limits.components_high else "S4",
        figures={
            "dispenses": str(dispenses),
            "customers": str(panel.value(subject, Measure.CUSTOMERS)),
            "prescribers_served": str(panel.of(subject, Measure.PRESCRIBERS_SERVED).parts),
            "opioids_sold": str(panel.value(subject, Measure.OPIOIDS_SOLD)),
            "sedatives_sold": str(panel.value(subject, Measure.SEDATIVES_SOLD)),
            "components": str(len(extreme)),
            "which": "; ".join(extreme),
            "peers": str(peers),
            "peer_group": panel.group(subject),
        },
    )


def _log_ratio(panel: Panel, subject: str, below: int) -> float:
    return math.log(panel.value(subject, Measure.DISPENSES) / below) if below else 0.0


def _arcsine(panel: Panel, subject: str, measure: Measure) -> float:
    share = panel.value(subject, measure) / panel.value(subject, Measure.DISPENSES)
    return math.asin(math.sqrt(min(share, 1.0)))


_COMPONENTS: dict[str, Callable[[Panel, str], float]] = {
    "số lần bán mỗi người bệnh / dispenses a patient": lambda panel, subject: _log_ratio(
        panel, subject, panel.value(subject, Measure.CUSTOMERS)
    ),
    "số lần bán mỗi người kê đơn / dispenses a prescriber": lambda panel, subject: _log_ratio(
        panel, subject, panel.of(subject, Measure.PRESCRIBERS_SERVED).parts
    ),
    "tỷ lệ opioid / opioid share": lambda panel, subject: _arcsine(
        panel, subject, Measure.OPIOIDS_SOLD
    ),
    "tỷ lệ thuốc an thần / sedative share": lambda panel, subject: _arcsine(
        panel, subject, Measure.SEDATIVES_SOLD
    ),
}

RULE = MeasureRule(
    name="pharmacy-outlier",
    version=1,
    severity="S3",
    title=Wording(
        vi="Nhà thuốc vượt xa các nhà thuốc cùng nhóm về số lần bán hoặc loại thuốc bán.",
        en="The pharmacy lies far above its peers in how much or which medicines it sells.",
    ),
    source="US OIG OEI-02-09-00600, four of its eight measures",
    limits=OutlierLimits,
    detect=detect,
    subject_kind="pharmacy",
)
