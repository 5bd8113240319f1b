"""A patient in the very middle of the network of opioids, by dose, practices and pharmacies.

The rule: over three calendar months, opioids reached the patient from at least 3 practices through
at least 3 pharmacies, and the patient's centrality is above that of 99.5 of 100 patients to whom
opioids were handed. With fewer than 200 such patients nothing is found.

What centrality is: BiRank. Patients stand on one side, practices and pharmacies on the other, and
they are tied by the opioids handed over, in morphine milligram equivalents. Everybody begins with
the same score; patients pass theirs on to their places and places to their patients, along the
ties, until nothing moves (`measures/centrality.py`). A patient has a high score who takes much, at
many places, and above all at places where others of high score take theirs. One is the even share.

Source: Yang K-C and others (PLoS ONE 2022, 0273569): in networks of patients and prescribers, two
measures made for networks of two kinds of members predicted overdoses better than classic ones (the
abstract does not say which two), and the opioids' potency improved them. BiRank: He and others
(TKDE 2017), with its usual damping of 0.85. 3 practices and 3 pharmacies: Walker 2017, over 18
months rather than three. Pharmacies in the network, 99.5 % and 200 are RxLog's.

How people and days are counted: opioids handed over and not reversed, in local months, whose dose
in morphine equivalents is known (oral medicines; no patches, buprenorphine or treatment of
dependence; sedatives have no such dose, and who shops for them is not seen here). Prescribers of
one practice count once, and so do branches of one chain. What was sold on the prescriber's own site
is left out: such a place and its prescribers are one.

Exemptions considered: cancer, palliative care and the own site, by not counting them.

It does NOT mean that the patient deceives anybody, misuses or sells the medicines. Somebody is
always among the highest; severe pain, a move, referrals and pharmacies without stock look the same,
and a patient of small places stands out sooner than one of large ones. It is a statistic for
choosing whose treatment might be reviewed first, and no reason to refuse or to stop anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.centrality import Place, birank
from services.surveillance.measures.doses import Doses
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.statistics import quantile
from services.surveillance.measures.ties import TIES_MONTHS
from services.vietnam.bilingual import Wording


class CentralityLimits(Limits):
    """Damping of the scores, the per cent of all patients to lie above, practices, pharmacies, and
    the patients below whose number nothing is found."""

    damping: float = Field(gt=0, lt=1)
    peers_percent: float = Field(gt=50, lt=100)
    practices_min: int = Field(ge=1)
    pharmacies_min: int = Field(ge=1)
    patients_min: int = Field(ge=2)


def detect(panel: Panel, limits: CentralityLimits) -> Iterator[Signal]:
    """A signal is a patient of the highest scores who came to enough places."""
    doses = panel.doses
    practices = Counter(patient for patient, _ in doses.of_practice)
    pharmacies = Counter(patient for patient, _ in doses.at_pharmacy)
    if len(practices | pharmacies) < limits.patients_min:
        return
    scores = birank(_ties(doses), limits.damping)
    usual_most = quantile([*scores.values()], limits.peers_percent / 100)
    handed_over: Counter[str] = Counter()
    for (patient, _), milli in doses.at_pharmacy.items():
        handed_over[patient] += milli
    for patient, score in sorted(scores.items()):
        if score <= usual_most:
            continue
        if practices[patient] < limits.practices_min:
            continue
        if pharmacies[patient] < limits.pharmacies_min:
            continue
        yield Signal(
            subject=patient,
            month=panel.month,
            first_day=first_day(panel.month - TIES_MONTHS + 1),
            last_day=last_day(panel.month),
            weight=score,
            figures={
                "centrality": f"{score:.3f}",
                "peers_centrality": f"{usual_most:.3f}",
                "patients": str(len(scores)),
                "practices": str(practices[patient]),
                "pharmacies": str(pharmacies[patient]),
                "mme_handed_over": str(round(handed_over[patient] / 1000)),
            },
        )


def _ties(doses: Doses) -> dict[tuple[str, Place], int]:
    """Patient and place -> dose. A place is told by what it is and its id: a hospital may both
    prescribe and sell under one code."""
    return {
        (patient, (kind, place)): milli
        for kind, pairs in (("practice", doses.of_practice), ("pharmacy", doses.at_pharmacy))
        for (patient, place), milli in pairs.items()
    }


RULE = MeasureRule(
    name="shopper-centrality",
    version=1,
    severity="S4",
    title=Wording(
        vi="Người bệnh thuộc nhóm ở vị trí trung tâm nhất của mạng lưới opioid giữa người bệnh, "
        "cơ sở kê đơn và nhà thuốc.",
        en="The patient is among the most central in the network of opioids between patients, "
        "practices and pharmacies.",
    ),
    source="Yang K-C 2022 (PLoS ONE 0273569); BiRank (TKDE 2017); 99.5 % and 200 are RxLog's",
    limits=CentralityLimits,
    detect=detect,
    subject_kind="patient",
)
