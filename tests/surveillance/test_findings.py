"""Episodes: which hits of a rule make one alert."""

from __future__ import annotations

from datetime import date

import pytest

from services.surveillance.findings import Hit, episodes
from services.surveillance.timeline import Entry, PatientState, day_number, insert
from tests.surveillance.artificial import CLASSES, PATIENT, dispensed

REARM_DAYS = 90


def hit_on(day: int) -> Hit:
    _, entry = insert(PatientState(patient_ref=PATIENT), dispensed(when=day), CLASSES)
    assert isinstance(entry, Entry)
    return Hit(entry=entry, note="", context=(), weight=1, figures={})


def starts(days: list[int]) -> list[int]:
    """The first day of each episode."""
    first = day_number(date(2026, 1, 1))
    found = episodes([hit_on(day) for day in days], REARM_DAYS)
    return [episode[0].entry.day - first for episode in found]


NEW_HALF_YEAR = (date(2026, 7, 1) - date(2026, 1, 1)).days
YOUNG, OLD = NEW_HALF_YEAR - 89, NEW_HALF_YEAR - 90


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([5, 5, 6], [5], id="close together"),
        pytest.param([0, 90], [0], id="a pause of 90 days"),
        pytest.param([0, 91], [0, 91], id="a pause of 91 days"),
        pytest.param([0, 80, 160, 181], [0, 181], id="anew in the second half-year"),
        pytest.param([YOUNG, NEW_HALF_YEAR], [YOUNG], id="not anew when it is 89 days old"),
        pytest.param([OLD, NEW_HALF_YEAR], [OLD, NEW_HALF_YEAR], id="anew when it is 90 days old"),
        pytest.param([YOUNG, NEW_HALF_YEAR, 190, 200], [YOUNG], id="not anew inside a half-year"),
        pytest.param(list(range(0, 1000, 30)), [0, 210, 390, 570, 750, 930], id="a run of years"),
    ],
)
def test_where_episodes_start(days: list[int], expected: list[int]) -> None:
    """Days count from 1 January 2026."""
    assert starts(days) == expected
