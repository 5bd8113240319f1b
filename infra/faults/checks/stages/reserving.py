"""Reserve and release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from infra.faults.checks.ledger import Hold, Ledger
from infra.faults.checks.stages.shapes import Case, Effect, Ground, facility
from services.contracts.submissions import DispensingReserved, ReservationReleased


def _granted(case: Case[DispensingReserved]) -> Iterator[str]:
    ledger, event, at = case.ledger, case.event, case.at
    if ledger.issued is None:
        yield "no prescription had arrived"
    else:
        if at >= ledger.issued.valid_until:
            yield f"it had expired at {ledger.issued.valid_until.isoformat()}"
        if at < ledger.issued.valid_from:
            yield f"it becomes valid at {ledger.issued.valid_from.isoformat()}"
    if ledger.is_cancelled:
        yield "it was cancelled"
    if ledger.is_complete:
        yield "nothing remained of it"
    if ledger.hold is not None:
        yield f"{ledger.hold.pharmacy} held it until {ledger.hold.until.isoformat()}"
    ledger.hold = Hold(facility(event), at + timedelta(minutes=event.hold_minutes))


def _already_held(case: Case[DispensingReserved]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.hold is None or ledger.hold.pharmacy != facility(event):
        yield f"{facility(event)} did not hold it"


def _released(case: Case[ReservationReleased]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    if ledger.hold is None or ledger.hold.pharmacy != facility(event):
        yield f"{facility(event)} did not hold it"
    ledger.free()


def _already_free(case: Case[ReservationReleased]) -> Iterator[str]:
    ledger = case.ledger
    if ledger.hold is not None:
        yield f"{ledger.hold.pharmacy} held it until {ledger.hold.until.isoformat()}"


def _held_elsewhere(ledger: Ledger, event: DispensingReserved | ReservationReleased) -> bool:
    return ledger.hold is not None and ledger.hold.pharmacy != facility(event)


def _is_replaced(ledger: Ledger) -> bool:
    return (
        ledger.is_cancelled
        and ledger.cancellation is not None
        and ledger.cancellation.replaced_by is not None
    )


RESERVE_EFFECTS: dict[str, Effect] = {"granted": _granted, "already-held": _already_held}
RESERVE_GROUNDS: dict[str, Ground] = {
    "unknown-prescription": lambda case: case.ledger.issued is None,
    "replaced": lambda case: _is_replaced(case.ledger),
    "cancelled": lambda case: case.ledger.is_cancelled and not _is_replaced(case.ledger),
    "nothing-remaining": lambda case: case.ledger.is_complete,
    "reserved-elsewhere": lambda case: (
        case.ledger.hold is not None
        and _held_elsewhere(case.ledger, case.event)
        and case.reason.details.get("holder") == case.ledger.hold.pharmacy
    ),
    "expired": lambda case: (
        case.ledger.issued is not None and case.at >= case.ledger.issued.valid_until
    ),
    "not-yet-valid": lambda case: (
        case.ledger.issued is not None and case.at < case.ledger.issued.valid_from
    ),
}

RELEASE_EFFECTS: dict[str, Effect] = {"released": _released, "already-free": _already_free}
RELEASE_GROUNDS: dict[str, Ground] = {
    "not-the-holder": lambda case: _held_elsewhere(case.ledger, case.event),
}
