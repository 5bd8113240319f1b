"""Patients in the middle of the network of opioids."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from math import sqrt
from random import Random

import pytest
from msgspec.structs import replace

from services.surveillance.engine import apply
from services.surveillance.measures.alerting import start_of
from services.surveillance.measures.centrality import Place, birank
from services.surveillance.measures.counting import Counts, difference
from services.surveillance.measures.ledger import Ledger
from services.surveillance.measures.measure import Key, Measure
from services.surveillance.measures.months import first_day
from services.surveillance.measures.reviewing import GRACE_DAYS
from services.surveillance.rules.patient.shopper_centrality import RULE
from services.surveillance.timeline import PatientState
from tests.surveillance.artificial import MORPHINE, PATIENT, dispensed
from tests.surveillance.artificial import SHIPPED as PARAMETERS
from tests.surveillance.measures.months import (
    FEBRUARY,
    FIRST,
    LAST,
    MARCH,
    SHIPPED,
    found,
    who,
)

SHOPPER = "patient-mau-shopper"
STRONG = replace(MORPHINE, strength_mg=Decimal(100))
JANUARY_FIRST, DECEMBER_LAST = first_day(FEBRUARY - 1), first_day(FEBRUARY - 1) - 1


def took(patient: str, practice: str, pharmacy: str, mme: int = 100, day: int = FIRST) -> Counts:
    """Opioids on a practice's prescription, handed over at a pharmacy."""
    return Counter(
        {
            Key(Measure.MME_OF_PRACTICE, patient, day, practice): mme * 1000,
            Key(Measure.MME_AT_PHARMACY, patient, day, pharmacy): mme * 1000,
        }
    )


def shopper(
    practices: int = 3,
    pharmacies: int = 3,
    *,
    mme: int = 900,
    name: str = SHOPPER,
    day: int = FIRST,
    times: int = 6,
) -> Counts:
    """Somebody who takes a dose so many times, from practices and pharmacies in turn."""
    total: Counts = Counter()
    for n in range(times):
        total += took(name, f"practice-{n % practices}", f"shop-{n % pharmacies}", mme, day)
    return total


def country(patients: int = 400) -> Counts:
    """Everybody else: a little from one of thirty practices, at one of 47 pharmacies."""
    total: Counts = Counter()
    for n in range(patients):
        total.update(took(f"patient-{n}", f"practice-{n % 30}", f"shop-{7 * n % 47}", 60 + n % 5))
    return total


def signalled(counters: Counts, **changes: object) -> set[str]:
    return who(found("shopper-centrality", counters, "patient", **changes))


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param(shopper(), {SHOPPER}, id="three practices, three pharmacies"),
        pytest.param(shopper(4, 4), {SHOPPER}, id="four and four"),
        pytest.param(shopper(2, 3), set(), id="two practices"),
        pytest.param(shopper(3, 2), set(), id="two pharmacies"),
        pytest.param(shopper(mme=1), set(), id="six of the smallest doses"),
        pytest.param(shopper(day=JANUARY_FIRST), {SHOPPER}, id="the first day of three months"),
        pytest.param(shopper(day=DECEMBER_LAST), set(), id="the day before"),
        pytest.param(shopper(day=LAST), {SHOPPER}, id="the last day"),
        pytest.param(shopper(day=LAST + 1), set(), id="the day after"),
        pytest.param(
            shopper(2, 3) + took(SHOPPER, "practice-9", "shop-0", 900, DECEMBER_LAST),
            set(),
            id="the third practice in December",
        ),
    ],
)
def test_shopper(counters: Counts, expected: set[str]) -> None:
    """Both sides of every limit, among four hundred others."""
    assert signalled(counters + country()) == expected


@pytest.mark.parametrize(("others", "expected"), [(199, {SHOPPER}), (198, set())])
def test_quiet_for_small_numbers(others: int, expected: set[str]) -> None:
    """With 200 patients in all somebody may stand out, with 199 nobody."""
    assert signalled(shopper() + country(others)) == expected


def test_only_half_a_per_cent_lie_above() -> None:
    """Given 401 patients, three of them shoppers; then the two above the 99.5th percentile."""
    counters = country(398)
    for name, mme in (("most", 3000), ("more", 2000), ("much", 1000)):
        counters += shopper(mme=mme, name=name)
    assert signalled(counters) == {"most", "more"}
    assert signalled(counters, peers_percent=99) == {"most", "more", "much"}


def test_much_at_one_clinic_and_one_pharmacy_is_no_shopping() -> None:
    """Hard negative: a high score, and whoever comes next is not named in that place either."""
    pain = shopper(1, 1, mme=5000, name="pain", times=30)
    assert signalled(pain + country()) == set()
    assert signalled(pain + shopper() + country()) == {SHOPPER}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, {PATIENT}, id="pain"),
        pytest.param({"treatment": "CANCER"}, set(), id="cancer"),
        pytest.param({"treatment": "PALLIATIVE"}, set(), id="palliative care"),
        pytest.param({"pharmacy_chain_id": "CHUOI-MAU"}, set(), id="branches of one chain"),
        pytest.param({"practice_id": "hospital-mau"}, set(), id="one hospital's prescribers"),
    ],
)
def test_the_same_journey_told_by_facts(given: dict[str, str], expected: set[str]) -> None:
    """Hard negatives: a patient's six sales, as the engine counts them."""
    state, counters = PatientState(patient_ref=PATIENT), country()
    for n in range(6):
        places = {"practice_id": f"practice-{n % 3}", "pharmacy_id": f"shop-{n % 3}"}
        before, fact = state, dispensed(STRONG, 60 + n, **{**places, **given})
        state, _ = apply(before, fact, PARAMETERS)
        counters += difference(before, fact, state)
    assert signalled(counters) == expected


def test_a_hospital_that_sells_is_two_places() -> None:
    """One code on both sides of a patient's ties is a practice and a pharmacy."""
    ties: Counts = Counter()
    for n in range(3):
        ties += took(SHOPPER, f"hospital-{n}", f"hospital-{(n + 1) % 3}", 900)
    assert signalled(ties + country()) == {SHOPPER}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_counters_changes_nothing(seed: int) -> None:
    """Not a digit of what is told."""
    counters = shopper() + shopper(4, 5, mme=333, name="another") + country()
    shuffled = list(counters.items())
    Random(seed).shuffle(shuffled)
    expected = found("shopper-centrality", counters, "patient")
    assert found("shopper-centrality", Counter(dict(shuffled)), "patient") == expected


def test_it_says_how_central_among_how_many() -> None:
    (signal,) = found("shopper-centrality", shopper() + country(), "patient")
    assert signal.figures["patients"] == "401"
    assert (signal.figures["practices"], signal.figures["pharmacies"]) == ("3", "3")
    assert signal.figures["mme_handed_over"] == "5400"
    assert float(signal.figures["centrality"]) > float(signal.figures["peers_centrality"])
    assert (signal.first_day, signal.last_day) == (JANUARY_FIRST, LAST)


def test_the_alert_is_a_statistic_about_a_patient() -> None:
    """Given a month that is over; then one alert, S4, in shadow, taken back with its facts."""
    ledger = Ledger(SHIPPED)
    ledger.add(shopper() + country())
    (raised,) = ledger.review(start_of(first_day(MARCH + 1) + GRACE_DAYS))
    assert (raised.subject_kind, raised.subject, raised.rule) == ("patient", SHOPPER, RULE.name)
    assert (raised.severity, raised.figures["mode"]) == ("S4", "shadow")
    ledger.add(Counter({key: -value for key, value in shopper().items()}))
    (gone,) = ledger.review(start_of(first_day(MARCH + 1) + GRACE_DAYS + 1))
    assert (type(gone).__name__, gone.alert_id) == ("AlertRetracted", raised.alert_id)


DAMPING = 0.85


def ties(seed: int, people: int = 12, places: int = 5) -> dict[tuple[str, Place], int]:
    random = Random(seed)
    return {
        (f"person-{i}", ("practice", f"{j}")): random.randint(1, 900)
        for i in range(people)
        for j in random.sample(range(places), random.randint(1, 3))
    }


def test_scores_of_alike_are_the_even_share() -> None:
    assert birank({}, DAMPING) == {}
    pairs = {(f"person-{n}", ("practice", f"{n}")): 5 for n in range(3)}
    assert birank(pairs, DAMPING) == {"person-0": 1.0, "person-1": 1.0, "person-2": 1.0}


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_the_ones_that_passing_on_leaves_as_they_are(seed: int) -> None:
    """BiRank's own equations, from the definition; and the unit of the weights does not matter."""
    weights = ties(seed)
    scores = birank(weights, DAMPING)
    of_person, of_place = Counter[str](), Counter[Place]()
    for (person, place), weight in weights.items():
        of_person[person] += weight
        of_place[place] += weight

    def tie(person: str, place: Place) -> float:
        return weights[person, place] / sqrt(of_person[person] * of_place[place])

    shared = {
        place: (1 - DAMPING) * len(of_person) / len(of_place)
        + DAMPING * sum(tie(*pair) * scores[pair[0]] for pair in weights if pair[1] == place)
        for place in of_place
    }
    for person, score in scores.items():
        passed = sum(tie(*pair) * shared[pair[1]] for pair in weights if pair[0] == person)
        assert score == pytest.approx(1 - DAMPING + DAMPING * passed, abs=1e-4)
    assert birank({pair: 1000 * weight for pair, weight in weights.items()}, DAMPING) == scores
