"""How far the log is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.surveillance.measures.watermark import Told, Watermark, earliest, watermark
from tests.surveillance.artificial import at

NOON = at(0, 12)


def told(*minutes_ago: float) -> dict[int, Told]:
    return {n: Told(NOON - timedelta(minutes=ago), 3) for n, ago in enumerate(minutes_ago)}


@pytest.mark.parametrize(
    ("minutes_ago", "expected"),
    [
        pytest.param((0, 1, 2), Watermark(NOON - timedelta(minutes=2)), id="the slowest decides"),
        pytest.param((0, 1), Watermark(None), id="one has never told"),
        pytest.param((0, 0, 30), Watermark(NOON - timedelta(minutes=30)), id="half an hour behind"),
        pytest.param((0, 1, 31), Watermark(NOON - timedelta(minutes=1), (2,)), id="idle"),
        pytest.param((31, 0, 40), Watermark(NOON, (0, 2)), id="two idle"),
    ],
)
def test_of_one_partition(minutes_ago: tuple[float, ...], expected: Watermark) -> None:
    """Three partitions of the log."""
    assert watermark(told(*minutes_ago)) == expected


def test_of_all_partitions() -> None:
    """The earliest, and everyone who is idle anywhere; unknown as long as one is."""
    one, other = Watermark(NOON, (1,)), Watermark(NOON - timedelta(minutes=5), (2,))
    assert earliest([one, other]) == Watermark(other.at, (1, 2))
    assert earliest([one, Watermark(None)]) == Watermark(None, (1,))
    assert earliest([]) == Watermark(None)
