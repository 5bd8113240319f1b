"""Days of supply: which days a patient has a medicine in hand, as the dispenses say.

A dispense supplies its days' supply from the local day it was handed over, that day included, and
at most `supply_days_max`. A dispense whose days' supply is unknown proves no day. A set of days is
one integer, bit n standing for the n-th day after `origin`: unions and overlaps are single
operations, whatever the order in which dispenses came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from services.surveillance.timeline import Entry, Medicine, Timeline


class Supply(msgspec.Struct, frozen=True, gc=False):
    """One medicine in hand: days `first` to before `until`, counted as local days since 1970."""

    entry: Entry
    medicine: Medicine
    first: int
    until: int

    def on(self, day: int) -> bool:
        """Whether the medicine is in hand on a day."""
        return self.first <= day < self.until


def supplies(
    timeline: Timeline,
    supply_days_max: int,
    counted: Callable[[Entry, Medicine], bool] = lambda _entry, _medicine: True,
) -> list[Supply]:
    """Every dispensed medicine of known days' supply, in the order of the timeline."""
    return [
        Supply(entry, medicine, entry.day, entry.day + min(medicine.days, supply_days_max))
        for entry in timeline
        if entry.dispensed
        for medicine in entry.medicines
        if medicine.days and counted(entry, medicine)
    ]


def day_bits(found: Iterable[Supply], origin: int) -> int:
    """The days on which any of these is in hand, as bits from `origin` on; none is before it."""
    bits = 0
    for supply in found:
        bits |= ((1 << (supply.until - supply.first)) - 1) << (supply.first - origin)
    return bits


def overlap_days(one: Supply, other: Supply) -> int:
    """Days on which both are in hand."""
    return max(min(one.until, other.until) - max(one.first, other.first), 0)


def daily_totals(
    found: Iterable[Supply], amount: Callable[[Supply], int]
) -> Iterator[tuple[int, int, int]]:
    """(first day, day after the last, total) of each stretch of days with the same total of
    `amount` over what is in hand; stretches without anything in hand are left out."""
    changes: dict[int, int] = {}
    for supply in found:
        changes[supply.first] = changes.get(supply.first, 0) + amount(supply)
        changes[supply.until] = changes.get(supply.until, 0) - amount(supply)
    total, since = 0, 0
    for day in sorted(changes):
        if total:
            yield since, day, total
        total, since = total + changes[day], day


def fullest_window(both: int, own: int, window_days: int) -> int:
    """Of the windows that end with a day of `own`, the first one holding most days of `both`.

    Moving a window later inside a run of days never loses any, so only ends of runs are tried.
    """
    window = (1 << window_days) - 1
    ends = own & ~(own >> 1)
    best = 0
    while ends:
        last = (ends & -ends).bit_length() - 1
        ends &= ends - 1
        shift = last - window_days + 1
        tried = window << shift if shift >= 0 else window >> -shift
        if not best or (both & tried).bit_count() > (both & best).bit_count():
            best = tried
    return best
