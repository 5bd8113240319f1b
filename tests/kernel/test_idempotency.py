"""Event ids: the same request the same id, any other request another one."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.http.idempotency import event_id

parts = st.lists(st.text("ab\0", max_size=2), min_size=3, max_size=4)


def test_the_derivation_never_changes() -> None:
    """Event ids outlive programs: a retry after an upgrade must find its event."""
    assert event_id("clinic:01234:p:l", "issue", "0f0e0d0c-1") == (
        "17690287-60d6-8b30-965d-a15d6fe2b41e"
    )


def test_it_is_a_version_8_uuid() -> None:
    identifier = uuid.UUID(event_id("a", "b", "c", "d"))
    assert (identifier.version, identifier.variant) == (8, uuid.RFC_4122)


@given(parts, parts)
def test_different_strings_never_share_an_id(one: list[str], other: list[str]) -> None:
    same = event_id(*one[:3], *one[3:]) == event_id(*other[:3], *other[3:])
    assert same == (one == other)


@given(st.text(), st.text(), st.text())
def test_where_one_string_ends_matters(one: str, two: str, key: str) -> None:
    if two:
        assert event_id(one + two, "", key) != event_id(one, two, key)
        assert event_id(one, two, key) != event_id(one, two, key, "")
