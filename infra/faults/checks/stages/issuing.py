"""Issue and cancel."""

from __future__ import annotations

from collections.abc import Iterator

from infra.faults.checks.ledger import Cancellation, Line
from infra.faults.checks.stages.shapes import Case, Effect, Ground, count, facility
from services.contracts.submissions import PrescriptionCancelled, PrescriptionIssued


def _issued(case: Case[PrescriptionIssued]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.issued is not None:
        yield f"the code was taken by event {ledger.issued.event_id}"
    ledger.issued = event
    ledger.lines = {line.line: Line(line.quantity) for line in event.lines}
    waiting = ledger.cancellation
    if waiting is not None and waiting.facility != facility(event):
        ledger.cancellation = None  # somebody else's cancellation of a prescription to come
    ledger.free()
    if ledger.is_cancelled != (case.outcome.result == "cancelled-before-issue"):
        yield (
            "a cancellation by its own clinic came first"
            if ledger.is_cancelled
            else "no cancellation by its own clinic came first"
        )
    for sale in ledger.sales:
        if not sale.counted and not sale.reversed:
            count(ledger, sale.lines, 1)
        sale.counted = True
    if ledger.is_complete:
        ledger.free()


def _cancelled(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.issued is None:
        yield "no prescription had arrived"
    elif facility(ledger.issued) != facility(event):
        yield f"it is a prescription of {facility(ledger.issued)}"
    if ledger.hold is not None:
        yield f"{ledger.hold.pharmacy} held it"
    if ledger.open_sales:
        yield "some of it was handed over"
    ledger.cancellation = Cancellation(facility(event), event.replaced_by, applied=True)


def _cancel_pending(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.hold is None:
        yield "nobody held it, so there was nothing to wait for"
    if ledger.issued is not None and facility(ledger.issued) != facility(event):
        yield f"it is a prescription of {facility(ledger.issued)}"
    if ledger.open_sales:
        yield "some of it was handed over"
    if event.replaced_by is not None:
        yield "a replacement may not wait"
    if ledger.cancellation is None:
        ledger.cancellation = Cancellation(facility(event), None)


def _cancel_before_issue(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.issued is not None:
        yield "the prescription was there"
    if ledger.cancellation is None or ledger.cancellation.facility != facility(event):
        ledger.cancellation = Cancellation(facility(event), None)


def _cancelled_already(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.cancellation is None or not ledger.cancellation.applied:
        yield "it was not cancelled"
    elif event.replaced_by is not None:
        ledger.cancellation.replaced_by = event.replaced_by


ISSUE_EFFECTS: dict[str, Effect] = {"issued": _issued, "cancelled-before-issue": _issued}
ISSUE_GROUNDS: dict[str, Ground] = {
    "code-taken": lambda case: case.ledger.issued is not None,
}

CANCEL_EFFECTS: dict[str, Effect] = {
    "cancelled": _cancelled,
    "cancel-pending": _cancel_pending,
    "cancel-before-issue": _cancel_before_issue,
    "already-cancelled": _cancelled_already,
}
CANCEL_GROUNDS: dict[str, Ground] = {
    "not-the-issuer": lambda case: (
        case.ledger.issued is not None and facility(case.ledger.issued) != facility(case.event)
    ),
    "unknown-prescription": lambda case: (
        case.ledger.issued is None and case.event.replaced_by is not None
    ),
    "already-dispensed": lambda case: bool(case.ledger.open_sales),
    "held-by-pharmacy": lambda case: (
        case.ledger.hold is not None and case.event.replaced_by is not None
    ),
    "already-replaced": lambda case: (
        case.ledger.is_cancelled
        and case.ledger.cancellation is not None
        and case.ledger.cancellation.replaced_by not in (None, case.event.replaced_by)
    ),
}
