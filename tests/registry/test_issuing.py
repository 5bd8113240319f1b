"""Issue, cancel, replace."""

from __future__ import annotations

from tests.builders import (
    CLINIC,
    OTHER_CLINIC,
    PHARMACY,
    cancelled,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
)
from tests.dsl import given

NEWER = "01001newer00-c"


def test_a_new_prescription_is_accepted_and_told_to_surveillance() -> None:
    story = given().when(issued()).then("issued", verdict="ACCEPTED", status="active")
    assert [fact.kind for fact in story.facts] == ["PRESCRIBED"]


def test_a_code_that_is_taken_is_refused_and_changes_nothing() -> None:
    story = given(issued(line(quantity=20))).when(issued(line(quantity=99)))
    story.then("code-taken", verdict="REFUSED", remaining=(20,))


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


def test_a_waiting_cancellation_is_void_once_everything_was_dispensed() -> None:
    story = given(issued(), reserved(), cancelled()).when(dispensed())
    story.then("dispensed", status="completed", findings=())
    assert story.state().cancellation is None


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
