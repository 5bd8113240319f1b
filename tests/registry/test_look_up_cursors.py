"""Cursors: what was written is read again; anything else is refused, never half understood."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from services.registry.lookups import cursors
from services.registry.lookups.cursors import CursorError
from services.registry.places import InBook, OfPatient, Seen
from tests.builders import CLINIC, PHARMACY, dispensed, issued, reserved, ticked
from tests.dsl import given

offsets = st.integers(0, cursors.OFFSET_MAX)
codes = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)
moments = st.datetimes(
    timezones=st.just(UTC),
)
seen = st.lists(
    st.one_of(
        offsets.map(lambda offset: Seen(offset, "")),
        st.builds(Seen, offsets, codes),
    ),
    min_size=12,
    max_size=12,
).map(lambda places: dict(enumerate(places)))


@given_any(seen)
def test_what_a_facility_has_seen_is_read_again(places) -> None:
    text = cursors.of_changes(CLINIC, places)
    assert cursors.in_changes(text, CLINIC, 12) == places
    assert text.isascii()
    assert "=" not in text


@given_any(moments, codes, st.integers(0, 11), offsets)
def test_places_in_lists_are_read_again(moment, code, partition, offset) -> None:
    patient, book = OfPatient(moment, code), InBook(moment, partition, offset, code)
    assert cursors.in_patient(cursors.of_patient(patient)) == patient
    assert cursors.in_book(cursors.of_book(book)) == book


def test_no_cursor_is_the_beginning() -> None:
    assert cursors.in_changes("", CLINIC, 3) == dict.fromkeys(range(3), Seen(0, ""))


def test_partitions_that_came_later_are_read_from_their_beginning() -> None:
    text = cursors.of_changes(CLINIC, {0: Seen(7, ""), 1: Seen(9, "code")})
    assert cursors.in_changes(text, CLINIC, 3) == {
        0: Seen(7, ""),
        1: Seen(9, "code"),
        2: Seen(0, ""),
    }


def _sealed(content: object) -> str:
    body = msgspec.msgpack.encode(content)
    return base64.urlsafe_b64encode(body + zlib.crc32(body).to_bytes(4, "big")).decode()


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "ä",
        "%%%%",
        "AAAA",
        cursors.of_changes(CLINIC, {0: Seen(7, "")})[:-2],
        cursors.of_changes(PHARMACY, {0: Seen(7, "")}),
        cursors.of_changes(CLINIC, dict.fromkeys(range(4), Seen(1, ""))),
        cursors.of_patient(OfPatient(datetime(2026, 1, 1, tzinfo=UTC), "c")),
        _sealed([2, "c", [CLINIC, [1]]]),
        _sealed([1, "c", [CLINIC, [-1]]]),
        _sealed([1, "c", [CLINIC, [2**63]]]),
        _sealed([1, "c", [CLINIC, [[1, "a\0"]]]]),
        _sealed([1, "c", [CLINIC, ["1"]]]),
        _sealed([1, "c"]),
    ],
)
def test_what_is_no_cursor_of_this_reader_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        cursors.in_changes(text, CLINIC, 3)


@pytest.mark.parametrize("parts", [[2**62, "c"], ["x", "c"]])
def test_a_moment_that_cannot_be_is_refused(parts: list) -> None:
    with pytest.raises(CursorError):
        cursors.in_patient(_sealed([1, "p", parts]))


@given_any(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    try:
        cursors.in_changes(text, CLINIC, 3)
    except CursorError:
        return
    assert text == ""


def test_a_page_that_ends_inside_a_tick_goes_on_inside_it() -> None:
    story = given(issued(), reserved(hold_minutes=5), (10, ticked()), (11, dispensed()))
    one, two, three, four = story.outcomes
    at_start = {0: Seen(0, "")}
    assert cursors.after(at_start, [one, two]) == {0: Seen(2, "")}
    assert cursors.after(at_start, [one, two, three]) == {0: Seen(2, three.prescription_code)}
    assert cursors.after(at_start, [one, two, three, four]) == {0: Seen(4, "")}


def test_partitions_are_merged_by_time_and_keep_their_own_order() -> None:
    [first, second] = given(issued(), reserved()).outcomes
    elsewhere = msgspec.structs.replace(first, log_partition=1, recorded_at=second.recorded_at)
    stepped_back = msgspec.structs.replace(elsewhere, log_offset=1, recorded_at=first.recorded_at)
    merged = cursors.in_order([first, second, elsewhere, stepped_back])
    assert merged.index(first) < merged.index(second)
    assert merged.index(elsewhere) < merged.index(stepped_back)
