"""The quick audit: every planted wrong is seen, in whatever order things come by."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.faults.history import Call
from infra.faults.seen import READABLE, TICK, UNREADABLE, Entry, Seen, entry_of
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import TimeTicked
from services.kernel.log.language import published_language
from services.registry.fold import fold
from tests.builders import (
    CODE,
    OTHER_PHARMACY,
    PHARMACY,
    cancelled,
    dispensed,
    given_out,
    issued,
    released,
    reserved,
)
from tests.dsl import Step, entries
from tests.faults.left_behind import changed

LIFE: tuple[Any, ...] = (
    issued(event_id="i"),
    reserved(event_id="r"),
    reserved(OTHER_PHARMACY, event_id="o"),
    reserved(event_id="r"),
    released(event_id="l"),
    reserved(OTHER_PHARMACY, event_id="p"),
    dispensed(given_out(quantity=5), pharmacy=OTHER_PHARMACY, event_id="d"),
    cancelled(event_id="c"),
)


def _outcomes(*steps: Step) -> list[SubmissionJudged]:
    return [outcome for _, outcome in fold({}, {}, entries(steps)).judged]


def _seen(outcomes: Sequence[SubmissionJudged], order: random.Random | None = None) -> Seen:
    seen = Seen()
    place = outcomes[0].log_partition
    things: list[Any] = list(outcomes)
    if order is not None:
        order.shuffle(things)
    for offset, outcome in enumerate(outcomes):
        kind = UNREADABLE if outcome.verdict == "UNREADABLE" else READABLE
        seen.take_record(place, offset, Entry(kind, outcome.event_id))
    for outcome in things:
        seen.take_outcome(outcome)
    return seen


def _checks(seen: Seen) -> set[str]:
    return {violation.check for violation in seen.violations}


@given(st.integers(0, 10_000))
def test_a_right_life_has_nothing_wrong_in_any_order(seed: int) -> None:
    seen = _seen(_outcomes(*LIFE), random.Random(seed))
    assert seen.violations == []
    assert seen.missing({0: len(LIFE)}) == []


@given(st.integers(0, 10_000))
def test_a_second_grant_is_seen(seed: int) -> None:
    outcomes = _outcomes(*LIFE)
    outcomes[2] = changed(
        outcomes[2], verdict="ACCEPTED", result="granted", holder=OTHER_PHARMACY, reasons=()
    )
    assert "two grants overlap" in _checks(_seen(outcomes, random.Random(seed)))


def test_a_grant_to_who_holds_it_already_is_seen() -> None:
    outcomes = _outcomes(issued(), reserved(), reserved())
    assert outcomes[2].result == "already-held"
    outcomes[2] = changed(outcomes[2], result="granted")
    assert "two grants overlap" in _checks(_seen(outcomes))


def test_a_grant_after_the_hold_lapsed_is_right() -> None:
    outcomes = _outcomes(issued(), reserved(hold_minutes=30), (45, reserved(OTHER_PHARMACY)))
    assert outcomes[2].result == "granted"
    assert _seen(outcomes).violations == []


def test_a_record_with_two_outcomes_is_seen() -> None:
    outcomes = _outcomes(*LIFE)
    seen = _seen(outcomes)
    seen.take_outcome(outcomes[1])
    assert seen.violations == [], "sent twice is the same result"
    seen.take_outcome(changed(outcomes[1], result="already-held"))
    assert _checks(seen) == {"one record, two outcomes"}


def test_a_repeat_that_is_told_something_else_is_seen() -> None:
    outcomes = _outcomes(*LIFE)
    outcomes[3] = changed(outcomes[3], result="already-held")
    assert _checks(_seen(outcomes)) == {"a repeat was told something else"}


def test_readable_and_unreadable_are_told_apart() -> None:
    outcomes = _outcomes(*LIFE)
    seen = Seen()
    seen.take_record(0, 0, Entry(UNREADABLE))
    seen.take_outcome(outcomes[0])
    assert _checks(seen) == {"readable or not"}
    assert seen.without_dead_letter() == [(0, 0)]
    seen.dead_letters.add("registry:rx.log:0:0")
    assert seen.without_dead_letter() == []


def test_a_gap_in_the_log_and_a_missing_outcome_are_seen() -> None:
    outcomes = _outcomes(*LIFE)
    seen = _seen(outcomes[:3])
    assert seen.missing({0: 3}) == []
    seen.take_record(0, 3, Entry(READABLE, "r"))
    assert seen.missing({0: 4}) == [(0, 3)]
    seen.take_record(0, 5, Entry(READABLE, "p"))
    assert _checks(seen) == {"a gap in the log"}


def test_a_tick_may_have_no_outcome_or_one_that_comes_late() -> None:
    outcomes = _outcomes(issued(event_id="i"), reserved(event_id="r"))
    seen = _seen(outcomes)
    seen.take_record(0, 2, Entry(TICK))
    seen.take_record(0, 3, Entry(READABLE, "p"))
    assert seen.missing({0: 3}) == []
    free = changed(
        outcomes[1],
        outcome_id=f"0-2-{CODE}",
        event_id="",
        submission="TimeTicked",
        verdict="RECORDED",
        result="reservation-lapsed",
        log_offset=2,
        first_offset=2,
        holder=None,
        held_until=None,
    )
    seen.take_outcome(free)
    seen.take_outcome(
        changed(
            outcomes[1],
            outcome_id="0-3",
            event_id="p",
            log_offset=3,
            first_offset=3,
            holder=OTHER_PHARMACY,
        )
    )
    assert seen.violations == []
    assert seen.missing({0: 4}) == []


def _told(outcome: SubmissionJudged, **fields: Any) -> Call:
    given: dict[str, Any] = {
        "client": f"pharmacy:{PHARMACY}:p0:L1",
        "operation": "reserve",
        "code": CODE,
        "key": "k",
        "event_id": outcome.event_id,
        "called_at": 1.0,
        "returned_at": 2.0,
        "status": 201,
        "outcome": "ok",
        "result": outcome.result,
        "partition": outcome.log_partition,
        "offset": outcome.first_offset,
    }
    return Call(**(given | fields))


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({}, None),
        ({"event_id": "never-appended"}, "acknowledged and lost"),
        ({"offset": 99}, "acknowledged and lost"),
        ({"result": "already-held"}, "another verdict than was told"),
        ({"partition": None}, None),
    ],
)
def test_answers_are_held_against_the_log(fields: dict[str, Any], check: str | None) -> None:
    outcomes = _outcomes(*LIFE)
    found = _seen(outcomes).check_answers([_told(outcomes[1], **fields)])
    assert [violation.check for violation in found] == ([check] if check else [])


def test_an_answer_without_an_outcome_is_seen() -> None:
    outcomes = _outcomes(*LIFE)
    seen = Seen()
    seen.take_record(0, 1, Entry(READABLE, "r"))
    (violation,) = seen.check_answers([_told(outcomes[1])])
    assert violation.check == "acknowledged without outcome"


def test_what_a_record_is() -> None:
    codec = published_language()
    right = codec.encode(reserved(event_id="r"))
    assert entry_of(codec, CODE.encode(), right) == Entry(READABLE, "r")
    assert entry_of(codec, b"01001other00-c", right).kind == UNREADABLE
    assert entry_of(codec, CODE.encode(), right[:-3]).kind == UNREADABLE
    assert entry_of(codec, CODE.encode(), None).kind == UNREADABLE
    assert entry_of(codec, None, b"").kind == UNREADABLE
    assert entry_of(codec, CODE.encode(), codec.encode(_outcomes(*LIFE)[0])).kind == UNREADABLE
    nul = right.replace(b"\x02r", b"\x02\0", 1)
    assert entry_of(codec, CODE.encode(), nul).kind == UNREADABLE
    tick = codec.encode(TimeTicked(tick_id="t", partition=0))
    assert entry_of(codec, b"0", tick).kind == TICK
