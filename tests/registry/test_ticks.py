"""Ticks: log time passes on a quiet partition, and what was due happens."""

from __future__ import annotations

from services.registry.fold import fold
from services.registry.prescription import due_at
from tests.builders import (
    CODE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    cancelled,
    dispensed,
    issued,
    released,
    reserved,
    reversed_,
    ticked,
)
from tests.dsl import entries, given
from tests.registry.shell import Shell

OTHER = "01001other00-c"


def test_a_tick_that_finds_nothing_due_says_nothing() -> None:
    assert len(given(issued(), reserved(hold_minutes=30), (20, ticked())).outcomes) == 2


def test_a_tick_ends_a_hold_that_lapsed_and_says_whose() -> None:
    story = given(issued(), reserved(PHARMACY, hold_minutes=30)).when((31, ticked()))
    story.then("reservation-lapsed", verdict="RECORDED", status="active")
    told = story.last
    assert (told.submission, told.event_id) == ("TimeTicked", "")
    assert told.outcome_id == f"0-2-{CODE}"
    assert told.reasons[0].details["holder"] == PHARMACY
    assert len(story.when((60, ticked())).outcomes) == 3, "once"


def test_a_tick_applies_a_cancellation_that_waited_and_withdraws_the_fact_once() -> None:
    story = given(issued(), reserved(hold_minutes=30), cancelled()).when((40, ticked()))
    story.then("cancelled", status="cancelled")
    assert [reason.code for reason in story.last.reasons] == ["cancelled", "reservation-lapsed"]
    after = story.when((50, ticked()), (51, reserved(OTHER_PHARMACY))).then("cancelled")
    assert [type(fact).__name__ for fact in after.facts] == ["FactRecorded", "FactWithdrawn"]


def test_a_tick_says_once_that_a_prescription_expired() -> None:
    story = given(issued(valid_until=at(100))).when((100, ticked()))
    story.then("expired", status="expired")
    assert len(story.when((200, ticked()), (300, ticked())).outcomes) == 2


def test_what_is_held_expires_when_the_hold_ends() -> None:
    story = given(issued(valid_until=at(100)), (90, reserved(hold_minutes=30)), (110, ticked()))
    assert len(story.outcomes) == 2
    after = story.when((120, ticked())).then("expired")
    assert [reason.code for reason in after.last.reasons] == ["expired", "reservation-lapsed"]


def test_what_was_dispensed_in_full_expires_only_after_a_reversal() -> None:
    sold = given(issued(valid_until=at(100)), dispensed(), (200, ticked()))
    assert len(sold.outcomes) == 2
    sold.when((300, reversed_()), (301, ticked())).then("expired")


def test_a_tick_moves_everything_due_in_order_of_moment_and_code() -> None:
    story = given(
        issued(valid_until=at(500)),
        issued(code=OTHER, valid_until=at(400)),
        issued(code="01001first00-c", valid_until=at(500)),
        (600, ticked()),
    )
    assert [o.prescription_code for o in story.outcomes[3:]] == [OTHER, "01001first00-c", CODE]


def test_what_was_due_before_it_changed_does_not_count() -> None:
    story = given(
        (0, ticked()),
        issued(valid_until=at(400)),
        issued(code=OTHER, valid_until=at(350)),
        reserved(hold_minutes=30),
        released(),
        (500, ticked()),
    )
    assert [o.prescription_code for o in story.outcomes[4:]] == [OTHER, CODE]


def test_what_became_due_in_the_same_batch_is_moved_too() -> None:
    log = entries([issued(), (1, reserved(hold_minutes=30)), (40, ticked())])
    shell = Shell()
    shell.fold(log[:1])
    shell.fold(log[1:])
    assert shell.outcomes[-1].result == "reservation-lapsed"


def test_a_tick_moves_its_own_partition_only() -> None:
    here = entries([issued(valid_until=at(100)), (200, ticked())])
    there = type(here[1].record)("log", 1, 0, here[1].record.timestamp_ms, b"", b"", ())
    elsewhere = [here[0], type(here[1])(there, "", ticked(partition=1))]
    assert len(fold({}, {}, elsewhere).judged) == 1


def test_what_is_due_next_is_the_hold_then_the_end_of_validity_then_nothing() -> None:
    assert due_at(given(issued(), reserved(hold_minutes=30)).state()) == at(31)
    assert due_at(given(issued(valid_until=at(100))).state()) == at(100)
    assert due_at(given(issued(valid_until=at(100)), (100, ticked())).state()) is None
    assert due_at(given(issued(), cancelled()).state()) is None
    assert due_at(given(issued(), dispensed()).state()) is None
