"""Cursors: what is written can be read, and the feed passes nothing over."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from services.oversight.cursors import (
    FEED_PATTERN,
    PLACE_PATTERN,
    Place,
    feed_cursor,
    page,
    place,
    written,
)
from services.oversight.projection import Changed
from tests.oversight.artificial import at, changed, raised


def test_a_place_survives_being_written() -> None:
    shown = Place(at(0.001), "impossible-travel-0a1b2c")
    assert re.fullmatch(PLACE_PATTERN, str(shown))
    assert place(str(shown)) == shown
    assert place(None) is None


@given(st.dictionaries(st.integers(0, 99_999), st.integers(0, 10**17), max_size=20))
def test_a_feed_cursor_survives_being_written(cursor: dict[int, int]) -> None:
    assert re.fullmatch(FEED_PATTERN, written(cursor))
    assert feed_cursor(written(cursor)) == cursor


def read(log: list[list[Changed]], limit: int) -> list[tuple[int, int]]:
    """Read a whole log page by page, as a follower does; the places in the order seen."""
    cursor: dict[int, int] = {}
    seen: list[tuple[int, int]] = []
    while True:
        ahead = [
            [change for change in partition if change.offset >= cursor.get(change.partition, 0)]
            for partition in log
        ]
        changes, cursor = page([part[:limit] for part in ahead if part], cursor, limit)
        if not changes:
            return seen
        seen += [(change.partition, change.offset) for change in changes]


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=4),
    st.integers(1, 7),
)
def test_a_follower_sees_every_change_once_and_each_partition_in_order(
    minutes: list[list[int]], limit: int
) -> None:
    """Even where the broker's clock stepped back within a partition."""
    log = [
        [
            changed(raised(offset), offset=offset * 2, partition=partition, minute=minute)
            for offset, minute in enumerate(of_partition)
        ]
        for partition, of_partition in enumerate(minutes)
    ]
    seen = read(log, limit)
    assert sorted(seen) == [(c.partition, c.offset) for part in log for c in part]
    for partition in range(len(log)):
        offsets = [offset for part, offset in seen if part == partition]
        assert offsets == sorted(offsets)


def test_partitions_are_merged_by_time() -> None:
    early, late = changed(raised(1), 5, 1, minute=1), changed(raised(2), 0, 0, minute=2)
    changes, cursor = page([[late], [early]], {0: 0, 7: 3}, 10)
    assert changes == [early, late]
    assert cursor == {0: 1, 1: 6, 7: 3}
