"""Reverse: a dispense is taken back, its quantities may be dispensed again."""

from __future__ import annotations

from tests.builders import (
    OTHER_PHARMACY,
    claimed,
    dispensed,
    given_out,
    issued,
    reserved,
    reversed_,
    withdrawn,
)
from tests.dsl import given


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


def test_a_repeat_of_a_sale_stands_for_the_sale_when_it_is_taken_back() -> None:
    sale = dispensed(event_id="sale", receipt_number="HD1")
    again = dispensed(event_id="again", receipt_number="HD1")
    story = given(issued(), reserved(), sale, again).when(reversed_(dispense="again"))
    story.then("reversed", remaining=(20,))
    assert story.facts[-1].fact_id == "sale"
    story.when(reversed_(dispense="sale")).then("already-reversed")


def test_after_a_reversal_the_same_receipt_is_a_sale_again() -> None:
    sale = dispensed(receipt_number="HD1")
    story = given(issued(), sale, reversed_()).when(dispensed(receipt_number="HD1"))
    story.then("dispensed", findings=(), remaining=(0,))


def test_a_dispense_whose_prescription_is_unknown_may_be_taken_back() -> None:
    story = given(dispensed(event_id="sale")).when(reversed_(dispense="sale")).then("reversed")
    assert story.facts == []
    story.when(issued()).then("issued", remaining=(20,), status="active")
