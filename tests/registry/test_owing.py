"""Owing: the pharmacy hands over what it has, owes the rest, and goes on holding."""

from __future__ import annotations

from services.registry.prescription import settle
from services.registry.views import prescription_view
from tests.builders import (
    MORPHINE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    batch,
    cancelled,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    ticked,
)
from tests.dsl import given

HOUR = 60
PART = given_out(quantity=8)


def owed(*lines, minutes: int = 48 * HOUR, **more):
    return dispensed(*(lines or (PART,)), owing=True, owing_hold_minutes=minutes, **more)


def line_statuses(story, minute: float) -> list[str]:
    state = settle(story.state(), at(minute))
    return [one["status"] for one in prescription_view(state, at(minute))["lines"]]


def test_the_holder_goes_on_holding_what_it_owes() -> None:
    story = given(issued(), (0, reserved(hold_minutes=30))).when((10, owed()))
    story.then("dispensed", findings=(), status="reserved", remaining=(12,))
    assert story.last.held_until == at(10 + 48 * HOUR)
    assert line_statuses(story, 20) == ["owing"]
    story.when((40 * HOUR, reserved(OTHER_PHARMACY))).then("reserved-elsewhere")
    story.when((40 * HOUR, dispensed(given_out(quantity=12)))).then("dispensed", findings=())


def test_it_does_not_hold_longer_than_the_prescription_is_valid() -> None:
    story = given(issued(valid_until=at(100)), (0, reserved(hold_minutes=30)), (10, owed()))
    assert story.last.held_until == at(100)
    late = given(issued(valid_until=at(100)), (90, reserved(hold_minutes=30)), (95, owed()))
    assert late.last.held_until == at(120), "a hold is never shortened"


def test_a_short_promise_does_not_shorten_the_hold() -> None:
    story = given(issued(), (0, reserved(hold_minutes=30))).when((10, owed(minutes=5)))
    assert story.last.held_until == at(30)
    assert story.state().reservation.owing


def test_nothing_is_owed_when_everything_was_handed_over() -> None:
    story = given(issued(), reserved()).when(owed(given_out(quantity=20)))
    assert story.then("dispensed", status="completed").last.holder is None


def test_only_the_holder_owes() -> None:
    story = given(issued(), reserved(PHARMACY, hold_minutes=30)).when(owed(pharmacy=OTHER_PHARMACY))
    assert (story.last.holder, story.last.held_until) == (PHARMACY, at(31))
    assert given(issued()).when(owed()).last.holder is None


def test_letting_go_comes_before_owing() -> None:
    story = given(issued(), reserved()).when(owed(release_reservation=True))
    assert story.last.holder is None


def test_who_cancels_is_not_kept_waiting_longer() -> None:
    story = given(issued(), (0, reserved(hold_minutes=30)), cancelled(), (10, owed()))
    assert story.last.held_until == at(30)
    story.when((30, ticked())).then("cancelled", status="cancelled")


def test_a_release_ends_it() -> None:
    story = given(issued(), reserved(), owed()).when(released()).then("released")
    assert line_statuses(story, 10) == ["partly-dispensed"]
    story.when(reserved(OTHER_PHARMACY)).then("granted")


def test_it_lapses_by_log_time() -> None:
    story = given(issued(), (0, reserved()), (10, owed(minutes=60))).when((70, ticked()))
    story.then("reservation-lapsed", status="partly-dispensed")


def test_what_is_owed_of_a_batch_is_held_no_longer_than_the_batch_is_open() -> None:
    batches = (batch(1, 0, 20 * HOUR), batch(2, 30 * HOUR, 60 * HOUR))
    prescription = issued(line(1, 20, MORPHINE), batches=batches, valid_until=at(60 * HOUR))
    story = given(prescription, (0, reserved()), (10, owed(given_out(1, 4, MORPHINE))))
    assert story.last.held_until == at(20 * HOUR)
    whole = given(prescription, (0, reserved()), (10, owed(given_out(1, 10, MORPHINE))))
    assert whole.last.held_until == at(30), "nothing of the open batch is owed"


def test_every_line_says_how_far_it_is() -> None:
    story = given(issued(line(1, 20), line(2, 10), line(3, 5), valid_until=at(100)), reserved())
    assert line_statuses(story, 2) == ["to-be-dispensed"] * 3
    part = story.when(dispensed(given_out(1, 20), given_out(2, 4)))
    assert line_statuses(part, 3) == ["fully-dispensed", "partly-dispensed", "to-be-dispensed"]
    assert line_statuses(part, 200) == ["fully-dispensed", "expired", "expired"]
    gone = given(issued(line(1, 20), line(2, 10)), reserved(), cancelled())
    gone = gone.when(dispensed(given_out(1, 20), release_reservation=True))
    assert line_statuses(gone, 3) == ["fully-dispensed", "cancelled"]
