"""Dispense: facts are recorded, what they break becomes findings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.builders import (
    AMOXICILLIN,
    MORPHINE,
    OTHER_PHARMACY,
    PARACETAMOL,
    PHARMACY,
    at,
    by,
    cancelled,
    dispensed,
    given_out,
    issued,
    line,
    reserved,
    reversed_,
    unstamped,
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


TABLET = replace(AMOXICILLIN, form="tablet", route="oral")


@pytest.mark.parametrize(
    ("given_drug", "differs"),
    [
        pytest.param(replace(TABLET, code="OTHER"), None, id="another brand"),
        pytest.param(replace(TABLET, strength_mg=Decimal(250)), "strength", id="strength"),
        pytest.param(replace(TABLET, route="rectal"), "route", id="route"),
        pytest.param(replace(TABLET, form="syrup"), "form", id="form"),
        pytest.param(replace(TABLET, form="", route="", strength_mg=None), None, id="not known"),
        pytest.param(
            replace(TABLET, ingredients=("ampicillin",), strength_mg=Decimal(250)),
            "ingredients, strength",
            id="several",
        ),
    ],
)
def test_only_the_same_ingredient_strength_route_and_form_are_substituted(
    given_drug, differs
) -> None:
    story = given(issued(line(drug=TABLET))).when(dispensed(given_out(drug=given_drug)))
    story.then("dispensed", findings=("wrong-substitution",) if differs else ())
    if differs:
        assert story.last.reasons[0].details["differs"] == differs


def test_before_the_law_was_stamped_only_ingredients_were_compared() -> None:
    weaker = replace(AMOXICILLIN, strength_mg=Decimal(250))
    given(issued()).when(unstamped(dispensed(given_out(drug=weaker)))).then(
        "dispensed", findings=()
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


def test_handed_over_before_the_cancellation_was_received_is_less_grave() -> None:
    story = given(issued(), (60, cancelled()))
    in_time = dispensed(occurred_at=at(59), offline=True)
    story.when((70, in_time)).then("dispensed", findings=("cancelled-late",))
    story.when((70, unstamped(in_time))).then("dispensed", findings=("cancelled",))
    story.when((70, dispensed(occurred_at=at(60)))).then("dispensed", findings=("cancelled",))


def test_while_a_cancellation_waited_its_holder_was_right_to_hand_over() -> None:
    story = given(issued(), (0, reserved(hold_minutes=30)), (10, cancelled()))
    while_held = dispensed(occurred_at=at(20), offline=True)
    story.when((40, while_held)).then("dispensed", findings=("cancelled-late",))


def test_handed_over_under_a_code_that_was_cancelled_before_it_arrived_is_grave() -> None:
    story = given(cancelled(), (10, dispensed()), (20, issued()))
    assert story.state().dispenses[0].findings == ("cancelled",)


@pytest.mark.parametrize(
    ("minute", "finding"), [(-10, None), (-10.1, "before-issue"), (-60, "before-issue")]
)
def test_dispensing_before_it_was_written_is_found_when_clocks_do_not_explain_it(
    minute, finding
) -> None:
    story = given(issued()).when(dispensed(occurred_at=at(minute)))
    story.then("dispensed", findings=(finding,) if finding else ())


def test_dispensing_before_it_becomes_valid_is_found() -> None:
    story = given(issued(valid_from=at(60)))
    story.when((49, dispensed())).then("dispensed", findings=("before-valid",))
    story.when((50, dispensed())).then("dispensed", findings=())
    story.when((50, unstamped(dispensed()))).then("dispensed", findings=("before-valid",))


def test_an_older_sale_reported_late_did_not_pass_over_the_hold() -> None:
    story = given(issued(), (60, reserved(OTHER_PHARMACY)))
    offline = dispensed(occurred_at=at(30), offline=True)
    story.when((61, offline)).then("dispensed", findings=())
    story.when((61, unstamped(offline))).then("dispensed", findings=("not-the-holder",))


SYRUP = replace(AMOXICILLIN, code="SYRUP", pack_size=Decimal(100))


@pytest.mark.parametrize(
    ("quantity", "finding"),
    [(150, None), (200, None), (300, "over-quantity"), (180, "over-quantity")],
)
def test_a_pack_that_cannot_be_split_may_be_more_than_prescribed(quantity, finding) -> None:
    story = given(issued(line(quantity=150, drug=SYRUP)))
    story = story.when(dispensed(given_out(quantity=quantity, drug=SYRUP)))
    story.then("dispensed", findings=(finding,) if finding else (), remaining=(0,))


def test_one_pack_too_many_is_a_duplicate_all_the_same() -> None:
    story = given(issued(line(quantity=150, drug=SYRUP)), dispensed(given_out(1, 200, SYRUP)))
    story.when(dispensed(given_out(1, 100, SYRUP))).then("dispensed", findings=("duplicate",))


HALF = given_out(quantity=20)


@pytest.mark.parametrize(
    ("second", "hours", "finding"),
    [
        pytest.param(dispensed(HALF, pharmacy=OTHER_PHARMACY), 24, True, id="within a day"),
        pytest.param(dispensed(HALF, pharmacy=OTHER_PHARMACY), 24.1, False, id="later"),
        pytest.param(dispensed(HALF), 1, False, id="at the same pharmacy"),
        pytest.param(
            dispensed(given_out(quantity=19), pharmacy=OTHER_PHARMACY), 1, False, id="less"
        ),
        pytest.param(
            unstamped(dispensed(HALF, pharmacy=OTHER_PHARMACY)), 1, False, id="not stamped"
        ),
    ],
)
def test_the_same_quantity_at_two_pharmacies_within_hours_is_found(second, hours, finding) -> None:
    story = given(issued(line(quantity=40)), (0, dispensed(HALF))).when((hours * 60, second))
    story.then(
        "dispensed", findings=("duplicate-elsewhere",) if finding else (), verdict="RECORDED"
    )


def test_the_other_half_under_a_reservation_is_no_repeat() -> None:
    lets_go = dispensed(HALF, release_reservation=True)
    story = given(issued(line(quantity=40)), reserved(), lets_go, reserved(OTHER_PHARMACY))
    story.when(dispensed(HALF, pharmacy=OTHER_PHARMACY)).then("dispensed", findings=())


def test_a_sale_that_was_taken_back_was_not_sold_twice() -> None:
    story = given(issued(line(quantity=40)), dispensed(HALF), reversed_())
    story.when(dispensed(HALF, pharmacy=OTHER_PHARMACY)).then("dispensed", findings=())


def test_the_same_receipt_once_more_is_no_second_sale() -> None:
    sale = dispensed(given_out(quantity=8), receipt_number="HD1", event_id="sale")
    again = dispensed(given_out(quantity=8), receipt_number="HD1", event_id="again")
    story = given(issued(), reserved(), sale).when(again)
    story.then(
        "counted-before", verdict="RECORDED", findings=("repeated-receipt",), remaining=(12,)
    )
    assert story.last.reasons[0].details["first_event_id"] == "sale"
    assert [fact.kind for fact in story.facts] == ["PRESCRIBED", "DISPENSED"]
    other = dispensed(given_out(quantity=9), receipt_number="HD1")
    story.when(other).then("dispensed", findings=(), remaining=(3,))
    elsewhere = dispensed(given_out(quantity=8), receipt_number="HD1", pharmacy=OTHER_PHARMACY)
    story.when(elsewhere).then("dispensed", remaining=(4,))
    given(issued(), reserved(), sale).when(unstamped(again)).then("dispensed", remaining=(4,))


UNLICENSED = by(PHARMACY, "pharmacy", "INACTIVE")
LIMITED = by(PHARMACY, "pharmacy", "ACTIVE", ("NONE", "POISON"))


def test_a_sale_without_a_licence_or_permission_is_recorded_and_found() -> None:
    story = given(issued(line(1, 20), line(2, 10, MORPHINE)))
    story.when(dispensed(submitter=UNLICENSED)).then(
        "dispensed", findings=("pharmacy-unlicensed",), verdict="RECORDED"
    )
    narcotic = dispensed(given_out(2, 10, MORPHINE), submitter=LIMITED)
    after = story.when(narcotic).then("dispensed", findings=("class-not-permitted",))
    assert after.last.reasons[0].line == 2
    assert after.facts[-1].findings == ("class-not-permitted",)
    story.when(dispensed(submitter=LIMITED)).then("dispensed", findings=())
