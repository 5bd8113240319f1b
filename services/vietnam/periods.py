"""Intervals of days, both ends included, as the directories keep them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeVar

from services.contracts.directories import Period

P = TypeVar("P", bound=Period)


def covers(period: Period, day: date) -> bool:
    """Whether a day lies in the interval."""
    return period.valid_from <= day and (period.valid_until is None or day <= period.valid_until)


def known_on(periods: Sequence[P], day: date) -> P:
    """What holds on a day: the interval it lies in, else the last one begun, else the first.

    `periods` are in order of time and at least one.
    """
    begun = [period for period in periods if period.valid_from <= day]
    return begun[-1] if begun else periods[0]


def in_order(periods: Iterable[P]) -> tuple[P, ...]:
    """By first day."""
    return tuple(sorted(periods, key=lambda period: period.valid_from))
