"""The fold: repeats, conflicts, what cannot be read, the past."""

from __future__ import annotations

import pytest

from services.registry.fold import as_of, fold
from services.registry.prescription import status
from tests.builders import (
    CODE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    dispensed,
    issued,
    released,
    reserved,
)
from tests.dsl import entries, given


def test_a_repeat_gets_the_first_verdict_again_whatever_happened_since() -> None:
    first = reserved(PHARMACY, event_id="mine")
    story = given(issued(), first, released(), reserved(OTHER_PHARMACY)).when(first)
    again = story.then("granted").last
    assert again.first_offset == 1
    assert again.log_offset == 4
    assert story.state().reservation.pharmacy_id == OTHER_PHARMACY, "the repeat changed nothing"


def test_the_same_id_with_other_content_is_refused_and_does_not_hide_the_first() -> None:
    first = reserved(event_id="mine", content="one")
    other = reserved(event_id="mine", content="two")
    story = given(issued(), first).when(other).then("same-id-other-content", verdict="REFUSED")
    story.when(first).then("granted")


def test_a_record_that_cannot_be_read_counts_as_never_sent() -> None:
    steps = entries([issued(), reserved()])
    broken = type(steps[0])(steps[0].record, CODE, None, "it is noise")
    folded = fold({}, {}, [broken, steps[1]])
    assert [o.result for _, o in folded.judged] == ["unreadable", "unknown-prescription"]
    assert [problem for _, problem in folded.unreadable] == ["it is noise"]


@pytest.mark.parametrize(
    ("minute", "expected"),
    [(-1, "not-issued"), (0, "active"), (1.5, "reserved"), (2, "completed"), (50, "completed")],
)
def test_the_past_can_be_asked(minute: float, expected: str) -> None:
    history = entries([issued(), reserved(), dispensed()])
    assert status(as_of(history, CODE, at(minute)), at(minute)) == expected


def test_a_hold_that_lapsed_since_the_last_record_is_seen_as_lapsed() -> None:
    history = entries([issued(), reserved(hold_minutes=30)])
    assert status(as_of(history, CODE, at(10)), at(10)) == "reserved"
    assert status(as_of(history, CODE, at(40)), at(40)) == "active"
