"""A claim that comes before its dispense waits for it, and not for ever."""

from __future__ import annotations

from tests.builders import (
    OTHER_PAYER,
    OTHER_PHARMACY,
    PAYER,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    reserved,
    reversed_,
    ticked,
    withdrawn,
)
from tests.dsl import given

HOUR = 60
WAITING = (issued(), claimed())


def reported_late(*lines, **more):
    """Handed over before anybody claimed, and reported when the connection came back."""
    return dispensed(*lines, occurred_at=at(0.5), offline=True, **more)


def test_a_claim_before_its_dispense_is_pending_for_as_long_as_the_law_says() -> None:
    story = (
        given(issued())
        .when(claimed(dispense_grace_hours=72))
        .then("claim-pending", verdict="PENDING")
    )
    assert story.last.reasons[0].details["until"] == at(1 + 72 * HOUR).isoformat()
    assert story.state().lines[0].claimed == 0, "nothing is payable yet"


def test_it_becomes_payable_by_itself_when_the_dispense_arrives() -> None:
    story = given(*WAITING).when(reported_late()).then("dispensed", findings=("claim-payable",))
    [claim] = story.state().claims
    assert (claim.standing, claim.pending_until) == ("payable", None)
    assert story.state().lines[0].claimed == 20
    assert story.facts[-1].findings == (), "a claim is no finding about the dispense"
    story.when(reversed_()).then("claimed-already", verdict="REFUSED")


def test_what_is_claimed_before_it_is_handed_over_is_told_when_it_becomes_payable() -> None:
    story = given(*WAITING).when(dispensed())
    story.then("dispensed", findings=("claim-payable", "claim-before-dispense"))
    assert story.state().claims[0].advice == ("claim-before-dispense",)


def test_it_waits_for_all_of_it() -> None:
    half = reported_late(given_out(quantity=10), receipt_number="A")
    story = given(*WAITING).when(half).then("dispensed", findings=())
    assert story.state().claims[0].standing == "pending"
    other_half = reported_late(given_out(quantity=10), receipt_number="B")
    story.when(other_half).then("dispensed", findings=("claim-payable",))


def test_it_waits_for_the_claimants_own_dispense() -> None:
    story = given(*WAITING).when(dispensed(pharmacy=OTHER_PHARMACY)).then("dispensed", findings=())
    assert story.state().claims[0].standing == "pending"


def test_one_missing_line_makes_the_whole_claim_wait() -> None:
    both = claimed(1)
    both = type(both)(
        **{f: getattr(both, f) for f in both.__struct_fields__ if f != "lines"},
        lines=(*both.lines, *claimed(2, 10).lines),
    )
    story = given(issued(line(1, 20), line(2, 10)), reported_late(given_out(1, 20)))
    waiting = story.when(both).then("claim-pending", verdict="PENDING")
    waiting.when(reported_late(given_out(2, 10))).then("dispensed", findings=("claim-payable",))


def test_time_refuses_it_for_good() -> None:
    story = given(*WAITING).when((1 + 72 * HOUR, ticked()))
    story.then("claim-without-dispense", verdict="RECORDED")
    assert story.last.reasons[0].details["claim_id"] == "claim-1"
    late = story.when(dispensed()).then("dispensed", findings=())
    assert late.state().claims[0].standing == "refused"
    late.when(claimed()).then("payable", verdict="ACCEPTED")


def test_the_next_record_refuses_it_as_a_tick_would() -> None:
    by_tick = given(*WAITING, (1 + 72 * HOUR, ticked())).state()
    lazily = given(*WAITING, (1 + 72 * HOUR, claimed(claim_id="x", dispense_grace_hours=None)))
    assert lazily.last.result == "claim-without-dispense"
    assert lazily.state() == by_tick


def test_a_second_claim_meanwhile_counts_the_first() -> None:
    story = given(*WAITING)
    story.when(claimed()).then("claim-id-used", verdict="REFUSED")
    story.when(claimed(claim_id="claim-2")).then("claimed-before", verdict="REFUSED")
    story.when(claimed(claim_id="claim-2", payer=OTHER_PAYER)).then("claimed-by-another-payer")
    story.when(claimed(quantity=21, claim_id="claim-2")).then("claimed-before")
    part = given(issued(), claimed(quantity=15))
    part.when(claimed(quantity=6, claim_id="claim-2")).then("claim-over-quantity")
    part.when(claimed(quantity=5, claim_id="claim-2")).then("claim-pending", verdict="PENDING")


def test_more_than_was_prescribed_does_not_wait() -> None:
    given(issued()).when(claimed(quantity=21)).then("claim-over-quantity", verdict="REFUSED")


def test_the_first_to_ask_is_the_first_to_be_paid() -> None:
    by_payer = claimed(by_facility=PAYER, role="payer", claim_id="payer")
    story = given(issued(), by_payer, claimed()).when(reported_late())
    story.then("dispensed", findings=("claim-payable",))
    assert [claim.standing for claim in story.state().claims] == ["payable", "pending"]
    freed = story.when(withdrawn(by_facility=PAYER, role="payer", claim_id="payer"))
    freed.then("withdrawn", findings=("claim-payable",))
    assert [claim.standing for claim in freed.state().claims] == ["payable", "payable"]
    assert freed.state().lines[0].claimed == 20


def test_a_pending_claim_may_be_withdrawn() -> None:
    story = given(*WAITING).when(withdrawn()).then("withdrawn", verdict="ACCEPTED")
    assert story.state().lines[0].claimed == 0
    story.when(dispensed()).then("dispensed", findings=())
    story.when(claimed(claim_id="claim-2")).then("claim-pending")
    assert len(story.when((1 + 72 * HOUR, ticked())).outcomes) == 3, "nothing waits any more"


def test_a_claim_refused_by_time_has_nothing_to_withdraw() -> None:
    given(*WAITING, (1 + 72 * HOUR, ticked())).when(withdrawn()).then(
        "already-refused", verdict="ACCEPTED"
    )


def test_a_claim_waits_through_a_cancellation_for_what_was_handed_over_in_time() -> None:
    story = given(*WAITING, (5, cancelled()))
    story.when((6, reported_late())).then(
        "dispensed", findings=("cancelled-late", "claim-payable", "claim-flagged-dispense")
    )
    story.when((6, dispensed())).then("dispensed", findings=("cancelled",))


def test_a_claim_does_not_wait_for_a_prescription_nobody_knows() -> None:
    given(dispensed()).when(claimed()).then("unknown-prescription", verdict="REFUSED")


def test_the_hold_of_a_prescription_does_not_hinder_a_waiting_claim() -> None:
    story = given(*WAITING, reserved()).when(dispensed()).then("dispensed", status="completed")
    assert story.state().claims[0].standing == "payable"
