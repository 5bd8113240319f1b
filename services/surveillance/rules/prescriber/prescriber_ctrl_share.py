"""A larger share of controlled medicines than almost any peer.

The rule: of at least 100 prescriptions in a calendar month, the share with a controlled medicine
lies, with a probability above 95 %, above the share that 99 % of the peers stay below.

Source: the measures of the US Office of Inspector General compare prescribers' shares; the
statistics are RxLog's choice: shares of few cases are drawn towards the peers' (beta-binomial
shrinkage), so chance alone finds nobody.

How people and days are counted: prescriptions that were not cancelled, in the local calendar month
they were issued in. Controlled are narcotic, psychotropic and precursor medicines; prescriptions
for cancer or in palliative care count as not controlled. The peers' limit is computed without the
prescriber under review, from shares that are shrunk in the same way. Peers as in
`prescriber-volume`.

Exemptions considered: prescriptions for cancer and palliative care, by not counting as controlled;
places of one specialty are compared with their own only.

It does NOT mean that a single prescription is wrong: who treats pain, epilepsy or addiction among
colleagues who do not will be found, if the directory does not tell this specialty apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.measure import Measure
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.statistics import (
    Beta,
    peers_prior,
    probability_above,
    quantile,
)
from services.vietnam.bilingual import Wording


class ShareLimits(Limits):
    """So many prescriptions at least; how sure it must be that the share is above that of so many
    per cent of the peers."""

    prescriptions_min: int = Field(ge=1)
    peers_percent: float = Field(gt=50, lt=100)
    probability_percent_allowed: float = Field(ge=50, lt=100)


def detect(panel: Panel, limits: ShareLimits) -> Iterator[Signal]:
    """A signal is a month in which the share is surely above the peers' limit."""
    for members, compared in panel.peers.groups():
        cases = {m: _share(panel, m) for m in members}
        prior = peers_prior(cases.values())
        shrunk = {m: _shrunk(cases[m], prior) for m in members}
        for subject in compared:
            controlled, of = cases[subject]
            if of < limits.prescriptions_min or not controlled:
                continue
            usual_most = _limit(shrunk, subject, limits.peers_percent / 100)
            probability = probability_above(usual_most, controlled, of, prior)
            if probability * 100 > limits.probability_percent_allowed:
                yield _signal(panel, subject, usual_most, probability, members)


def _share(panel: Panel, subject: str) -> tuple[int, int]:
    written = panel.value(subject, Measure.PRESCRIPTIONS)
    return min(panel.value(subject, Measure.CONTROLLED), written), written


def _shrunk(cases: tuple[int, int], prior: Beta) -> float:
    controlled, of = cases
    return (prior.a + controlled) / (prior.a + prior.b + of)


def _limit(shrunk: dict[str, float], subject: str, share: float) -> float:
    return quantile([value for member, value in shrunk.items() if member != subject], share)


def _signal(
    panel: Panel, subject: str, usual_most: float, probability: float, members: Sequence[str]
) -> Signal:
    controlled, of = _share(panel, subject)
    return Signal(
        subject=subject,
        month=panel.month,
        first_day=first_day(panel.month),
        last_day=last_day(panel.month),
        weight=probability * controlled / of,
        figures={
            "probability_percent": f"{probability * 100:.1f}",
            "prescriptions": str(of),
            "controlled_prescriptions": str(controlled),
            "share_percent": f"{100 * controlled / of:.1f}",
            "peers_share_percent": f"{100 * usual_most:.1f}",
            "peers": str(len(members)),
            "peer_group": panel.group(subject),
        },
    )


RULE = MeasureRule(
    name="prescriber-ctrl-share",
    version=1,
    severity="S3",
    title=Wording(
        vi="Tỷ lệ đơn có thuốc kiểm soát đặc biệt của người kê đơn cao hơn hầu hết đồng nghiệp.",
        en="The prescriber's share of controlled medicines is above that of almost all peers.",
    ),
    source="US OIG measures of prescribers; beta-binomial shrinkage is RxLog's choice",
    limits=ShareLimits,
    detect=detect,
    subject_kind="prescriber",
)
