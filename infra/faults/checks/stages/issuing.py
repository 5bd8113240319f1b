"""Issue and cancel."""

from __future__ import annotations

from collections.abc import Iterator

from infra.faults.checks.ledger import Cancellation, Line
from infra.faults.checks.stages.batches import batches_of
from infra.faults.checks.stages.dispensing import match
from infra.faults.checks.stages.shapes import Case, Effect, Ground, differences, facility
from services.contracts.submissions import PrescriptionCancelled, PrescriptionIssued


def _issued(case: Case[PrescriptionIssued]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.issued is not None:
        yield f"the code was taken by event {ledger.issued.event_id}"
    ledger.issued, ledger.issued_at = event, case.at
    ledger.lines = {line.line: Line(line.quantity, line.drug) for line in event.lines}
    ledger.batches = batches_of(event)
    ledger.cancellation = next((c for c in ledger.early if c.facility == facility(event)), None)
    ledger.early = []
    ledger.apply_waiting(case.at)
    if ledger.is_cancelled != (case.outcome.result == "cancelled-before-issue"):
        yield (
            "a cancellation by its own clinic came first"
            if ledger.is_cancelled
            else "no cancellation by its own clinic came first"
        )
    due = {(finding.code, finding.line) for finding in event.findings}
    if event.prescriber_status == "INACTIVE":
        due.add(("prescriber-unlicensed", None))
    yield from differences(case.said, due, set())
    for sale in [one for one in ledger.sales if not one.is_counted and not one.is_reversed]:
        match(ledger, sale, case.at)


def _cancelled(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.issued is None:
        yield "no prescription had arrived"
    if ledger.hold is not None:
        yield f"{ledger.hold.pharmacy} held it"
    yield from _not_theirs_or_sold(case)
    ledger.cancellation = Cancellation(facility(event), event.replaced_by, case.at, case.at)


def _cancel_pending(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.hold is None:
        yield "nobody held it, so there was nothing to wait for"
    yield from _not_theirs_or_sold(case)
    if event.replaced_by is not None:
        yield "a replacement may not wait"
    if ledger.cancellation is None:
        ledger.cancellation = Cancellation(facility(event), None, case.at)


def _not_theirs_or_sold(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    issued = case.ledger.issued
    if issued is not None and facility(issued) != facility(case.event):
        yield f"it is a prescription of {facility(issued)}"
    if case.ledger.open_sales:
        yield "some of it was handed over"


def _cancel_before_issue(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.issued is not None:
        yield "the prescription was there"
    if all(early.facility != facility(event) for early in ledger.early):
        ledger.early.append(Cancellation(facility(event), None, case.at))


def _cancelled_already(case: Case[PrescriptionCancelled]) -> Iterator[str]:
    cancellation = case.ledger.cancellation
    if cancellation is None or cancellation.applied_at is None:
        yield "it was not cancelled"
    elif case.event.replaced_by is not None:
        cancellation.replaced_by = case.event.replaced_by


def _is_foreign(case: Case[PrescriptionCancelled]) -> bool:
    issued = case.ledger.issued
    return issued is not None and facility(issued) != facility(case.event)


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
    "not-the-issuer": _is_foreign,
    "unknown-prescription": lambda case: (
        case.ledger.issued is None and case.event.replaced_by is not None
    ),
    "already-dispensed": lambda case: bool(case.ledger.open_sales),
    "held-by-pharmacy": lambda case: (
        case.ledger.hold is not None and case.event.replaced_by is not None
    ),
    "already-replaced": lambda case: (
        case.ledger.is_replaced
        and case.ledger.cancellation is not None
        and case.ledger.cancellation.replaced_by != case.event.replaced_by
    ),
}
