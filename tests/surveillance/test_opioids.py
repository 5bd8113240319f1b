"""Rules about opioids: overlap of two practices, three depressants, dose, first use, too much."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contracts.facts import FactLine, FactRecorded
from services.contracts.terms import Drug
from services.surveillance.timeline import Timeline
from tests.surveillance.artificial import (
    AMLODIPINE,
    DIAZEPAM,
    MORPHINE,
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

CARISOPRODOL = Drug(code="MAU-6", ingredients=("carisoprodol",), atc="M03BA02")
MORPHINE_10 = replace(MORPHINE, strength_mg=Decimal(10))


def opioid(practice: str, day: float, days: int | None, pharmacy: str = "01P01") -> FactRecorded:
    return dispensed(TRAMADOL, day, days, practice_id=practice, pharmacy_id=pharmacy)


def of_mme(
    mme: int, day: float, days: int = 7, practice: str = "01001", pharmacy: str = "01P01"
) -> FactRecorded:
    """Morphine of so many morphine equivalents a day."""
    quantity = Decimal(mme * days) / 10
    line = FactLine(line=1, drug=MORPHINE_10, quantity=quantity, days_supply=days)
    return dispensed((line,), day, practice_id=practice, pharmacy_id=pharmacy)


OVERLAP = [
    pytest.param([opioid("A", 0, 30), opioid("B", 23, 30)], 1, id="7 days"),
    pytest.param([opioid("A", 0, 30), opioid("B", 24, 30)], 0, id="6 days"),
    pytest.param([opioid("A", 0, 30), opioid("B", 22, 30)], 1, id="8 days"),
    pytest.param([opioid("A", 0, 30), opioid("A", 10, 30)], 0, id="one practice"),
    pytest.param([opioid("A", 0, 30), opioid("", 10, 30)], 0, id="unknown practice"),
    pytest.param([opioid("A", 0, None), opioid("B", 0, None)], 0, id="unknown days"),
    pytest.param(
        [opioid("A", 0, 4), opioid("B", 0, 4), opioid("A", 86, 4), opioid("B", 86, 3)],
        1,
        id="7 days within 90",
    ),
    pytest.param(
        [opioid("A", 0, 4), opioid("B", 0, 4), opioid("A", 87, 4), opioid("B", 87, 3)],
        1,
        id="7 days within 90 days that begin after the first",
    ),
    pytest.param(
        [opioid("A", 0, 4), opioid("B", 0, 4), opioid("A", 90, 4), opioid("B", 90, 3)],
        0,
        id="7 days within more than 90",
    ),
    pytest.param(
        [opioid("A", 0, 30), dispensed(AMLODIPINE, 10, 30, practice_id="B")], 0, id="no opioid"
    ),
]


@pytest.mark.parametrize(("facts", "expected"), OVERLAP)
def test_opioids_of_two_practices(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("opioid-overlap", facts)) == expected


def test_midnight_is_local() -> None:
    """Handed over a minute before midnight in Vietnam, the 7th common day is one of the supply."""
    first = opioid("A", 0, 30)
    before, after = at(23, 23, 59), at(24, 0, 0)
    found = [
        len(alerts("opioid-overlap", [first, dispensed(TRAMADOL, when, 30, practice_id="B")]))
        for when in (before, after)
    ]
    assert found == [1, 0]


TRINITY = [
    pytest.param(
        [dispensed(TRAMADOL, 0, 5), dispensed(DIAZEPAM, 2, 5), dispensed(CARISOPRODOL, 4, 5)],
        1,
        id="one day of all three",
    ),
    pytest.param(
        [dispensed(TRAMADOL, 0, 5), dispensed(DIAZEPAM, 2, 5), dispensed(CARISOPRODOL, 5, 5)],
        0,
        id="none",
    ),
    pytest.param([dispensed(TRAMADOL, 0), dispensed(DIAZEPAM, 0)], 0, id="only two"),
    pytest.param(
        [dispensed(TRAMADOL, 0), dispensed(DIAZEPAM, 0), prescribed(CARISOPRODOL, 0)],
        0,
        id="the third only prescribed",
    ),
    pytest.param(
        [
            dispensed(TRAMADOL, 0, treatment="CANCER"),
            dispensed(DIAZEPAM, 0),
            dispensed(CARISOPRODOL, 0),
        ],
        0,
        id="cancer",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), TRINITY)
def test_three_depressants(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("trinity", facts)) == expected


DOSE = [
    pytest.param([of_mme(49, 0)], [], id="49"),
    pytest.param([of_mme(50, 0)], ["50"], id="50"),
    pytest.param([of_mme(51, 0)], ["51"], id="51"),
    pytest.param([of_mme(25, 0), of_mme(25, 0)], ["50"], id="two of 25"),
    pytest.param([of_mme(50, 0, days=6)], [], id="a mean of 7 days, not of 6"),
    pytest.param([of_mme(59, 0, days=6)], ["51"], id="6 days so high that the mean of 7 is"),
    pytest.param([of_mme(30, 0), of_mme(30, 7)], [], id="one after the other"),
    pytest.param([of_mme(90, 0)], ["90"], id="90"),
    pytest.param([dispensed(MORPHINE, 0, 7)], [], id="unknown strength"),
]


@pytest.mark.parametrize(("facts", "expected"), DOSE)
def test_daily_dose(facts: list[FactRecorded], expected: list[str]) -> None:
    assert [a.figures["mme_per_day"] for a in alerts("mme-daily", facts)] == expected


@pytest.mark.parametrize(("mme", "severity"), [(50, "S4"), (89, "S4"), (90, "S2")])
def test_ninety_weighs_heavier(mme: int, severity: str) -> None:
    [alert] = alerts("mme-daily", [of_mme(mme, 0)], mode="advisory")
    assert alert.severity == severity


def test_what_could_not_be_counted_is_said() -> None:
    [alert] = alerts("mme-daily", [dispensed(MORPHINE, 0, 7), of_mme(50, 1)])
    assert alert.figures["dispenses_of_unknown_dose"] == "1"


def year_of(mme: int, months: int, practices: int = 1, pharmacies: int = 1) -> list[FactRecorded]:
    return [
        of_mme(mme, 30 * n, 30, f"practice-{n % practices}", f"pharmacy-{n % pharmacies}")
        for n in range(months)
    ]


EXTREME = [
    pytest.param(year_of(250, 12), 1, id="mean of 247"),
    pytest.param(year_of(240, 12), 0, id="360 of 365 days: a mean of 237"),
    pytest.param(year_of(130, 3, 3, 3), 0, id="3 practices"),
    pytest.param(year_of(130, 4, 4, 4), 1, id="120 days above 120 from 4 and 4"),
    pytest.param(year_of(120, 4, 4, 4), 0, id="not above 120"),
    pytest.param(year_of(130, 4, 4, 3), 0, id="3 pharmacies"),
]


@pytest.mark.parametrize(("facts", "expected"), EXTREME)
def test_extreme_dose_of_a_year(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("mme-extreme", facts)) == expected


FIRST_USE = [
    pytest.param([dispensed(TRAMADOL, 0, 7)], 0, id="7 days"),
    pytest.param([dispensed(TRAMADOL, 0, 8)], 1, id="8 days"),
    pytest.param([of_mme(49, 0, 5)], 0, id="49 MME"),
    pytest.param([of_mme(50, 0, 5)], 1, id="50 MME"),
    pytest.param([dispensed(TRAMADOL, 0, 5), dispensed(TRAMADOL, 180, 30)], 0, id="180 days after"),
    pytest.param([dispensed(TRAMADOL, 0, 5), dispensed(TRAMADOL, 181, 30)], 1, id="181 days after"),
    pytest.param([dispensed(TRAMADOL, 0, None)], 0, id="unknown days"),
    pytest.param([dispensed(DIAZEPAM, 0, 30)], 0, id="no opioid"),
]


@pytest.mark.parametrize(("facts", "expected"), FIRST_USE)
def test_first_use(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("naive-high", facts)) == expected


def test_an_earlier_use_that_is_told_later_takes_it_back() -> None:
    board = Board(parameters("naive-high"))
    board.tell(dispensed(TRAMADOL, 100, 30))
    assert len(board.open) == 1
    earlier = dispensed(TRAMADOL, 50, 5)
    board.tell(earlier)
    assert not board.open
    board.tell(withdrawn(earlier))
    assert len(board.open) == 1


def every(days: int, times: int, supply: int) -> list[FactRecorded]:
    return [dispensed(DIAZEPAM, days * n, supply) for n in range(times)]


EXCESS = [
    pytest.param(every(25, 8, 27), 0, id="exactly 120 per cent"),
    pytest.param(every(25, 8, 28), 1, id="more"),
    pytest.param([dispensed(AMLODIPINE, 25 * n, 90) for n in range(8)], 0, id="not controlled"),
    pytest.param(
        [dispensed(DIAZEPAM if n % 2 else TRAMADOL, 25 * n, 30) for n in range(8)],
        0,
        id="two groups",
    ),
    pytest.param([*every(36, 5, 36), dispensed(DIAZEPAM, 179, 37)], 1, id="last day of the window"),
    pytest.param([*every(36, 5, 36), dispensed(DIAZEPAM, 180, 37)], 0, id="the day after"),
]


@pytest.mark.parametrize(("facts", "expected"), EXCESS)
def test_more_than_days_to_take_it(facts: list[FactRecorded], expected: int) -> None:
    assert len(alerts("possession-excess", facts)) == expected


STRICTER = [
    ("opioid-overlap", {"overlap_days_min": 3}, {"overlap_days_min": 4}),
    ("opioid-overlap", {"window_days": 60}, {"window_days": 40}),
    ("naive-high", {"supply_days_allowed": 4}, {"supply_days_allowed": 5}),
    ("naive-high", {"days_without": 20}, {"days_without": 30}),
    ("possession-excess", {"percent_allowed": 100}, {"percent_allowed": 110}),
    ("possession-excess", {"supply_days_max": 30}, {"supply_days_max": 20}),
]


@pytest.mark.parametrize(("rule", "loose", "strict"), STRICTER)
@settings(max_examples=15, deadline=None)
@given(timeline=timelines())
def test_stricter_limits_never_add_hits(
    timeline: Timeline, rule: str, loose: dict[str, int], strict: dict[str, int]
) -> None:
    assert hit_facts(timeline, rule, **strict) <= hit_facts(timeline, rule, **loose)


@settings(max_examples=15, deadline=None)
@given(doses=st.lists(st.tuples(st.integers(1, 120), st.integers(0, 60)), max_size=8))
def test_higher_doses_asked_for_never_add_hits(doses: list[tuple[int, int]]) -> None:
    facts = [of_mme(mme, day) for mme, day in doses]
    loose, strict = (
        sum(int(a.figures["hits"]) for a in alerts("mme-daily", facts, mme_per_day_min=limit))
        for limit in (50, 60)
    )
    assert strict <= loose
