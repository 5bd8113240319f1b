"""An opioid together with a benzodiazepine: 7 days of both within 90."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.facts import FactRecorded
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
    medicine,
    parameters,
    prescribed,
    withdrawn,
)
from tests.surveillance.lives import timelines


def both_in_turn(second: float, days: int = 3) -> list[FactRecorded]:
    """Four days of both from day 0, and so many days of both again from day `second`."""
    return [
        dispensed(TRAMADOL, 0, 4),
        dispensed(DIAZEPAM, 0, 4),
        dispensed(TRAMADOL, second, days),
        dispensed(DIAZEPAM, second, days),
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([dispensed(TRAMADOL, 0, 7), dispensed(DIAZEPAM, 0, 7)], 1, id="7 days"),
        pytest.param([dispensed(TRAMADOL, 0, 6), dispensed(DIAZEPAM, 0, 30)], 0, id="6 days"),
        pytest.param([dispensed(TRAMADOL, 0, 8), dispensed(DIAZEPAM, 0, 8)], 1, id="8 days"),
        pytest.param(
            [dispensed(DIAZEPAM, 0, 30), dispensed(TRAMADOL, 23, 30)], 1, id="the last 7 of 30"
        ),
        pytest.param(
            [dispensed(DIAZEPAM, 0, 30), dispensed(TRAMADOL, 24, 30)], 0, id="the last 6 of 30"
        ),
        pytest.param(
            [dispensed(DIAZEPAM, 0, 30), dispensed(TRAMADOL, at(23, 23.99), 30)],
            1,
            id="handed over just before local midnight",
        ),
        pytest.param(
            [dispensed(DIAZEPAM, 0, 30), dispensed(TRAMADOL, at(23, 24), 30)],
            0,
            id="handed over at local midnight",
        ),
        pytest.param(
            [dispensed((medicine(TRAMADOL, 7), medicine(DIAZEPAM, 7, line=2)))],
            1,
            id="both in one dispense",
        ),
        pytest.param(both_in_turn(second=86), 1, id="4 days and 3 days within 89 days"),
        pytest.param(both_in_turn(second=87), 1, id="4 days and 3 days within 90 days"),
        pytest.param(both_in_turn(second=88), 0, id="4 days and 3 days within 91 days"),
        pytest.param(both_in_turn(second=10, days=2), 0, id="4 days and 2 days"),
        pytest.param([dispensed(TRAMADOL), dispensed(MORPHINE)], 0, id="two opioids"),
        pytest.param([dispensed(TRAMADOL), dispensed(AMLODIPINE)], 0, id="no benzodiazepine"),
        pytest.param(
            [dispensed(TRAMADOL, 0, 30), dispensed(DIAZEPAM, 30, 30)], 0, id="one after the other"
        ),
        pytest.param(
            [dispensed(TRAMADOL, 0, None), dispensed(DIAZEPAM, 0, 30)], 0, id="days not known"
        ),
        pytest.param(
            [prescribed(TRAMADOL), dispensed(DIAZEPAM)], 0, id="an opioid never dispensed"
        ),
        pytest.param(
            [dispensed(TRAMADOL, 0, 900), dispensed(DIAZEPAM, 84, 30)],
            0,
            id="a supply said to last for years counts 90 days",
        ),
        pytest.param(
            [dispensed(TRAMADOL, treatment="CANCER"), dispensed(DIAZEPAM)], 0, id="cancer"
        ),
        pytest.param(
            [dispensed(TRAMADOL, treatment="PALLIATIVE"), dispensed(DIAZEPAM)], 0, id="palliative"
        ),
    ],
)
def test_when_it_is_raised(facts: list[FactRecorded], expected: int) -> None:
    """Each row says whether the rule speaks."""
    assert len(alerts("cob", facts)) == expected


def test_it_is_found_at_the_second_dispense() -> None:
    """Days still to come count as planned, so nobody waits a week for the alert."""
    board = Board(parameters("cob", mode="advisory"))
    assert not board.tell(dispensed(TRAMADOL, 0, 10))
    benzodiazepine = dispensed(DIAZEPAM, 1, 30)
    (change,) = board.tell(benzodiazepine)
    assert change.rule == "cob"
    assert change.severity == "S3"
    assert change.figures["overlap_days"] == "9"
    assert change.figures["overlap_first_day"] == "2026-01-02"
    assert change.figures["overlap_last_day"] == "2026-01-10"
    assert change.episode_start == benzodiazepine.occurred_at
    assert change.occurred_at == benzodiazepine.recorded_at


def test_a_day_with_two_opioids_counts_once() -> None:
    """Three days of both, whatever the number of opioids."""
    facts = [dispensed(TRAMADOL, 0, 3), dispensed(MORPHINE, 0, 3), dispensed(DIAZEPAM, 0, 3)]
    (alert,) = alerts("cob", facts, overlap_days_min=3)
    assert alert.figures["overlap_days"] == "3"
    assert len(alert.evidence) == 3


def test_it_says_how_many_dispenses_were_of_unknown_days() -> None:
    """What is not known is said, not guessed."""
    facts = [dispensed(MORPHINE, 0, None), dispensed(TRAMADOL, 1), dispensed(DIAZEPAM, 2)]
    (alert,) = alerts("cob", facts)
    assert alert.figures["dispenses_of_unknown_days"] == "1"


def test_a_later_dispense_adds_to_the_same_alert() -> None:
    """More of the same is a revision; a pause of more than 90 days ends the episode."""
    board = Board(parameters("cob"))
    board.tell(dispensed(TRAMADOL, 0, 10), dispensed(DIAZEPAM, 0, 10))
    (change,) = board.tell(dispensed(DIAZEPAM, 8, 10))
    assert (change.revision, change.figures["hits"]) == (2, "2")
    board.tell(dispensed(TRAMADOL, 99, 10), dispensed(DIAZEPAM, 99, 10))
    assert len(board.open) == 2


def test_withdrawing_one_of_them_takes_the_alert_back() -> None:
    """A reversed dispense was never in supply."""
    opioid = dispensed(TRAMADOL)
    board = Board(parameters("cob"))
    board.tell(opioid, dispensed(DIAZEPAM))
    board.tell(withdrawn(opioid))
    assert not board.open


@settings(max_examples=15, deadline=None)
@given(timelines(), st.integers(1, 20), st.integers(10, 100))
def test_stricter_limits_never_add_hits(timeline: Timeline, days: int, window: int) -> None:
    """More days of both, a shorter period or a shorter longest supply only ever find less."""
    found = hit_facts(timeline, "cob", overlap_days_min=days, window_days=window)
    assert hit_facts(timeline, "cob", overlap_days_min=days + 1, window_days=window) <= found
    assert hit_facts(timeline, "cob", overlap_days_min=days, window_days=window - 9) <= found
    shorter = {"overlap_days_min": days, "window_days": window, "supply_days_max": 20}
    assert hit_facts(timeline, "cob", **shorter) <= found
