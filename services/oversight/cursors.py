"""Where a reader is: in a list of alerts, and in the feed of changes. Pure.

A list is ordered by time and name; its cursor is the last place shown. The feed has one position
per partition of `rx.alerts`, the next offset to read there: it depends on the log alone, so a
cursor holds after a rebuild and no change is ever passed over, however partitions overtake each
other.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from services.oversight.projection import Changed

NAME = r"[\w:.-]{1,200}"
PLACE_PATTERN = rf"^[0-9]{{1,17}}_{NAME}$"
FEED_PATTERN = r"^([0-9]{1,6}-[0-9]{1,18}(\.[0-9]{1,6}-[0-9]{1,18})*)?$"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Place(NamedTuple):
    """A place in a list ordered by time and name."""

    at: datetime
    name: str

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}_{self.name}"


def place(text: str | None) -> Place | None:
    """The place a text of `PLACE_PATTERN` names."""
    if text is None:
        return None
    microseconds, _, name = text.partition("_")
    return Place(_EPOCH + int(microseconds) * _MICROSECOND, name)


def feed_cursor(text: str) -> dict[int, int]:
    """Partition -> next offset; an empty text stands for the beginning of the log."""
    pairs = (pair.partition("-") for pair in text.split(".") if pair)
    return {int(partition): int(offset) for partition, _, offset in pairs}


def written(cursor: Mapping[int, int]) -> str:
    """The text of a feed cursor."""
    return ".".join(f"{partition}-{cursor[partition]}" for partition in sorted(cursor))


def page(
    partitions: Sequence[Sequence[Changed]], cursor: Mapping[int, int], limit: int
) -> tuple[list[Changed], dict[int, int]]:
    """The next `limit` changes and the cursor after them.

    Partitions are merged by the time of appending; within one, the log's order always stands.
    """
    merged = heapq.merge(*partitions, key=lambda changed: (changed.recorded_at, changed.partition))
    changes = list(islice(merged, limit))
    return changes, {**cursor, **{c.partition: c.offset + 1 for c in changes}}
