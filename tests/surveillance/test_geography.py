"""Distances."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveillance.geography import distance_km, surely_within_km
from tests.surveillance.artificial import HANOI, HCMC

degrees = st.tuples(st.floats(-80, 80), st.floats(-179, 179))


def test_known_distances() -> None:
    """Hanoi to Ho Chi Minh City, and half around the earth."""
    assert round(distance_km(*HANOI, *HCMC)) == 1144
    assert round(distance_km(0, 0, 0, 180)) == 20015
    assert distance_km(*HANOI, *HANOI) == 0


@settings(max_examples=30, deadline=None)
@given(degrees, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_the_quick_look_never_says_near_when_it_is_not(
    place: tuple[float, float], north: float, east: float
) -> None:
    """It may only err on the side of computing the distance."""
    other = (place[0] + north, place[1] + east)
    if surely_within_km(50, *place, *other):
        assert distance_km(*place, *other) <= 50
