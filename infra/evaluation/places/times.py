"""The half-year in which the places are watched, in days and minutes since the country's first
local midnight (1 July 2025): October to March, with the cool months and the holiday."""

from __future__ import annotations

from datetime import date
from random import Random

from infra.evaluation.country.diary import DAY
from infra.evaluation.country.living import TET
from infra.evaluation.country.world import BEGINS

MONTHS = ((2025, 10), (2025, 11), (2025, 12), (2026, 1), (2026, 2), (2026, 3))
"""Year and month; schemes name them by their place here."""

_STARTS = [(date(y, m, 1) - BEGINS).days for y, m in (*MONTHS, (2026, 4))]
FIRST_DAY, END_DAY = _STARTS[0], _STARTS[-1]
"""The first day, and the first one after the last."""

OPENS, CLOSES = 7.0, 19.0
"""Hours of ordinary work."""


def days_of(month: int) -> range:
    """The days of a month by its place in `MONTHS`."""
    return range(_STARTS[month], _STARTS[month + 1])


def weekday(day: int) -> int:
    """0 is Monday; the country's first day is a Tuesday."""
    return (day + 1) % 7


def is_holiday(day: int) -> bool:
    """Whether it is Tết."""
    return TET[0] <= day <= TET[1]


def working_days(month: int) -> list[int]:
    """The days of a month on which practices are open."""
    return [day for day in days_of(month) if weekday(day) != 6 and not is_holiday(day)]


def office_minute(rng: Random, day: int) -> float:
    """A minute of a day's ordinary hours."""
    hour = min(max(rng.gauss(10.5, 2.8), OPENS), CLOSES)
    return day * DAY + hour * 60 + rng.uniform(0, 1)


def minute(day: int, hour: float) -> float:
    """The minute of an hour of a day; 25 is one o'clock of the night that follows."""
    return day * DAY + hour * 60
