"""Rules about one patient: duplicates, pharmacies, split supplies, visits, invented patients."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from services.contracts.facts import FactRecorded
from services.contracts.terms import Drug
from services.surveillance.timeline import Timeline
from tests.surveillance.artificial import (
    AMLODIPINE,
    DIAZEPAM,
    TRAMADOL,
    Board,
    alerts,
    at,
    dispensed,
    hit_facts,
    parameters,
    prescribed,
    withdrawn,
)
from tests.surveillance.lives import timelines

ATORVASTATIN = Drug(code="MAU-7", ingredients=("atorvastatin",), atc="C10AA05")
ROSUVASTATIN = Drug(code="MAU-8", ingredients=("rosuvastatin",), atc="C10AA07")
ENALAPRIL = Drug(code="MAU-9", ingredients=("enalapril",), atc="C09AA02")
LOSARTAN = Drug(code="MAU-10", ingredients=("losartan",), atc="C09CA01")
METFORMIN = Drug(code="MAU-11", ingredients=("metformin",), atc="A10BA02")
GLICLAZIDE = Drug(code="MAU-12", ingredients=("gliclazide",), atc="A10BB09")
CHLORPROMAZINE = Drug(code="MAU-13", ingredients=("chlorpromazine",))
CHLORPHENAMINE = Drug(code="MAU-14", ingredients=("chlorphenamine",))

Case = tuple[list[FactRecorded], int]


def case(name: str, expected: int, *facts: FactRecorded) -> Any:
    return pytest.param(list(facts), expected, id=name)


def of(practice: str, drug: Drug, day: float, days: int | None = 30, **more: Any) -> FactRecorded:
    return dispensed(drug, day, days, practice_id=practice, **more)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("3 days", 1, of("A", AMLODIPINE, 0), of("B", AMLODIPINE, 27)),
        case("2 days", 0, of("A", AMLODIPINE, 0), of("B", AMLODIPINE, 28)),
        case("4 days", 1, of("A", AMLODIPINE, 0), of("B", AMLODIPINE, 26)),
        case(
            "a minute before midnight",
            1,
            of("A", AMLODIPINE, 0),
            of("B", AMLODIPINE, at(27, 23, 59)),
        ),
        case("one practice", 0, of("A", AMLODIPINE, 0), of("A", AMLODIPINE, 10)),
        case("unknown practice", 0, of("A", AMLODIPINE, 0), of("", AMLODIPINE, 10)),
        case("another medicine", 0, of("A", AMLODIPINE, 0), of("B", LOSARTAN, 10)),
        case("unknown days", 0, of("A", AMLODIPINE, 0, None), of("B", AMLODIPINE, 1)),
        case("cancer", 0, of("A", TRAMADOL, 0, treatment="CANCER"), of("B", TRAMADOL, 10)),
    ],
)
def test_the_same_medicine_of_two_practices(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("dup-l5", facts)) == expected


def test_a_controlled_medicine_weighs_heavier() -> None:
    found = [
        alerts("dup-l5", [of("A", drug, 0), of("B", drug, 5)], mode="advisory")[0].severity
        for drug in (TRAMADOL, AMLODIPINE)
    ]
    assert found == ["S2", "S3"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("7 days", 1, of("A", ATORVASTATIN, 0), of("A", ROSUVASTATIN, 23)),
        case("6 days", 0, of("A", ATORVASTATIN, 0), of("A", ROSUVASTATIN, 24)),
        case("joined groups", 1, of("A", ENALAPRIL, 0), of("A", LOSARTAN, 0)),
        case("rightly combined", 0, of("A", METFORMIN, 0), of("A", GLICLAZIDE, 0)),
        case("the same medicine", 0, of("A", ATORVASTATIN, 0), of("B", ATORVASTATIN, 0)),
    ],
)
def test_two_of_a_group(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("dup-l4", facts)) == expected


def bought(*stops: tuple[str, float], drug: Drug = TRAMADOL, **more: Any) -> list[FactRecorded]:
    return [dispensed(drug, day, 5, pharmacy_id=pharmacy, **more) for pharmacy, day in stops]


FOUR = (("P1", 0), ("P2", 30), ("P3", 60))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("4 in 90 days", 1, *bought(*FOUR, ("P4", 89))),
        case("4 in 91 days", 0, *bought(*FOUR, ("P4", 90))),
        case("4 in 89 days", 1, *bought(*FOUR, ("P4", 88))),
        case("3", 0, *bought(*FOUR, ("P3", 61))),
        case("one chain", 0, *bought(*FOUR, ("P4", 61), pharmacy_chain_id="chain")),
        case("not controlled", 0, *bought(*FOUR, ("P4", 61), drug=AMLODIPINE)),
        case("palliative care", 0, *bought(*FOUR, ("P4", 61), treatment="PALLIATIVE")),
    ],
)
def test_many_pharmacies(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("pharmacy-shopping", facts)) == expected


def shop(practice: str, pharmacy: str, day: float, days: int = 5) -> FactRecorded:
    return dispensed(TRAMADOL, day, days, practice_id=practice, pharmacy_id=pharmacy)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("both", 1, shop("A", "P1", 0), shop("B", "P2", 4), shop("A", "P3", 100)),
        case("no day in common", 0, shop("A", "P1", 0), shop("B", "P2", 5), shop("A", "P3", 100)),
        case("2 pharmacies", 0, shop("A", "P1", 0), shop("B", "P2", 4), shop("A", "P2", 100)),
        case("one practice", 0, shop("A", "P1", 0), shop("A", "P2", 4), shop("A", "P3", 100)),
        case("180 days", 1, shop("A", "P1", 0), shop("B", "P2", 4), shop("A", "P3", 179)),
        case("181 days", 0, shop("A", "P1", 0), shop("B", "P2", 4), shop("A", "P3", 180)),
    ],
)
def test_overlap_and_many_pharmacies(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("overlap-shopping", facts)) == expected


def wrote(
    drug: Drug, day: float, days: int | None, treatment: str = "LONG_TERM", **more: Any
) -> FactRecorded:
    return prescribed(drug, day, days, treatment=treatment, **more)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("31 of 30", 1, wrote(AMLODIPINE, 0, 16), wrote(AMLODIPINE, 3, 15)),
        case("30 of 30", 0, wrote(AMLODIPINE, 0, 15), wrote(AMLODIPINE, 3, 15)),
        case("after 72 hours", 1, wrote(AMLODIPINE, 0, 30), wrote(AMLODIPINE, 3, 30)),
        case("after more", 0, wrote(AMLODIPINE, 0, 30), wrote(AMLODIPINE, at(3, 9, 1), 30)),
        case("acute narcotic", 1, *(wrote(TRAMADOL, n, 4, "ACUTE") for n in (0, 1))),
        case("acute psychotropic", 0, *(wrote(DIAZEPAM, n, 5, "ACUTE") for n in (0, 1))),
        case("too many days at once", 0, wrote(AMLODIPINE, 0, 40), wrote(AMLODIPINE, 1, 10)),
        case("Annex VII", 0, *(wrote(AMLODIPINE, n, 45, "CHRONIC_LISTED") for n in (0, 1))),
        case(
            "two prescribers", 0,
            wrote(AMLODIPINE, 0, 30, practice_id="A"), wrote(LOSARTAN, 1, 30, practice_id="B"),
        ),
        case("cancer", 0, *(wrote(TRAMADOL, n, 10, "CANCER") for n in (0, 1, 2, 3))),
    ],
)  # fmt: skip
def test_a_supply_that_was_split(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("rx-splitting", facts)) == expected


def test_a_replaced_prescription_was_never_written() -> None:
    first = wrote(AMLODIPINE, 0, 30)
    board = Board(parameters("rx-splitting"))
    board.tell(first, wrote(AMLODIPINE, 1, 30))
    assert len(board.open) == 1
    board.tell(withdrawn(first))
    assert not board.open


def visit(facility: str, when: Any, drug: Drug = AMLODIPINE) -> FactRecorded:
    return prescribed(drug, when, practice_id=facility)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("2 with a group in common", 1, visit("A", 0), visit("B", at(0, 15))),
        case("2 without", 0, visit("A", 0), visit("B", at(0, 15), METFORMIN)),
        case(
            "3 without", 1,
            visit("A", 0), visit("B", at(0, 12), METFORMIN), visit("C", at(0, 15), DIAZEPAM),
        ),
        case("one group, two codes", 1, visit("A", 0, ATORVASTATIN), visit("B", 0, ROSUVASTATIN)),
        case("names alike", 0, visit("A", 0, CHLORPROMAZINE), visit("B", 0, CHLORPHENAMINE)),
        case("one name", 1, visit("A", 0, CHLORPHENAMINE), visit("B", 0, CHLORPHENAMINE)),
        case("1 facility", 0, visit("A", 0), visit("A", at(0, 15))),
        case("before and after midnight", 0, visit("A", at(0, 23, 59)), visit("B", at(1, 0, 0))),
        case("just before midnight", 1, visit("A", at(0, 0, 0)), visit("B", at(0, 23, 59))),
    ],
)  # fmt: skip
def test_several_facilities_on_a_day(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("same-day-multi-facility", facts)) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("12 in 30 days", 0, *(visit("A", 2 * n) for n in range(12))),
        case("13 in 30 days", 1, *(visit("A", 2 * n) for n in range(13))),
        case("13 in 31 days", 0, *(visit("A", 2 * n) for n in range(12)), visit("A", 30)),
        case("two of one visit", 0, *(visit("A", n // 2 * 3) for n in range(20))),
        case("51 in 300 days", 1, *(visit("A", 5.9 * n) for n in range(51))),
        case("50 in 300 days", 0, *(visit("A", 5.9 * n) for n in range(50))),
    ],
)
def test_very_many_visits(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("visit-frequency", facts)) == expected


def pair(times: int, step: float = 5, **last: Any) -> list[FactRecorded]:
    places = {"practice_id": "A", "pharmacy_id": "P1"}
    facts = [dispensed(AMLODIPINE, step * n, 5, **places) for n in range(times - 1)]
    return [*facts, dispensed(AMLODIPINE, step * (times - 1), 5, **(places | last))]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        case("5", 1, *pair(5)),
        case("4", 0, *pair(4)),
        case("5 in 30 days", 1, *pair(5, 7.25)),
        case("5 in more than 30 days", 0, *pair(5, 7.5)),
        case("another pharmacy", 0, *pair(5, pharmacy_id="P2")),
        case("something else 179 days before", 0,
             dispensed(AMLODIPINE, -159, 5, pharmacy_id="P9"), *pair(5)),
        case("something else 180 days before", 1,
             dispensed(AMLODIPINE, -160, 5, pharmacy_id="P9"), *pair(5)),
    ],
)  # fmt: skip
def test_a_patient_of_one_prescriber_and_one_pharmacy(
    facts: list[FactRecorded], expected: int
) -> None:
    assert len(alerts("ghost-patient", facts)) == expected


STRICTER = [
    ("dup-l5", {"overlap_days_min": 2}, {"overlap_days_min": 4}),
    ("pharmacy-shopping", {"pharmacies_min": 2}, {"pharmacies_min": 3}),
    ("pharmacy-shopping", {"window_days": 60}, {"window_days": 50}),
    ("overlap-shopping", {"pharmacies_min": 2}, {"pharmacies_min": 3}),
    ("same-day-multi-facility", {"facilities_min": 2}, {"facilities_min": 3}),
    ("visit-frequency", {"visits_allowed_short": 1}, {"visits_allowed_short": 2}),
    ("ghost-patient", {"prescriptions_min": 2}, {"prescriptions_min": 3}),
]


@pytest.mark.parametrize(("rule", "loose", "strict"), STRICTER)
@settings(max_examples=15, deadline=None)
@given(timeline=timelines())
def test_stricter_limits_never_add_hits(
    timeline: Timeline, rule: str, loose: dict[str, int], strict: dict[str, int]
) -> None:
    assert hit_facts(timeline, rule, **strict) <= hit_facts(timeline, rule, **loose)
