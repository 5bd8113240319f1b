"""Reserve and release: at most one pharmacy."""

from __future__ import annotations

from tests.builders import (
    OTHER_PHARMACY,
    PHARMACY,
    at,
    dispensed,
    given_out,
    issued,
    released,
    reserved,
)
from tests.dsl import given


def test_the_first_reservation_in_the_log_wins() -> None:
    story = given(issued()).when(reserved(PHARMACY)).then("granted", status="reserved")
    refusal = story.when(reserved(OTHER_PHARMACY)).then("reserved-elsewhere", verdict="REFUSED")
    assert refusal.last.reasons[0].details["holder"] == PHARMACY
    assert refusal.last.holder == PHARMACY


def test_a_pharmacy_that_lost_the_answer_is_told_that_it_holds_it() -> None:
    story = given(issued(), reserved(PHARMACY)).when(reserved(PHARMACY))
    story.then("already-held", verdict="ACCEPTED")
    assert story.last.held_until == at(1 + 30), "asking again does not extend the hold"


def test_after_a_release_another_pharmacy_may_reserve() -> None:
    given(issued(), reserved(), released()).when(reserved(OTHER_PHARMACY)).then("granted")


def test_only_the_holder_releases() -> None:
    given(issued(), reserved()).when(released(OTHER_PHARMACY)).then(
        "not-the-holder", verdict="REFUSED", status="reserved"
    )


def test_releasing_what_nobody_holds_is_no_error() -> None:
    given(issued()).when(released()).then("already-free", verdict="ACCEPTED")


def test_a_hold_lapses_by_log_time_on_the_minute() -> None:
    story = given(issued(), (1, reserved(hold_minutes=30)))
    story.when((30.99, reserved(OTHER_PHARMACY))).then("reserved-elsewhere")
    story.when((31, reserved(OTHER_PHARMACY))).then("granted")


def test_an_unknown_prescription_is_refused_and_nothing_is_kept_of_it() -> None:
    story = given().when(reserved()).then("unknown-prescription", verdict="REFUSED")
    assert story._folded.states == {}


def test_validity_ends_at_the_moment_it_says() -> None:
    story = given(issued(valid_until=at(100)))
    story.when((99.99, reserved())).then("granted")
    story.when((100, reserved())).then("expired", verdict="REFUSED", status="expired")


def test_a_prescription_is_not_reserved_before_it_is_valid() -> None:
    given(issued(valid_from=at(60))).when((59, reserved())).then("not-yet-valid")


def test_nothing_remains_after_everything_was_dispensed() -> None:
    story = given(issued(), reserved(), dispensed())
    story.when(reserved(OTHER_PHARMACY)).then("nothing-remaining", verdict="REFUSED")


def test_what_remains_may_be_reserved_elsewhere_once_it_is_free() -> None:
    story = given(issued(), reserved(), dispensed(given_out(quantity=5), release_reservation=True))
    story.when(reserved(OTHER_PHARMACY)).then("granted", remaining=(15,))
