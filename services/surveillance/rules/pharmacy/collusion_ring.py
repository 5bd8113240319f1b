"""A closed circle of patients, prescribers and a pharmacy around controlled medicines.

The rule: over three calendar months, a pharmacy, at least one prescriber and at least three
patients are tied to each other without any single one holding them together; at least half of the
pharmacy's controlled sales are on the prescriptions of these prescribers; and of the patients, at
least 30 % have an alert of their own.

What a tie is: at least 5 controlled sales between a prescriber and a pharmacy, and at least five
times as many as their sizes let expect (lift: sales of both times all sales, by the product of
each one's sales); at least 3 between a patient and each of the two. Everybody is reached from
everybody in two separate ways (a biconnected component). More than 300 people and places are a
market, not a ring.

Source: searches for dense subgraphs in the Kansas PDMP (NPHGS, AAAI 2023) and Korea's and the
United States' practice; lift, half and 30 % are the numbers of RxLog's reference.

How people and days are counted: controlled dispenses that were not reversed, in local months, but
those for cancer or in palliative care, and those on the prescriber's own site. Alerts of a patient
are those whose episode began within the three months, by the rules named in `flag_rules`.

Exemptions considered: cancer, palliative care and the own site, by not counting them.

It does NOT mean that anybody agreed on anything: a village with one clinic and one pharmacy is a
circle too, and its patients may be as ill as their alerts say.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

import networkx
from pydantic import Field

from services.surveillance.findings import Limits
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.measures.panel import Panel
from services.surveillance.measures.signals import MeasureRule, Signal
from services.surveillance.measures.ties import TIE_MIN, TIES_MONTHS, Ties
from services.vietnam.bilingual import Wording

Node = tuple[str, str]
"""What it is, and its id."""


class RingLimits(Limits):
    """Sales that make a tie, the lift between prescriber and pharmacy, patients, members, and the
    shares of the pharmacy's sales and of flagged patients, in per cent."""

    pair_dispenses_min: int = Field(ge=TIE_MIN)
    patient_dispenses_min: int = Field(ge=TIE_MIN)
    lift_min: float = Field(gt=1)
    patients_min: int = Field(ge=2)
    members_max: int = Field(ge=4)
    internal_percent_min: float = Field(gt=0, le=100)
    flagged_percent_min: float = Field(ge=0, le=100)
    flag_rules: tuple[str, ...]


def detect(panel: Panel, limits: RingLimits) -> Iterator[Signal]:
    """A signal is a pharmacy in such a circle; of several the one with most of its sales."""
    best: dict[str, Signal] = {}
    for ring in networkx.biconnected_components(_graph(panel.ties, limits)):
        patients = {name for kind, name in ring if kind == "patient"}
        prescribers = {name for kind, name in ring if kind == "prescriber"}
        if len(patients) < limits.patients_min or not prescribers:
            continue
        if len(ring) > limits.members_max:
            continue
        for kind, pharmacy in sorted(ring):
            if kind != "pharmacy":
                continue
            found = _signal(panel, pharmacy, patients, prescribers, limits)
            if found and (pharmacy not in best or found.weight > best[pharmacy].weight):
                best[pharmacy] = found
    yield from best.values()


def _graph(ties: Ties, limits: RingLimits) -> networkx.Graph[Node]:
    """The ties that are strong enough, in an order that depends on nothing but them."""
    graph: networkx.Graph[Node] = networkx.Graph()
    everything = sum(ties.of_pharmacy.values())
    for (prescriber, pharmacy), count in sorted(ties.prescriber_pharmacy.items()):
        expected = ties.of_prescriber[prescriber] * ties.of_pharmacy[pharmacy] / everything
        if count >= limits.pair_dispenses_min and count >= limits.lift_min * expected:
            graph.add_edge(("prescriber", prescriber), ("pharmacy", pharmacy))
    near = set(graph)
    for pairs, kind in (
        (ties.patient_prescriber, "prescriber"),
        (ties.patient_pharmacy, "pharmacy"),
    ):
        for (patient, other), count in sorted(pairs.items()):
            if count >= limits.patient_dispenses_min and (kind, other) in near:
                graph.add_edge(("patient", patient), (kind, other))
    return graph


def _signal(
    panel: Panel, pharmacy: str, patients: Set[str], prescribers: Set[str], limits: RingLimits
) -> Signal | None:
    ties, sold = panel.ties, panel.ties.of_pharmacy[pharmacy]
    inside = sum(ties.prescriber_pharmacy.get((p, pharmacy), 0) for p in prescribers)
    counted = frozenset(limits.flag_rules)
    flagged = sum(bool(ties.flags.get(p, counted - counted) & counted) for p in patients)
    if inside * 100 < limits.internal_percent_min * sold:
        return None
    if flagged * 100 < limits.flagged_percent_min * len(patients):
        return None
    return Signal(
        subject=pharmacy,
        month=panel.month,
        first_day=first_day(panel.month - TIES_MONTHS + 1),
        last_day=last_day(panel.month),
        weight=inside,
        figures={
            "patients": str(len(patients)),
            "prescribers": str(len(prescribers)),
            "which_prescribers": ", ".join(sorted(prescribers)[:10]),
            "dispenses": str(sold),
            "inside": str(inside),
            "internal_percent": f"{100 * inside / sold:.1f}",
            "flagged_percent": f"{100 * flagged / len(patients):.1f}",
        },
    )


RULE = MeasureRule(
    name="collusion-ring",
    version=1,
    severity="S2",
    title=Wording(
        vi="Một nhà thuốc, một số người kê đơn và người bệnh tạo thành vòng khép kín về thuốc "
        "kiểm soát đặc biệt.",
        en="A pharmacy, prescribers and patients form a closed circle around controlled medicines.",
    ),
    source="NPHGS on the Kansas PDMP (AAAI 2023); the numbers are RxLog's",
    limits=RingLimits,
    detect=detect,
    subject_kind="pharmacy",
)
