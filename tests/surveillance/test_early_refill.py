"""Early refill: more than 3 days left, less than 85 % (controlled) or 75 % (others) used."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.facts import FactRecorded
from services.contracts.terms import Drug
from services.surveillance.timeline import Timeline
from tests.surveillance.artificial import (
    AMLODIPINE,
    DIAZEPAM,
    HERBAL,
    TRAMADOL,
    Board,
    alerts,
    at,
    dispensed,
    hit_facts,
    medicine,
    parameters,
    prescribed,
    withdrawn,
)
from tests.surveillance.lives import timelines


def every(gap: float, times: int, drug: Drug = AMLODIPINE, days: int = 30) -> list[FactRecorded]:
    return [dispensed(drug, gap * n, days) for n in range(times)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(every(20, 2), 1, id="after 20 of 30 days"),
        pytest.param(every(30, 2), 0, id="when the last is used up"),
        pytest.param(every(22, 2), 1, id="73 % used"),
        pytest.param(every(23, 2), 0, id="76 % used, not controlled"),
        pytest.param(every(75, 2, days=90), 0, id="83 % of 90 days used, not controlled"),
        pytest.param(every(15, 2, days=20), 0, id="exactly 75 % used, not controlled"),
        pytest.param(every(23, 2, TRAMADOL), 1, id="76 % used, controlled"),
        pytest.param(every(25, 2, TRAMADOL), 1, id="83 % used, controlled"),
        pytest.param(every(26, 2, TRAMADOL), 0, id="86 % used, controlled"),
        pytest.param(every(17, 2, TRAMADOL, days=20), 0, id="exactly 85 % used, 3 days left"),
        pytest.param(every(4, 2, TRAMADOL, days=7), 0, id="3 days left of 7"),
        pytest.param(every(3, 2, TRAMADOL, days=7), 1, id="4 days left of 7"),
        pytest.param(
            [dispensed(TRAMADOL, at(0, 23.99), 7), dispensed(TRAMADOL, at(3, 23.99), 7)],
            1,
            id="4 days left just before local midnight",
        ),
        pytest.param(
            [dispensed(TRAMADOL, at(0, 23.99), 7), dispensed(TRAMADOL, at(3, 24), 7)],
            0,
            id="3 days left from local midnight on",
        ),
        pytest.param(every(27, 2, TRAMADOL), 0, id="one refill three days early"),
        pytest.param(every(27, 3, TRAMADOL), 1, id="what is left over adds up"),
        pytest.param(every(27, 9), 0, id="three days early every month, not controlled"),
        pytest.param(
            [
                dispensed(AMLODIPINE, 0, 90),
                dispensed(AMLODIPINE, 50, 90),
                dispensed(AMLODIPINE, 150, 30),
            ],
            1,
            id="the same period again, early once",
        ),
        pytest.param(
            [dispensed(AMLODIPINE), dispensed(TRAMADOL), dispensed(DIAZEPAM)],
            0,
            id="different medicines",
        ),
        pytest.param(every(5, 2, HERBAL), 1, id="the same ingredients without an ATC code"),
        pytest.param(
            every(5, 3, Drug(code="MAU-9", name="Không rõ")), 0, id="a product nobody knows"
        ),
        pytest.param(
            [dispensed(AMLODIPINE, 0, None), dispensed(AMLODIPINE, 1, 30)],
            0,
            id="the days of the last supply are not known",
        ),
        pytest.param([prescribed(AMLODIPINE, 0), dispensed(AMLODIPINE, 0)], 0, id="dispensed once"),
        pytest.param(
            [dispensed(AMLODIPINE, n, 10, prescription_code="010010000042-c") for n in (0, 0, 2)],
            0,
            id="three parts of one prescription",
        ),
        pytest.param(
            [
                dispensed((medicine(AMLODIPINE), medicine(AMLODIPINE, line=2)), 0),
                dispensed((medicine(AMLODIPINE), medicine(AMLODIPINE, line=2)), 30),
            ],
            0,
            id="two strengths taken side by side",
        ),
        pytest.param(
            [dispensed(AMLODIPINE, 0, 9999), dispensed(AMLODIPINE, 91, 30)],
            0,
            id="a supply said to last for years counts 90 days",
        ),
        pytest.param(
            [dispensed(TRAMADOL, 0, 30), dispensed(TRAMADOL, 5, 30, treatment="CANCER")],
            0,
            id="cancer: the dose rises",
        ),
    ],
)
def test_when_it_is_raised(facts: list[FactRecorded], expected: int) -> None:
    """Each row says whether the rule speaks."""
    assert len(alerts("early-refill", facts)) == expected


@pytest.mark.parametrize(("day", "expected"), [(99, 1), (100, 1), (101, 0)])
def test_it_looks_back_a_hundred_days(day: int, expected: int) -> None:
    """What was handed over before that is taken as used up."""
    facts = [dispensed(AMLODIPINE, 0, 120), dispensed(AMLODIPINE, day, 30)]
    found = alerts("early-refill", facts, supply_days_max=150, used_percent_min_other=100)
    assert len(found) == expected


def test_it_says_what_is_left() -> None:
    """The figures a pharmacist asks for first, and which dispense is which."""
    (alert,) = alerts("early-refill", every(10, 2, TRAMADOL), mode="advisory")
    assert alert.severity == "S2"
    assert alert.figures["medicine"] == "N02AX02"
    assert alert.figures["days_left"] == "20"
    assert alert.figures["used_percent"] == "33"
    assert alert.figures["supply_until"] == "2026-01-31"
    assert [proof.note.partition(" / ")[2] for proof in alert.evidence] == [
        "30 days' supply",
        "20 days left, 33 % used",
    ]


def test_a_medicine_that_is_not_controlled_is_less_urgent() -> None:
    """S3 for others; one controlled medicine makes the whole episode S2."""
    (alert,) = alerts("early-refill", every(10, 2), mode="advisory")
    assert alert.severity == "S3"
    both = [*every(10, 2), *every(10, 2, TRAMADOL)]
    (alert,) = alerts("early-refill", both, mode="advisory")
    assert alert.severity == "S2"
    assert alert.figures["hits"] == "2"


def test_it_says_how_many_dispenses_were_of_unknown_days() -> None:
    """They add nothing to what is left."""
    facts = [dispensed(AMLODIPINE, n, days) for n, days in ((0, None), (1, 30), (2, 30))]
    (alert,) = alerts("early-refill", facts)
    assert alert.figures["dispenses_of_unknown_days"] == "1"


def test_void_and_resend_is_no_refill() -> None:
    """A dispense that was reversed and told again under a new id was handed over once."""
    first = dispensed(TRAMADOL, 0)
    board = Board(parameters("early-refill"))
    board.tell(first, withdrawn(first), dispensed(TRAMADOL, 0))
    assert not board.open


@settings(max_examples=15, deadline=None)
@given(timelines(), st.integers(1, 100), st.integers(0, 10))
def test_stricter_limits_never_add_hits(timeline: Timeline, percent: int, left: int) -> None:
    """A lower share or more days allowed to be left only ever find less."""
    limits = {"used_percent_min_other": percent, "used_percent_min_controlled": percent}
    found = hit_facts(timeline, "early-refill", **limits, days_left_allowed=left)
    assert hit_facts(timeline, "early-refill", **limits, days_left_allowed=left + 1) <= found
    lower = dict.fromkeys(limits, percent - 1)
    assert hit_facts(timeline, "early-refill", **lower, days_left_allowed=left) <= found
    for shorter in ({"lookback_days": 40}, {"supply_days_max": 20}):
        stricter = {**limits, **shorter, "days_left_allowed": left}
        assert hit_facts(timeline, "early-refill", **stricter) <= found
