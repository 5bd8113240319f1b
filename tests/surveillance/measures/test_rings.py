"""Closed circles of patients, prescribers and a pharmacy."""

from __future__ import annotations

from collections import Counter

import pytest

from services.surveillance.measures.counting import Counts
from services.surveillance.measures.measure import Key, Measure
from services.surveillance.measures.months import first_day
from tests.surveillance.measures.months import FEBRUARY, FIRST, found, who

RING = "pharmacy-mau-ring"
DOCTOR = "prescriber-mau-ring"


def sale(patient: str, doctor: str, pharmacy: str, count: int = 3, day: int = FIRST) -> Counts:
    """So many controlled sales that tie three together."""
    return Counter(
        {
            Key(Measure.PATIENT_AT_PHARMACY, pharmacy, day, patient): count,
            Key(Measure.PATIENT_OF_PRESCRIBER, doctor, day, patient): count,
            Key(Measure.PRESCRIBER_AT_PHARMACY, pharmacy, day, doctor): count,
        }
    )


def flagged(*patients: str, rule: str = "mpe") -> Counts:
    return Counter({Key(Measure.ALERTS, patient, FIRST, rule): 1 for patient in patients})


def ring(patients: int = 4, count: int = 3, outside: int = 0, day: int = FIRST) -> Counts:
    """A doctor, a pharmacy and so many patients; the pharmacy sells to others as well."""
    total: Counts = Counter()
    for n in range(patients):
        total += sale(f"ring-{n}", DOCTOR, RING, count, day)
    for n in range(outside):
        total += sale(f"passer-{n}", f"doctor-mau-{n}", RING, 1, day)
    return total


def country(doctors: int = 60) -> Counts:
    """Everybody else: patients, doctors and pharmacies of whom nobody is close to anybody."""
    total: Counts = Counter()
    for n in range(doctors * 10):
        total += sale(f"patient-{n}", f"doctor-{n % doctors}", f"shop-{(7 * n) % 47}", 1)
    return total


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(ring() + flagged("ring-0", "ring-1"), {RING}, id="four, two with alerts"),
        pytest.param(ring() + flagged("ring-0"), set(), id="one of four is 25 per cent"),
        pytest.param(ring(10) + flagged(*(f"ring-{n}" for n in range(3))), {RING}, id="30 %"),
        pytest.param(ring(2) + flagged("ring-0", "ring-1"), set(), id="two patients"),
        pytest.param(ring(3) + flagged("ring-0"), {RING}, id="three patients"),
        pytest.param(ring(count=2) + flagged("ring-0", "ring-1"), set(), id="two sales each"),
        pytest.param(
            ring(outside=12) + flagged("ring-0", "ring-1"), {RING}, id="half of the sales"
        ),
        pytest.param(ring(outside=13) + flagged("ring-0", "ring-1"), set(), id="less than half"),
        pytest.param(
            ring() + flagged("ring-0", "ring-1", rule="dup-l4"), set(), id="alerts of no weight"
        ),
        pytest.param(
            ring(day=first_day(FEBRUARY - 1)) + flagged("ring-0", "ring-1"), {RING}, id="January"
        ),
        pytest.param(
            ring(day=first_day(FEBRUARY - 2)) + flagged("ring-0", "ring-1"), set(), id="December"
        ),
    ],
)
def test_ring(counters: Counts, expected: set[str]) -> None:
    """Both sides of every limit."""
    assert who(found("collusion-ring", counters + country(), "pharmacy")) == expected


def test_a_village_is_no_ring_without_alerts() -> None:
    """Hard negative: one clinic, one pharmacy, everybody goes there."""
    assert not found("collusion-ring", ring(30) + country(), "pharmacy")


def test_a_hub_is_no_ring() -> None:
    """A pharmacy everybody goes to has ties by its size alone: no lift."""
    hub: Counts = Counter()
    for n in range(200):
        hub += sale(f"patient-{n % 40}", f"doctor-{n % 4}", "hub", 3)
    everybody = flagged(*(f"patient-{n}" for n in range(40)))
    assert not found("collusion-ring", hub + everybody, "pharmacy")


def test_it_says_who_and_how_much() -> None:
    """Members, shares and the three months."""
    counters = ring() + flagged("ring-0", "ring-1") + country()
    (signal,) = found("collusion-ring", counters, "pharmacy")
    assert signal.figures["patients"] == "4"
    assert signal.figures["which_prescribers"] == DOCTOR
    assert signal.figures["internal_percent"] == "100.0"
    assert signal.figures["flagged_percent"] == "50.0"
    assert signal.first_day == first_day(FEBRUARY - 1)
