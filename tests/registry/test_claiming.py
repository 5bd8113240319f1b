"""Claim and withdraw: payable is what was dispensed, once."""

from __future__ import annotations

import pytest

from tests.builders import (
    OTHER_PAYER,
    OTHER_PHARMACY,
    PAYER,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    reserved,
    reversed_,
    unstamped,
    withdrawn,
)
from tests.dsl import given

SOLD = (issued(), reserved(), dispensed())


def test_what_was_dispensed_is_payable_once() -> None:
    story = given(*SOLD).when(claimed()).then("payable", verdict="ACCEPTED")
    story.when(claimed(claim_id="claim-2")).then("claimed-before", verdict="REFUSED")


def test_a_claim_without_a_dispense_was_refused_before_it_could_wait() -> None:
    given(issued()).when(unstamped(claimed())).then("claim-without-dispense", verdict="REFUSED")
    given(issued()).when(claimed(dispense_grace_hours=None)).then(
        "claim-without-dispense", verdict="REFUSED"
    )


def test_a_claim_on_an_unknown_prescription_is_not_payable() -> None:
    given().when(claimed()).then("unknown-prescription", verdict="REFUSED")


def test_parts_may_be_claimed_one_by_one_up_to_what_was_dispensed() -> None:
    story = given(issued(), reserved(), dispensed(given_out(quantity=10)))
    part = story.when(claimed(quantity=6)).then("payable")
    part.when(claimed(quantity=4, claim_id="claim-2")).then("payable")
    part.when(claimed(quantity=4.001, claim_id="claim-2")).then("claim-over-quantity")


def test_a_pharmacy_claims_only_what_it_dispensed_itself() -> None:
    given(*SOLD).when(claimed(by_facility=OTHER_PHARMACY, dispense_grace_hours=None)).then(
        "claim-without-dispense"
    )


def test_two_claimants_are_not_paid_for_the_same_medicines() -> None:
    story = given(*SOLD, claimed(by_facility=PHARMACY))
    story.when(claimed(by_facility=PAYER, role="payer", claim_id="other")).then("claimed-before")


def test_the_same_claim_id_is_not_used_twice() -> None:
    story = given(issued(), reserved(), dispensed(given_out(quantity=10)), claimed(quantity=2))
    story.when(claimed(quantity=2)).then("claim-id-used", verdict="REFUSED")


def test_a_withdrawn_claim_may_be_made_again() -> None:
    story = given(*SOLD, claimed()).when(withdrawn()).then("withdrawn", verdict="ACCEPTED")
    story.when(claimed(claim_id="claim-2")).then("payable")
    story.when(withdrawn()).then("already-withdrawn")


def test_only_the_claimant_withdraws() -> None:
    given(*SOLD, claimed()).when(withdrawn(by_facility=OTHER_PHARMACY)).then("no-such-claim")


def test_two_payers_do_not_both_pay_for_the_same_medicines() -> None:
    story = given(*SOLD, claimed()).when(claimed(claim_id="claim-2", payer=OTHER_PAYER))
    story.then("claimed-by-another-payer", verdict="REFUSED")
    assert story.last.reasons[0].details["payer"] == PAYER
    share = given(*SOLD, claimed(quantity=15))
    share.when(claimed(quantity=5, claim_id="b", payer=OTHER_PAYER)).then("payable")
    share.when(claimed(quantity=6, claim_id="b", payer=OTHER_PAYER)).then(
        "claimed-by-another-payer"
    )
    share.when(claimed(quantity=21, claim_id="b", payer=OTHER_PAYER)).then("claim-over-quantity")


def test_a_pharmacy_does_not_claim_what_a_payer_was_paid_for() -> None:
    by_payer = claimed(by_facility=PAYER, role="payer", claim_id="p")
    story = given(*SOLD, by_payer).when(claimed()).then("claimed-before", verdict="REFUSED")
    assert story.last.reasons[0].details["claimed_before"] == "20"


def test_an_identifier_is_taken_by_the_claimant_who_used_it_only() -> None:
    shared = (issued(), dispensed(given_out(quantity=5)))
    theirs = dispensed(given_out(quantity=7), pharmacy=OTHER_PHARMACY)
    story = given(*shared, theirs, claimed(quantity=5))
    story.when(claimed(quantity=7, by_facility=OTHER_PHARMACY)).then("payable")
    story.when(unstamped(claimed(quantity=7, by_facility=OTHER_PHARMACY))).then("claim-id-used")


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param((issued(), cancelled()), "claim-cancelled", id="never dispensed"),
        pytest.param((issued(), cancelled(), dispensed()), "claim-cancelled", id="dispensed after"),
        pytest.param(
            (issued(), cancelled(replaced_by="01001newer00-c"), dispensed()),
            "claim-cancelled",
            id="replaced",
        ),
        pytest.param(
            (issued(valid_until=at(1)), (2, dispensed())), "claim-expired", id="after it expired"
        ),
        pytest.param((*SOLD, reversed_()), "claim-reversed", id="taken back"),
    ],
)
def test_what_was_cancelled_expired_or_taken_back_is_not_payable(history, expected) -> None:
    story = given(*history).when(claimed()).then(expected, verdict="REFUSED")
    assert story.state().lines[0].claimed == 0


def test_what_was_handed_over_before_the_cancellation_came_is_payable() -> None:
    sold_in_time = dispensed(occurred_at=at(0), offline=True)
    given(issued(), (5, cancelled()), (6, sold_in_time)).when(claimed()).then("payable")


def test_after_a_correction_the_right_sale_is_payable() -> None:
    story = given(*SOLD, reversed_(), dispensed(given_out(quantity=18)))
    story.when(claimed(quantity=18)).then("payable")


@pytest.mark.parametrize(
    ("days", "occurred_at", "remarks"),
    [
        (90, at(60 * 24 * 90), ()),
        (90, at(60 * 24 * 91), ("claim-after-window",)),
        (None, at(60 * 24 * 400), ()),
        (90, at(1), ("claim-before-dispense",)),
    ],
)
def test_the_date_of_a_claim_is_told_and_does_not_refuse_it(days, occurred_at, remarks) -> None:
    claim = claimed(claim_window_days=days, occurred_at=occurred_at)
    story = given(*SOLD).when(claim).then("payable", verdict="ACCEPTED", findings=remarks)
    assert story.state().claims[0].advice == remarks


def test_a_claim_for_a_second_sale_of_the_same_line_says_so() -> None:
    story = given(*SOLD, claimed(), dispensed(pharmacy=OTHER_PHARMACY))
    story = story.when(claimed(by_facility=OTHER_PHARMACY)).then(
        "payable", verdict="ACCEPTED", findings=("claim-flagged-dispense",)
    )
    assert story.last.reasons[0].details == {"findings": "duplicate"}
    given(*SOLD, claimed()).then("payable", findings=())


def test_a_reversal_that_leaves_a_claim_of_the_same_pharmacy_uncovered_is_refused() -> None:
    """The other pharmacy's sale covers the quantity, not the claim."""
    story = given(*SOLD, dispensed(pharmacy=OTHER_PHARMACY), claimed())
    story.when(reversed_()).then("claimed-already", verdict="REFUSED")
    story.when(reversed_(pharmacy=OTHER_PHARMACY)).then("reversed", verdict="ACCEPTED")
