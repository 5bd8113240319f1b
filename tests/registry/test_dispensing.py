"""Dispense and reverse: facts are recorded, what they break becomes findings."""

from __future__ import annotations

from tests.builders import (
    AMOXICILLIN,
    OTHER_PHARMACY,
    PARACETAMOL,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    reserved,
    reversed_,
    withdrawn,
)
from tests.dsl import given


def test_dispensing_everything_completes_the_prescription() -> None:
    story = given(issued(), reserved()).when(dispensed())
    story.then("dispensed", verdict="RECORDED", status="completed", findings=(), remaining=(0,))
    assert story.last.holder is None


def test_partial_dispensing_leaves_the_rest_and_the_hold() -> None:
    story = given(issued(), reserved()).when(dispensed(given_out(quantity=8)))
    story.then("dispensed", status="reserved", findings=(), remaining=(12,))
    story.when(dispensed(given_out(quantity=12))).then("dispensed", status="completed")


def test_several_lines_have_a_ledger_each() -> None:
    story = given(issued(line(1, 20), line(2, 10, PARACETAMOL)), reserved())
    story.when(dispensed(given_out(2, 10, PARACETAMOL))).then("dispensed", remaining=(20, 0))


def test_a_second_sale_of_the_same_line_is_recorded_as_a_duplicate() -> None:
    story = given(issued(), reserved(), dispensed())
    story.when(dispensed(pharmacy=OTHER_PHARMACY)).then(
        "dispensed", verdict="RECORDED", findings=("duplicate",), remaining=(0,)
    )


def test_more_than_remains_is_recorded_as_over_quantity() -> None:
    story = given(issued(), reserved()).when(dispensed(given_out(quantity=20.001)))
    story.then("dispensed", findings=("over-quantity",), remaining=(0,))


def test_one_sale_may_fill_a_line_twice_and_both_count() -> None:
    story = given(issued(), reserved()).when(
        dispensed(given_out(quantity=15), given_out(quantity=15))
    )
    story.then("dispensed", findings=("over-quantity",), remaining=(0,))


def test_a_line_nobody_prescribed_is_a_finding() -> None:
    given(issued(), reserved()).when(dispensed(given_out(7, 1))).then(
        "dispensed", findings=("unknown-line",), remaining=(20,)
    )


def test_another_ingredient_is_a_wrong_substitution() -> None:
    given(issued(), reserved()).when(dispensed(given_out(drug=PARACETAMOL))).then(
        "dispensed", findings=("wrong-substitution",)
    )


def test_an_ingredient_nobody_knows_proves_no_wrong_substitution() -> None:
    unknown = type(AMOXICILLIN)(code="X-1", name="?")
    given(issued(), reserved()).when(dispensed(given_out(drug=unknown))).then(
        "dispensed", findings=()
    )


def test_dispensing_over_anothers_hold_is_a_finding() -> None:
    given(issued(), reserved()).when(dispensed(pharmacy=OTHER_PHARMACY)).then(
        "dispensed", findings=("not-the-holder",)
    )


def test_expiry_is_judged_by_when_it_was_handed_over() -> None:
    story = given(issued(valid_until=at(100)))
    story.when((500, dispensed(occurred_at=at(99), offline=True))).then("dispensed", findings=())
    story.when((500, dispensed(occurred_at=at(100)))).then("dispensed", findings=("expired",))


def test_dispensing_after_a_cancellation_is_recorded_and_found() -> None:
    given(issued(), cancelled()).when(dispensed()).then("dispensed", findings=("cancelled",))


def test_a_sale_before_its_prescription_arrives_is_counted_when_it_does() -> None:
    story = given().when(dispensed(given_out(quantity=5)))
    story.then("dispensed", findings=("unknown-prescription",), status="not-issued")
    assert story.facts == []
    after = story.when(issued()).then("issued", remaining=(15,), status="partly-dispensed")
    assert [fact.kind for fact in after.facts] == ["PRESCRIBED", "DISPENSED"]
    assert after.facts[1].findings == ()


def test_a_reversal_restores_the_quantity_and_withdraws_the_fact() -> None:
    story = given(issued(), reserved(), dispensed(event_id="sale")).when(reversed_(dispense="sale"))
    story.then("reversed", verdict="ACCEPTED", remaining=(20,), status="active")
    assert story.facts[-1].fact_id == "sale"
    assert type(story.facts[-1]).__name__ == "FactWithdrawn"


def test_the_last_dispense_is_reversed_when_none_is_named() -> None:
    story = given(
        issued(),
        reserved(),
        dispensed(given_out(quantity=5), event_id="first"),
        dispensed(given_out(quantity=7), event_id="second"),
    )
    story.when(reversed_()).then("reversed", remaining=(15,))


def test_a_pharmacy_reverses_only_its_own_sales() -> None:
    given(issued(), reserved(), dispensed()).when(reversed_(pharmacy=OTHER_PHARMACY)).then(
        "no-such-dispense", verdict="REFUSED"
    )


def test_reversing_twice_takes_back_once() -> None:
    story = given(issued(), reserved(), dispensed(event_id="sale"), reversed_(dispense="sale"))
    story.when(reversed_(dispense="sale")).then("already-reversed", remaining=(20,))


def test_a_claimed_sale_is_reversed_only_after_the_claim_is_withdrawn() -> None:
    story = given(issued(), reserved(), dispensed(), claimed())
    story.when(reversed_()).then("claimed-already", verdict="REFUSED")
    story.when(withdrawn(), reversed_()).then("reversed")


def test_reversing_a_duplicate_leaves_the_real_sale() -> None:
    story = given(issued(), reserved(), dispensed(), dispensed(pharmacy=OTHER_PHARMACY))
    story.when(reversed_(pharmacy=OTHER_PHARMACY)).then(
        "reversed", remaining=(0,), status="completed"
    )
