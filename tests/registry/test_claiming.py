"""Claim and withdraw: payable is what was dispensed, once."""

from __future__ import annotations

from tests.builders import (
    OTHER_PHARMACY,
    PAYER,
    PHARMACY,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    reserved,
    withdrawn,
)
from tests.dsl import given

SOLD = (issued(), reserved(), dispensed())


def test_what_was_dispensed_is_payable_once() -> None:
    story = given(*SOLD).when(claimed()).then("payable", verdict="ACCEPTED")
    story.when(claimed(claim_id="claim-2")).then("claimed-before", verdict="REFUSED")


def test_a_claim_without_a_dispense_is_not_payable() -> None:
    given(issued()).when(claimed()).then("claim-without-dispense", verdict="REFUSED")


def test_a_claim_on_an_unknown_prescription_is_not_payable() -> None:
    given().when(claimed()).then("unknown-prescription", verdict="REFUSED")


def test_parts_may_be_claimed_one_by_one_up_to_what_was_dispensed() -> None:
    story = given(issued(), reserved(), dispensed(given_out(quantity=10)))
    part = story.when(claimed(quantity=6)).then("payable")
    part.when(claimed(quantity=4, claim_id="claim-2")).then("payable")
    part.when(claimed(quantity=4.001, claim_id="claim-2")).then("claim-over-quantity")


def test_a_pharmacy_claims_only_what_it_dispensed_itself() -> None:
    given(*SOLD).when(claimed(by_facility=OTHER_PHARMACY)).then("claim-without-dispense")


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


def test_a_cancelled_prescription_that_was_never_dispensed_is_not_payable() -> None:
    given(issued(), cancelled()).when(claimed()).then("claim-without-dispense")
