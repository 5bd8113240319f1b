"""Reserve and release: at most one pharmacy."""

from __future__ import annotations

from msgspec.structs import replace

from tests.builders import (
    MORPHINE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    by,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    reversed_,
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
    assert story.folded.states == {}


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


def test_a_hold_is_not_made_longer_by_asking_again_and_again() -> None:
    story = given(issued(), (0, reserved(hold_minutes=30)), (29, reserved(hold_minutes=30)))
    story.when((30, reserved(OTHER_PHARMACY))).then("granted")


UNLICENSED = by(PHARMACY, "pharmacy", "INACTIVE")
LIMITED = by(PHARMACY, "pharmacy", "ACTIVE", ("NONE",))


def test_a_pharmacy_without_an_active_licence_is_refused() -> None:
    given(issued()).when(reserved(submitter=UNLICENSED)).then(
        "pharmacy-unlicensed", verdict="REFUSED", status="active"
    )


def test_a_pharmacy_reserves_only_what_it_may_handle() -> None:
    story = given(issued(line(1, 20), line(2, 10, MORPHINE)))
    refusal = story.when(reserved(submitter=LIMITED)).then("class-not-permitted", verdict="REFUSED")
    assert [(r.line, r.details["control_class"]) for r in refusal.last.reasons] == [(2, "narcotic")]
    rest = story.when(dispensed(given_out(2, 10, MORPHINE), pharmacy=OTHER_PHARMACY))
    rest.when(reserved(submitter=LIMITED)).then("granted")


def test_a_medicine_of_unknown_class_holds_nobody_back() -> None:
    unknown = replace(MORPHINE, control_class="UNKNOWN")
    given(issued(line(1, 20, unknown))).when(reserved(submitter=LIMITED)).then("granted")


def test_who_holds_it_is_told_so_even_when_the_licence_ended_meanwhile() -> None:
    story = given(issued(), reserved(PHARMACY))
    story.when(reserved(submitter=UNLICENSED)).then("already-held", verdict="ACCEPTED")


def test_the_last_sale_that_counts_is_named_when_nothing_remains() -> None:
    story = given(
        issued(line(quantity=40)),
        (1, dispensed(given_out(quantity=40))),
        (9, dispensed(given_out(quantity=1), pharmacy=OTHER_PHARMACY)),
        (10, reversed_(pharmacy=OTHER_PHARMACY)),
    )
    refusal = story.when((11, reserved())).then("nothing-remaining").last
    assert refusal.reasons[0].details == {"dispensed_at": at(1).isoformat()}
