"""Impossible travel: more than 50 km apart, faster than 150 km/h, or 900 km/h by air."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.facts import FactRecorded
from services.surveillance.geography import distance_km
from services.surveillance.timeline import Timeline
from tests.surveillance.artificial import (
    HAI_PHONG,
    HANOI,
    HCMC,
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

CAO_BANG_PROVINCE, HANOI_PROVINCE, HCMC_PROVINCE = "04", "01", "79"
FLIGHT_MINUTES = distance_km(*HANOI, *HCMC) / 900 * 60


def north_of(place: tuple[float, float], km: float) -> tuple[float, float]:
    return place[0] + km / distance_km(0, 0, 1, 0), place[1]


def journey(
    there: tuple[float, float] | None,
    minutes: float,
    provinces: tuple[str, str] = (CAO_BANG_PROVINCE, CAO_BANG_PROVINCE),
    **given_: Any,
) -> list[FactRecorded]:
    """At a practice in Hanoi at noon, at a pharmacy elsewhere so many minutes later."""
    return [
        prescribed(when=at(0, 12), practice_place=HANOI, practice_province=provinces[0]),
        dispensed(
            when=at(0, 12, minutes),
            pharmacy_place=there,
            pharmacy_province=provinces[1],
            **given_,
        ),
    ]


AIR = (HANOI_PROVINCE, HCMC_PROVINCE)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(journey(HAI_PHONG, 30), 1, id="88 km in half an hour"),
        pytest.param(journey(HAI_PHONG, 90), 0, id="88 km in an hour and a half"),
        pytest.param(journey(north_of(HANOI, 100), 39.9), 1, id="100 km at just over 150 km/h"),
        pytest.param(journey(north_of(HANOI, 100), 40.1), 0, id="100 km at just under 150 km/h"),
        pytest.param(journey(north_of(HANOI, 50.1), 0), 1, id="at once, 50.1 km away"),
        pytest.param(journey(north_of(HANOI, 49.9), 0), 0, id="at once, 49.9 km away"),
        pytest.param(journey(HCMC, 120), 1, id="1,143 km in two hours by road"),
        pytest.param(journey(HCMC, 120, AIR), 0, id="1,143 km in two hours by air"),
        pytest.param(journey(HCMC, FLIGHT_MINUTES - 0.1, AIR), 1, id="faster than an airliner"),
        pytest.param(journey(HCMC, FLIGHT_MINUTES + 0.1, AIR), 0, id="as fast as an airliner"),
        pytest.param(
            journey(HCMC, 120, (HANOI_PROVINCE, CAO_BANG_PROVINCE)), 1, id="only one airport"
        ),
        pytest.param(journey(HCMC, 600), 0, id="the same day, ten hours later"),
        pytest.param(journey(None, 10), 0, id="a pharmacy without coordinates"),
        pytest.param(journey(HCMC, 10, in_person=False), 0, id="a relative collected the medicine"),
        pytest.param(journey(north_of(HANOI, 5), 1), 0, id="the pharmacy next door"),
    ],
)
def test_when_it_is_raised(facts: list[FactRecorded], expected: int) -> None:
    """Each row says whether the rule speaks."""
    assert len(alerts("impossible-travel", facts)) == expected


def test_local_midnight_changes_nothing() -> None:
    """Hours count, not days."""
    facts = [
        dispensed(when=at(0, 23, 50), pharmacy_place=HANOI),
        dispensed(when=at(1, 0, 10), pharmacy_place=HAI_PHONG),
    ]
    assert len(alerts("impossible-travel", facts)) == 1


@pytest.mark.parametrize(("hours", "expected"), [(23, 1), (24, 1), (25, 0)])
def test_it_compares_events_within_a_day(hours: int, expected: int) -> None:
    """Both sides of the window, with a speed no one reaches."""
    facts = journey(HCMC, hours * 60)
    assert len(alerts("impossible-travel", facts, speed_kmh_allowed=1)) == expected


def test_a_stop_in_between_hides_nothing() -> None:
    """Not only neighbours are compared."""
    stops = [north_of(HANOI, 40 * n) for n in range(4)]
    facts = [dispensed(when=at(0, 12, 5 * n), pharmacy_place=stop) for n, stop in enumerate(stops)]
    (alert,) = alerts("impossible-travel", facts)
    assert len(alert.evidence) == 4


def test_it_says_how_far_how_long_and_what_is_unknown() -> None:
    """The figures, with the number of events nobody could place."""
    first, last = journey(HAI_PHONG, 30)
    nowhere = dispensed(when=at(0, 12, 10))
    (alert,) = alerts("impossible-travel", [first, nowhere, last])
    assert alert.figures["distance_km"] == "91"
    assert alert.figures["minutes_between"] == "30"
    assert alert.figures["speed_kmh_needed"] == "182"
    assert alert.figures["events_without_place"] == "1"
    assert alert.figures["exemptions_considered"] == ""


def test_at_the_same_moment_no_speed_is_said() -> None:
    """Infinity is no figure."""
    (alert,) = alerts("impossible-travel", journey(HAI_PHONG, 0))
    assert "speed_kmh_needed" not in alert.figures


def test_withdrawing_one_of_the_events_takes_the_alert_back() -> None:
    """One event alone is nowhere else."""
    board = Board(parameters("impossible-travel"))
    first, last = journey(HAI_PHONG, 30)
    board.tell(first, last)
    board.tell(withdrawn(first))
    assert not board.open


@settings(max_examples=15, deadline=None)
@given(timelines(days=3), st.integers(1, 200), st.integers(1, 900))
def test_stricter_limits_never_add_hits(timeline: Timeline, km: int, kmh: int) -> None:
    """A longer distance or a higher speed allowed only ever find less."""
    rule = "impossible-travel"
    limits = {
        "distance_km_allowed": km,
        "speed_kmh_allowed": kmh,
        "speed_kmh_allowed_between_airports": kmh,
    }
    found = hit_facts(timeline, rule, **limits)
    for name, limit in limits.items():
        assert hit_facts(timeline, rule, **{**limits, name: limit + 50}) <= found
