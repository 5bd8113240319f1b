"""Cancel and replace, in every state of a prescription."""

from __future__ import annotations

from tests.builders import (
    CLINIC,
    OTHER_CLINIC,
    PHARMACY,
    at,
    cancelled,
    dispensed,
    given_out,
    issued,
    released,
    reserved,
    reversed_,
    ticked,
    unstamped,
)
from tests.dsl import given

NEWER = "01001newer00-c"


def test_the_issuing_clinic_cancels() -> None:
    story = given(issued()).when(cancelled()).then("cancelled", status="cancelled", remaining=(0,))
    assert type(story.facts[-1]).__name__ == "FactWithdrawn"


def test_another_clinic_may_not_cancel() -> None:
    given(issued()).when(cancelled(clinic=OTHER_CLINIC)).then(
        "not-the-issuer", verdict="REFUSED", status="active"
    )


def test_a_cancellation_waits_while_a_pharmacy_holds_it_and_applies_on_release() -> None:
    story = given(issued(), reserved()).when(cancelled())
    story.then("cancel-pending", verdict="PENDING", status="reserved")
    after = story.when(released()).then("released", status="cancelled")
    assert type(after.facts[-1]).__name__ == "FactWithdrawn"


def test_a_cancellation_that_waits_applies_when_the_hold_lapses() -> None:
    story = given(issued(), reserved(hold_minutes=30), cancelled())
    story.when((40, reserved(PHARMACY))).then("cancelled", verdict="REFUSED", status="cancelled")


def test_a_cancellation_that_came_too_late_applies_when_the_dispense_is_taken_back() -> None:
    story = given(issued(), reserved(), cancelled()).when(dispensed())
    story.then("dispensed", status="completed", findings=())
    after = story.when(reversed_()).then("reversed", status="cancelled")
    assert [type(fact).__name__ for fact in after.facts[-2:]] == ["FactWithdrawn"] * 2
    after.when(reserved()).then("cancelled", verdict="REFUSED")


def test_before_the_law_was_stamped_such_a_cancellation_was_forgotten() -> None:
    story = given(issued(), reserved(), cancelled(), unstamped(dispensed()))
    story.when(reversed_()).then("reversed", status="active")


def test_what_was_dispensed_cannot_be_cancelled() -> None:
    story = given(issued(), reserved(), dispensed(given_out(quantity=5)))
    story.when(cancelled()).then("already-dispensed", verdict="REFUSED")


def test_a_second_cancellation_asks_for_what_already_holds() -> None:
    given(issued(), cancelled()).when(cancelled()).then("already-cancelled", verdict="ACCEPTED")


def test_a_cancellation_that_arrives_first_applies_to_the_prescription_that_follows() -> None:
    story = given().when(cancelled()).then("cancel-before-issue", verdict="PENDING")
    after = story.when(issued()).then("cancelled-before-issue", status="cancelled")
    assert after.facts == []
    after.when(reserved()).then("cancelled", verdict="REFUSED")


def test_an_early_cancellation_by_a_stranger_does_not_stop_the_prescription() -> None:
    given(cancelled(clinic=OTHER_CLINIC)).when(issued(clinic=CLINIC)).then(
        "issued", status="active"
    )


def test_a_replaced_prescription_names_its_successor_and_can_never_be_dispensed() -> None:
    story = given(issued()).when(cancelled(replaced_by=NEWER)).then("cancelled", status="replaced")
    refusal = story.when(reserved()).then("replaced", verdict="REFUSED").last
    assert refusal.reasons[0].details == {"replaced_by": NEWER}


def test_a_prescription_is_replaced_once() -> None:
    story = given(issued(), cancelled(replaced_by=NEWER))
    story.when(cancelled(replaced_by="01001another-c")).then("already-replaced", verdict="REFUSED")


def test_a_held_prescription_is_not_replaced() -> None:
    given(issued(), reserved()).when(cancelled(replaced_by=NEWER)).then(
        "held-by-pharmacy", verdict="REFUSED", status="reserved"
    )


def test_the_successor_may_be_renamed_when_its_code_was_taken() -> None:
    story = given(issued(), cancelled(replaced_by=NEWER))
    after = story.when(
        cancelled(reason="replaced-under-another-code", replaced_by="01001second0-c")
    )
    assert after.then("already-cancelled").state().cancellation.replaced_by == "01001second0-c"


def test_a_strangers_early_cancellation_does_not_displace_the_issuers() -> None:
    given(cancelled(clinic=CLINIC), cancelled(clinic=OTHER_CLINIC)).when(
        issued(clinic=CLINIC)
    ).then("cancelled-before-issue", status="cancelled")
    given(cancelled(clinic=OTHER_CLINIC), cancelled(clinic=CLINIC)).when(
        issued(clinic=CLINIC)
    ).then("cancelled-before-issue", status="cancelled")


def test_a_cancellation_sent_twice_before_its_prescription_waits_once() -> None:
    story = given(cancelled(clinic=OTHER_CLINIC), cancelled()).when(cancelled())
    story.then("cancel-before-issue", verdict="PENDING")
    assert len(story.state().other_cancellations) == 1
    after = story.when(issued()).then("cancelled-before-issue")
    assert after.state().other_cancellations == ()


def test_a_cancellation_that_waits_applies_by_a_tick() -> None:
    story = given(issued(), reserved(hold_minutes=30), cancelled()).when((40, ticked()))
    story.then("cancelled", status="cancelled")
    assert story.state().cancellation.applied_at == at(31)


def test_what_is_left_of_a_partly_dispensed_prescription_is_cancelled_when_the_holder_lets_go() -> (
    None
):
    story = given(issued(), reserved(), cancelled(), dispensed(given_out(quantity=5)))
    after = story.when(released()).then("released", status="cancelled", remaining=(0,))
    assert [type(fact).__name__ for fact in after.facts] == ["FactRecorded", "FactRecorded"]


def test_an_expired_prescription_may_still_be_cancelled() -> None:
    story = given(issued(valid_until=at(100)), (200, ticked()))
    story.when((201, cancelled())).then("cancelled", status="cancelled")


def test_a_replaced_prescription_that_is_dispensed_all_the_same_is_recorded_with_a_finding() -> (
    None
):
    story = given(issued(), cancelled(replaced_by=NEWER)).when(dispensed())
    story.then("dispensed", verdict="RECORDED", findings=("replaced",), status="replaced")
    assert story.state().dispenses, "it stays readable"
