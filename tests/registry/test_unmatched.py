"""A dispense whose prescription nobody knows: provisional, then unmatched for good."""

from __future__ import annotations

from services.registry.prescription import due_at
from tests.builders import (
    OTHER_PHARMACY,
    at,
    by,
    dispensed,
    given_out,
    issued,
    reversed_,
    ticked,
    unstamped,
)
from tests.dsl import given

HOURS_72 = 72 * 60


def test_a_sale_before_its_prescription_arrives_is_counted_when_it_does() -> None:
    story = given().when(dispensed(given_out(quantity=5)))
    story.then("dispensed", findings=("unknown-prescription",), status="not-issued")
    assert story.facts == []
    after = story.when(issued()).then("issued", remaining=(15,), status="partly-dispensed")
    assert [fact.kind for fact in after.facts] == ["PRESCRIBED", "DISPENSED"]
    assert after.facts[1].findings == ()


def test_it_is_provisional_for_as_long_as_the_law_says() -> None:
    story = (
        given()
        .when(dispensed(issue_grace_hours=72))
        .then("dispensed", findings=("unknown-prescription",))
    )
    assert story.last.reasons[0].details == {"until": at(HOURS_72).isoformat()}
    assert due_at(story.state()) == at(HOURS_72)


def test_time_makes_it_final_and_says_so_once() -> None:
    story = given(dispensed(), (HOURS_72 - 1, ticked()))
    assert len(story.outcomes) == 1
    after = story.when((HOURS_72, ticked())).then("dispense-unmatched", verdict="RECORDED")
    assert after.state().dispenses[0].findings == ("dispense-unmatched",)
    assert len(after.when((2 * HOURS_72, ticked())).outcomes) == 2
    assert after.facts == [], "nobody knows whose medicines they were"


def test_a_prescription_that_comes_in_time_clears_it() -> None:
    story = given(dispensed(), (HOURS_72 - 1, issued(occurred_at=at(0)))).then(
        "issued", remaining=(0,)
    )
    assert story.state().dispenses[0].findings == ()
    assert due_at(story.state()) is None


def test_a_prescription_that_comes_too_late_counts_it_and_keeps_the_finding() -> None:
    late = issued(occurred_at=at(0), valid_until=at(2 * HOURS_72))
    story = given(dispensed(), (HOURS_72, late))
    story.then("issued", remaining=(0,), status="completed")
    assert story.state().dispenses[0].findings == ("dispense-unmatched",)
    assert story.facts[-1].findings == ("dispense-unmatched",)
    by_tick = given(dispensed(), (HOURS_72, ticked()), (HOURS_72, late))
    assert by_tick.state().dispenses[0].findings == ("dispense-unmatched",)


def test_each_waits_for_itself() -> None:
    first = dispensed(given_out(quantity=5))
    second = dispensed(given_out(quantity=7), pharmacy=OTHER_PHARMACY)
    story = given(first, (60, second), (HOURS_72, ticked())).then("dispense-unmatched")
    findings = [one.findings for one in story.state().dispenses]
    assert findings == [("dispense-unmatched",), ("unknown-prescription",)]


def test_what_was_taken_back_waits_for_nothing() -> None:
    assert due_at(given(dispensed(), reversed_()).state()) is None


def test_the_same_receipt_once_more_is_counted_once() -> None:
    story = given(dispensed(receipt_number="HD1")).when(dispensed(receipt_number="HD1"))
    story.then("counted-before", findings=("repeated-receipt",))
    after = story.when(issued()).then("issued", remaining=(0,))
    assert len(after.state().dispenses) == 1
    repeat = after.state().dispenses[0].also_sent_as[0]
    after.when(reversed_(dispense=repeat)).then("reversed", remaining=(20,))


def test_before_the_grace_was_stamped_it_stays_provisional() -> None:
    story = given(unstamped(dispensed())).then("dispensed", findings=("unknown-prescription",))
    assert story.last.reasons[0].details == {}
    assert due_at(story.state()) is None


def test_a_pharmacy_without_a_licence_is_found_at_once() -> None:
    unlicensed = by("01P01", "pharmacy", "INACTIVE")
    given().when(dispensed(submitter=unlicensed)).then(
        "dispensed", findings=("unknown-prescription", "pharmacy-unlicensed")
    )


def test_what_was_matched_late_is_withdrawn_when_it_is_taken_back() -> None:
    story = given(dispensed(event_id="sale"), issued(occurred_at=at(0)))
    after = story.when(reversed_(dispense="sale")).then("reversed", remaining=(20,))
    assert [getattr(fact, "kind", "withdrawn") for fact in after.facts] == [
        "PRESCRIBED",
        "DISPENSED",
        "withdrawn",
    ]
    assert after.state().unmatched == ()
