"""How many requests may be under way at once."""

from __future__ import annotations

from services.kernel.http.load import AT_ONCE_MIN, BEHIND_S, GOOD_TIME_S, PATIENCE_S, Places

QUICK, SLOW = GOOD_TIME_S / 2, GOOD_TIME_S * 2


def served(places: Places, seconds: float, times: int, begins_at: float = 0.0) -> float:
    """So many requests one after the other, each answered after `seconds`; when the last was."""
    for _ in range(times):
        places.answered(begins_at, begins_at + seconds)
        begins_at += seconds
    return begins_at


def test_as_many_as_there_are_places_may_be_under_way() -> None:
    places = Places(2)
    for _ in range(2):
        assert places.is_free
        places.taken += 1
    assert not places.is_free


def test_quick_answers_never_make_more_places_than_the_most() -> None:
    places = Places(100)
    served(places, QUICK, 1000)
    assert places.number == 100


def test_slow_answers_leave_fewer_places_but_not_none() -> None:
    places = Places(100)
    served(places, SLOW, 100)
    assert places.number == AT_ONCE_MIN


def test_a_crowd_that_comes_at_once_is_waited_for() -> None:
    """Given a hundred at once whose last answer takes long, and quick ones after them."""
    places = Places(100)
    for n in range(100):
        places.answered(0.0, n * SLOW / 100)
    assert served(places, QUICK, 1, begins_at=PATIENCE_S) > 0
    for n in range(100):
        places.answered(PATIENCE_S, PATIENCE_S + n * SLOW / 100)
    assert places.number == 100


def test_requests_that_waited_together_count_as_one_slow_answer() -> None:
    """Given slow answers for some time, then fifty more that began at the same time."""
    places = Places(100)
    places.answered(0.0, SLOW)
    for n in range(50):
        places.answered(SLOW, SLOW + PATIENCE_S + n / 100)
    assert places.number == 80
    places.answered(SLOW + PATIENCE_S + 1, SLOW + PATIENCE_S + 1 + SLOW)
    assert places.number == 64


def test_places_come_back_when_answers_are_quick_again() -> None:
    places = Places(100)
    at = served(places, SLOW, 100)
    served(places, QUICK, 10 * (100 - AT_ONCE_MIN) + 1, begins_at=at)
    assert places.number == 100


def test_a_process_that_does_not_get_round_to_its_requests_begins_few() -> None:
    places = Places(100)
    for _ in range(2):
        places.came_round(late_s=2 * BEHIND_S)
    places.taken = AT_ONCE_MIN
    assert not places.is_free
    places.taken -= 1
    assert places.is_free
    places.taken += 1
    places.came_round(late_s=0.0)
    assert places.is_free


def test_one_late_round_turns_nobody_away() -> None:
    places = Places(100)
    places.taken = AT_ONCE_MIN
    for late_s in (2 * BEHIND_S, 0.0, 2 * BEHIND_S):
        places.came_round(late_s)
        assert places.is_free


def test_a_process_told_to_take_one_takes_one() -> None:
    places = Places(1)
    served(places, SLOW, 3)
    assert places.number == 1
    assert places.is_free
