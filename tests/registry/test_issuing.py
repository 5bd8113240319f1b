"""Issue: a prescription comes into being."""

from __future__ import annotations

from services.contracts.described import described
from services.contracts.terms import Reason
from tests.builders import dispensed, given_out, issued, line, reserved
from tests.dsl import given


def test_a_new_prescription_is_accepted_and_told_to_surveillance() -> None:
    story = given().when(issued()).then("issued", verdict="ACCEPTED", status="active")
    assert [fact.kind for fact in story.facts] == ["PRESCRIBED"]
    assert story.facts[0].findings == ()


def test_a_code_that_is_taken_is_refused_and_changes_nothing() -> None:
    story = given(issued(line(quantity=20))).when(issued(line(quantity=99)))
    story.then("code-taken", verdict="REFUSED", remaining=(20,))


def test_what_the_writer_found_against_the_law_is_told_and_does_not_refuse() -> None:
    found = Reason(code="days-over-limit", line=1, details={"stated": "45", "days": "30"})
    story = given().when(issued(findings=(found,)))
    story.then("issued", verdict="ACCEPTED", findings=("days-over-limit",))
    [told] = described(story.last)["reasons"]
    assert "days-over-limit" in told["message"]
    assert told["what_next_vi"]
    assert story.facts[0].findings == ("days-over-limit",)
    assert story.state().issued.findings == ("days-over-limit",)


def test_a_prescriber_without_an_active_licence_is_told() -> None:
    story = given().when(issued(prescriber_status="INACTIVE"))
    story.then("issued", verdict="ACCEPTED", findings=("prescriber-unlicensed",))
    assert story.facts[0].findings == ("prescriber-unlicensed",)
    given().when(issued(prescriber_status="UNKNOWN")).then("issued", findings=())


def test_what_was_dispensed_before_it_arrived_is_counted_now() -> None:
    story = given(dispensed(given_out(quantity=20))).when(issued())
    story.then("issued", status="completed", remaining=(0,))
    story.when(reserved()).then("nothing-remaining", verdict="REFUSED")
