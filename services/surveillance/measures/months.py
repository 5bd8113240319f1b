"""Calendar months of the country as numbers, so that they can be counted and compared."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from services.surveillance.timeline import calendar_date, day_number

Month = int
"""Months since January of year 0 in local time: 12 times the year and the month less one."""


@lru_cache(maxsize=4096)
def month_of(day: int) -> Month:
    """The month of a local day counted from 1 January 1970."""
    on = calendar_date(day)
    return on.year * 12 + on.month - 1


@lru_cache(maxsize=4096)
def first_day(month: Month) -> int:
    """The first local day of a month."""
    return day_number(date(month // 12, month % 12 + 1, 1))


def last_day(month: Month) -> int:
    """The last local day of a month."""
    return first_day(month + 1) - 1


def month_name(month: Month) -> str:
    """As in `2026-03`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
