"""What a file changes in a directory. Pure.

A file says how its entries are. What is known of the days before the first one it names stays, so
that an export of what holds today does not forget last year. An entry that is not in the file any
more ends the day before `as_of` and stays readable: submissions of earlier days arrive late, and a
deleted entry would make a pharmacy unknown that was licensed when it sold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from services.contracts.directories import Entry, Period
from services.vietnam.registers.reading import Reading, Register, sealed

E = TypeVar("E", bound=Entry)
Kind = Literal["new", "changed", "ended"]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rules:
    """How a file is taken. `as_of` is the day from which it holds.

    `partial`: it is not the whole register, so nothing ends because it is not in it.
    `whole_history`: it is all that was ever in force, so what is known of earlier days goes.
    """

    as_of: date
    partial: bool = False
    whole_history: bool = False


class Change(NamedTuple, Generic[E]):
    """One entry to append; None deletes the key: nothing of the entry had ever come into force."""

    kind: Kind
    key: str
    entry: E | None


@dataclass
class Comparison(Generic[E]):
    """What is to be appended, and how many entries stay. `left_alone` are those of bad rows."""

    changes: list[Change[E]] = field(default_factory=list)
    unchanged: int = 0
    left_alone: int = 0

    def count(self, kind: Kind) -> int:
        """How many entries change in this way."""
        return sum(change.kind == kind for change in self.changes)


def compared(
    register: Register[E], reading: Reading[E], held: Mapping[str, E], rules: Rules
) -> Comparison[E]:
    """What differs between a file and the entries held, in the order of the file, then by key."""
    found: Comparison[E] = Comparison()
    for key, new in reading.entries.items():
        old = held.get(key)
        if old is None:
            found.changes.append(Change("new", key, new))
        elif old.entry_version == new.entry_version:
            found.unchanged += 1
        else:
            now = merged(register, old, new, rules, reading.load_id)
            _note(found, Change("changed", key, now), old)
    for key in sorted(held):
        if key in reading.entries:
            continue
        if key in reading.bad_keys:
            found.left_alone += 1
        elif rules.partial or "" in reading.bad_keys:
            found.unchanged += 1
        elif (old := held.get(key)) is not None:
            now = merged(register, old, None, rules, reading.load_id)
            _note(found, Change("ended", key, now), old)
    return found


def merged(register: Register[E], old: E, new: E | None, rules: Rules, load_id: str) -> E | None:
    """An entry after a load; None when nothing of it is left that ever was or will be in force."""
    fields: dict[str, Any] = {}
    for name, of in register.tracks.items():
        before, after = _by_track(old, name, of), _by_track(new, name, of)
        fields[name] = tuple(
            interval
            for track in sorted({*before, *after})
            for interval in _track(before.get(track, []), after.get(track, []), rules)
        )
    if not any(fields.values()):
        return None
    return sealed(msgspec.structs.replace(new or old, **fields), load_id)


def _note(found: Comparison[E], change: Change[E], old: E) -> None:
    if change.entry is not None and change.entry.entry_version == old.entry_version:
        found.unchanged += 1
    else:
        found.changes.append(change)


def _by_track(entry: E | None, name: str, of: Callable[[Any], str]) -> dict[str, list[Period]]:
    tracks: dict[str, list[Period]] = {}
    for interval in getattr(entry, name) if entry is not None else ():
        tracks.setdefault(of(interval), []).append(interval)
    return tracks


def _track(old: Sequence[Period], new: Sequence[Period], rules: Rules) -> Iterator[Period]:
    """The intervals of one licence, workplace or registration after a load."""
    if not new:
        yield from _until(old, rules.as_of)
        return
    kept = [] if rules.whole_history else list(_until(old, new[0].valid_from))
    yield from _joined([*kept, *new])


def _until(intervals: Sequence[Period], end: date) -> Iterator[Period]:
    """What of the intervals lies before a day."""
    for interval in intervals:
        if interval.valid_from >= end:
            continue
        if interval.valid_until is None or interval.valid_until >= end:
            yield msgspec.structs.replace(interval, valid_until=end - DAY)
        else:
            yield interval


def _joined(intervals: Sequence[Period]) -> list[Period]:
    """Neighbours that say the same are one: an export may date everything from its own day."""
    joined: list[Period] = []
    for interval in intervals:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.valid_until is not None
            and interval.valid_from == last.valid_until + DAY
            and _said(last) == _said(interval)
        ):
            joined[-1] = msgspec.structs.replace(last, valid_until=interval.valid_until)
        else:
            joined.append(interval)
    return joined


def _said(interval: Period) -> Period:
    return msgspec.structs.replace(interval, valid_from=date.min, valid_until=None)
