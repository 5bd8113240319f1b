"""What callers see of a prescription."""

from __future__ import annotations

from services.contracts.described import described
from services.registry.prescription import settle
from services.registry.views import prescription_view, record_view
from tests.builders import (
    MORPHINE,
    at,
    batch,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    reserved,
    ticked,
    withdrawn,
)
from tests.dsl import Story, given

DAY = 24 * 60
NARCOTIC = issued(
    line(1, 20, MORPHINE),
    batches=(batch(1, 0, 10 * DAY), batch(2, 7 * DAY, 20 * DAY)),
    valid_until=at(20 * DAY),
)


def seen(story: Story, minute: float) -> dict:
    return prescription_view(settle(story.state(), at(minute)), at(minute))


def test_batches_say_what_is_open_and_what_is_left() -> None:
    view = seen(given(NARCOTIC, (DAY, dispensed(given_out(1, 4, MORPHINE)))), 8 * DAY)
    assert [(one["number"], one["open"]) for one in view["batches"]] == [(1, True), (2, True)]
    assert [one["lines"] for one in view["batches"]] == [
        [{"line": 1, "quantity": "10", "left": "6"}],
        [{"line": 1, "quantity": "10", "left": "10"}],
    ]
    assert view["lines"][0]["collectable"] == "16"
    assert view["dispenses"][0]["lines"] == [{"line": 1, "quantity": "4", "batch": 1}]
    assert seen(given(issued()), 1)["lines"][0]["collectable"] is None


def test_an_answer_about_batches_says_what_may_be_collected_now() -> None:
    answer = described(given(NARCOTIC).when((DAY, reserved())).last)
    assert answer["remaining"] == [{"line": 1, "quantity": "20", "collectable": "10"}]
    plain = described(given(issued()).when(reserved()).last)
    assert plain["remaining"] == [{"line": 1, "quantity": "20"}]


def test_a_claim_says_where_it_stands() -> None:
    story = given(issued(), claimed())
    waiting = seen(story, 5)["claims"][0]
    assert (waiting["standing"], waiting["pending_until"]) == ("pending", at(1 + 72 * 60))
    assert seen(story, 9_999)["claims"][0]["standing"] == "refused"
    assert seen(story.when(withdrawn()), 5)["claims"][0]["standing"] == "withdrawn"
    paid = seen(story.when(dispensed()), 5)["claims"][0]
    assert (paid["standing"], paid["remarks"]) == ("payable", ("claim-before-dispense",))


def test_an_unknown_dispense_says_until_when_it_is_provisional() -> None:
    story = given(dispensed())
    assert seen(story, 5)["dispenses"][0]["provisional_until"] == at(72 * 60)
    assert seen(story, 9_999)["dispenses"][0]["findings"] == ("dispense-unmatched",)


def test_what_time_brought_about_stands_in_the_history_in_words() -> None:
    story = given(issued(), reserved("01P01", hold_minutes=30), (40, ticked()))
    told = record_view(story.last)
    assert (told["submission"], told["result"]) == ("TimeTicked", "reservation-lapsed")
    assert "01P01" in told["message"]
    assert "01P01" in told["message_vi"]
    assert told["reasons"][0]["what_next"]
