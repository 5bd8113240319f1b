"""Counters follow the timelines exactly, whatever happens to the facts."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contracts.facts import Fact, FactRecorded
from services.surveillance.engine import apply
from services.surveillance.measures.counting import Counts, difference
from services.surveillance.measures.measure import Key, Measure, kind_of
from services.surveillance.measures.months import first_day, last_day, month_name, month_of
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import PatientState
from tests.surveillance.artificial import (
    AMLODIPINE,
    DIAZEPAM,
    MORPHINE,
    PATIENT,
    TRAMADOL,
    at,
    dispensed,
    parameters,
    prescribed,
    withdrawn,
)
from tests.surveillance.lives import lives

QUIET = parameters()
SENSITIVE = parameters("mpe", "cob", practices_min=2, pharmacies_min=2, overlap_days_min=2)
WHO = "prescriber-mau"
REVERSALS = (Measure.REVERSED, Measure.REVERSED_LATE)


def counted(*facts: Fact, by: Parameters = QUIET) -> Counts:
    """What these facts come to, told one after the other."""
    state, total = PatientState(patient_ref=PATIENT), Counts()
    for fact in facts:
        after, _ = apply(state, fact, by)
        total.update(difference(state, fact, after))
        state = after
    return Counter({key: value for key, value in total.items() if value})


def of(measure: Measure, counts: Counts) -> dict[tuple[str, str], int]:
    """(subject, part) -> count of one measure."""
    return {(k.subject, k.part): n for k, n in counts.items() if k.measure is measure}


def test_a_prescription_counts_for_its_prescriber() -> None:
    """On its day, in its quarter of an hour, at its practice, among the controlled."""
    counts = counted(prescribed(TRAMADOL, at(59, 9, 20)))
    assert counts[Key(Measure.PRESCRIPTIONS, WHO, first_day(month_of(20513)))] == 1
    (slot,) = (k.period for k in counts if k.measure is Measure.BY_QUARTER_HOUR)
    assert slot % 96 == 9 * 4 + 1
    assert of(Measure.PRACTICES, counts) == {(WHO, "01001"): 1}
    assert of(Measure.CONTROLLED, counts) == {(WHO, ""): 1}
    assert of(Measure.PATIENTS, counts) == {(WHO, ""): 1}
    assert not of(Measure.CONTROLLED_AT_NIGHT, counts)


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(21, 59, 0), (22, 0, 1), (23, 59, 1), (0, 0, 1), (4, 59, 1), (5, 0, 0)],
)
def test_the_night_begins_at_ten_and_ends_before_five(
    hour: int, minute: int, expected: int
) -> None:
    """Local time."""
    counts = counted(prescribed(TRAMADOL, at(70, hour, minute)))
    assert len(of(Measure.CONTROLLED_AT_NIGHT, counts)) == expected


@pytest.mark.parametrize("treatment", ["CANCER", "PALLIATIVE"])
def test_cancer_and_palliative_care_do_not_count_as_controlled(treatment: str) -> None:
    """They do count as prescriptions and sales."""
    counts = counted(
        prescribed(TRAMADOL, treatment=treatment), dispensed(TRAMADOL, treatment=treatment)
    )
    assert of(Measure.PRESCRIPTIONS, counts)
    assert of(Measure.DISPENSES, counts)
    for measure in (Measure.CONTROLLED, Measure.OPIOIDS_SOLD, Measure.PATIENT_AT_PHARMACY):
        assert not of(measure, counts)


def test_a_sale_counts_for_the_pharmacy_and_ties_three_together() -> None:
    """An opioid, a sedative, and something else."""
    counts = counted(dispensed(TRAMADOL), dispensed(DIAZEPAM, 1), dispensed(AMLODIPINE, 2))
    assert of(Measure.DISPENSES, counts) == {("01P01", ""): 3}
    assert of(Measure.OPIOIDS_SOLD, counts) == {("01P01", ""): 1}
    assert of(Measure.SEDATIVES_SOLD, counts) == {("01P01", ""): 1}
    assert of(Measure.PATIENT_AT_PHARMACY, counts) == {("01P01", PATIENT): 2}
    assert of(Measure.PATIENT_OF_PRESCRIBER, counts) == {(WHO, PATIENT): 2}
    assert of(Measure.PRESCRIBER_AT_PHARMACY, counts) == {("01P01", WHO): 2}


STRONG = replace(MORPHINE, strength_mg=Decimal(10))
"""Ten milligrams a day, thirty days: 300 MME with each sale."""


def test_the_opioids_of_a_sale_tie_its_patient_to_practice_and_pharmacy() -> None:
    """By their dose, all days together; what has no known dose adds nothing."""
    counts = counted(dispensed(STRONG), dispensed(STRONG, 1), dispensed(TRAMADOL), dispensed())
    assert of(Measure.MME_OF_PRACTICE, counts) == {(PATIENT, "01001"): 600_000}
    assert of(Measure.MME_AT_PHARMACY, counts) == {(PATIENT, "01P01"): 600_000}


def test_a_reversal_takes_the_opioids_away() -> None:
    kept, gone = dispensed(STRONG), dispensed(STRONG, 1)
    counts = counted(kept, gone, withdrawn(gone), withdrawn(gone))
    assert of(Measure.MME_OF_PRACTICE, counts) == {(PATIENT, "01001"): 300_000}
    assert of(Measure.MME_AT_PHARMACY, counts) == {(PATIENT, "01P01"): 300_000}


def test_branches_of_a_chain_are_one() -> None:
    chain = {"pharmacy_chain_id": "CHUOI-MAU"}
    counts = counted(dispensed(STRONG, **chain), dispensed(STRONG, 1, pharmacy_id="01P02", **chain))
    assert of(Measure.MME_AT_PHARMACY, counts) == {(PATIENT, "CHUOI-MAU"): 600_000}


@pytest.mark.parametrize(
    "given", [{"treatment": "CANCER"}, {"treatment": "PALLIATIVE"}, {"pharmacy_id": "01001"}]
)
def test_opioids_for_cancer_in_palliative_care_and_on_the_own_site_tie_nobody(
    given: dict[str, str],
) -> None:
    counts = counted(dispensed(STRONG, **given))
    assert not of(Measure.MME_OF_PRACTICE, counts)
    assert not of(Measure.MME_AT_PHARMACY, counts)


def test_a_patient_counts_once_a_month() -> None:
    """However often; withdrawn facts leave the patient only while another holds."""
    sales = [dispensed(AMLODIPINE, day) for day in (0, 3, 30.99, 31)]
    first, second = first_day(month_of(20454)), first_day(month_of(20485))
    counts = counted(*sales)
    assert counts[Key(Measure.CUSTOMERS, "01P01", first)] == 1
    assert counts[Key(Measure.CUSTOMERS, "01P01", second)] == 1
    assert counted(*sales, withdrawn(sales[0]))[Key(Measure.CUSTOMERS, "01P01", first)] == 1
    gone = counted(*sales[:2], *map(withdrawn, sales[:2]))
    assert not of(Measure.CUSTOMERS, gone)


def test_a_prescription_sold_in_two_parts_on_a_day_is_sold_once() -> None:
    """What counts is the prescription; on its own site it does not count at all."""
    code = {"prescription_code": "0100100000001-c"}
    counts = counted(dispensed(TRAMADOL, at(0, 9), **code), dispensed(TRAMADOL, at(0, 15), **code))
    assert of(Measure.SOLD_AT, counts) == {(WHO, "01P01"): 1}
    assert not of(Measure.SOLD_AT, counted(dispensed(TRAMADOL, pharmacy_id="01001")))


@pytest.mark.parametrize(
    ("sold_on", "part"), [(0, "0"), (0.99, "1"), (4, "4"), (31, "31"), (60, "31")]
)
def test_days_from_issue_to_sale(sold_on: float, part: str) -> None:
    """Local days, whichever of the two is told first."""
    code = {"prescription_code": "010010000001-c"}
    issue, sale = prescribed(AMLODIPINE, **code), dispensed(AMLODIPINE, sold_on, **code)
    expected = {("01P01", part): 1}
    assert of(Measure.COLLECTED_AFTER, counted(issue, sale)) == expected
    assert of(Measure.COLLECTED_AFTER, counted(sale, issue)) == expected
    narcotic = {"prescription_code": "010010000001-N"}
    assert not of(
        Measure.COLLECTED_AFTER,
        counted(prescribed(TRAMADOL, **narcotic), dispensed(TRAMADOL, **narcotic)),
    )


@pytest.mark.parametrize(("after_days", "late"), [(0, 0), (7, 0), (8, 1)])
def test_a_reversal_leaves_only_itself(after_days: float, late: int) -> None:
    """Everything the dispense counted is gone; more than 7 days later it is late."""
    sale = dispensed(TRAMADOL)
    counts = counted(sale, withdrawn(sale, after_days), withdrawn(sale, after_days))
    assert {key.measure for key in counts} == set(REVERSALS[: 1 + late])
    assert set(counts.values()) == {1}


def test_a_cancelled_prescription_leaves_nothing() -> None:
    """It was no sale."""
    issue = prescribed(TRAMADOL)
    assert not counted(issue, withdrawn(issue))


def test_an_alert_counts_for_the_prescribers_in_its_evidence_while_it_is_open() -> None:
    """Raised by the second sale, gone with it."""
    first = dispensed(TRAMADOL, 0, practice_id="00001", pharmacy_id="P1")
    second = dispensed(TRAMADOL, 1, practice_id="00002", pharmacy_id="P2")
    raised = counted(first, second, by=SENSITIVE)
    assert of(Measure.ALERTS_OF_PATIENTS, raised) == {(WHO, "mpe"): 1}
    assert of(Measure.ALERTS, raised) == {(PATIENT, "mpe"): 1}
    gone = counted(first, second, withdrawn(second), by=SENSITIVE)
    assert not of(Measure.ALERTS, gone)
    assert not of(Measure.ALERTS_OF_PATIENTS, gone)


def test_months_are_the_countrys() -> None:
    """A leap February ends on its 29th, at local midnight."""
    leap = month_of(19782)
    assert month_name(leap) == "2024-02"
    assert last_day(leap) - first_day(leap) == 28
    assert month_of(last_day(leap) + 1) == leap + 1


def test_every_measure_is_about_somebody() -> None:
    """The numbers in tables are never given a new meaning."""
    assert {kind_of(measure) for measure in Measure} == {"prescriber", "pharmacy", "patient"}
    assert len(set(Measure)) == 25


def told_in_any_order(facts: list[FactRecorded], random: Random) -> tuple[list[Fact], list[Fact]]:
    """Facts repeated, shuffled, some withdrawn after they came; and those that hold, in order."""
    gone = {fact.fact_id for fact in facts if random.randrange(3) == 0}
    told: list[Fact] = [fact for fact in facts for _ in range(1 + random.randrange(2))]
    random.shuffle(told)
    for fact in facts:
        if fact.fact_id in gone:
            last = max(n for n, one in enumerate(told) if one.fact_id == fact.fact_id)
            told.insert(random.randrange(last, len(told)) + 1, withdrawn(fact))
    holding = [fact for fact in facts if fact.fact_id not in gone]
    return told, sorted(holding, key=lambda fact: (fact.occurred_at, fact.fact_id))


@settings(max_examples=40, deadline=None)
@given(lives(days=120), st.integers(0, 2**32))
def test_any_order_ends_in_the_same_counters(facts: list[FactRecorded], seed: int) -> None:
    """Reversals apart: those are counted because they happened. Nothing is ever negative."""
    told, holding = told_in_any_order(facts, Random(seed))
    disorderly, orderly = counted(*told, by=SENSITIVE), counted(*holding, by=SENSITIVE)
    kept = {key: n for key, n in disorderly.items() if key.measure not in REVERSALS}
    assert kept == orderly
    assert all(value > 0 for value in disorderly.values())
