"""Reserve and release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from infra.faults.checks.ledger import ZERO, Hold
from infra.faults.checks.stages.batches import collectable_until, has_left
from infra.faults.checks.stages.licences import breaches
from infra.faults.checks.stages.shapes import Case, Effect, Finding, Ground, facility, of_line
from services.contracts.submissions import DispensingReserved, ReservationReleased


def _granted(case: Case[DispensingReserved]) -> Iterator[str]:
    ledger, event, at = case.ledger, case.event, case.at
    if ledger.issued is None:
        yield "no prescription had arrived"
    elif at >= ledger.issued.valid_until:
        yield f"it had expired at {ledger.issued.valid_until.isoformat()}"
    elif at < ledger.issued.valid_from:
        yield f"it becomes valid at {ledger.issued.valid_from.isoformat()}"
    elif not ledger.is_complete and collectable_until(ledger, at) is None:
        yield "no batch of it was open"
    if ledger.is_cancelled:
        yield "it was cancelled"
    if ledger.is_complete:
        yield "nothing remained of it"
    if ledger.hold is not None:
        yield f"{ledger.hold.pharmacy} held it until {ledger.hold.until.isoformat()}"
    for code, line in _breaches(case):
        yield f"{facility(event)} may not: {code}{of_line(line)}"
    until = at + timedelta(minutes=event.hold_minutes)
    ledger.hold = Hold(facility(event), at, until)


def _breaches(case: Case[DispensingReserved]) -> set[Finding]:
    wanted = (
        (number, line.drug) for number, line in case.ledger.lines.items() if line.remaining > ZERO
    )
    return set(breaches(case.event.submitter, wanted))


def _already_held(case: Case[DispensingReserved]) -> Iterator[str]:
    if case.ledger.hold is None or case.ledger.hold.pharmacy != facility(case.event):
        yield f"{facility(case.event)} did not hold it"


def _released(case: Case[ReservationReleased]) -> Iterator[str]:
    if case.ledger.hold is None or case.ledger.hold.pharmacy != facility(case.event):
        yield f"{facility(case.event)} did not hold it"
    case.ledger.free(case.at)


def _already_free(case: Case[ReservationReleased]) -> Iterator[str]:
    hold = case.ledger.hold
    if hold is not None:
        yield f"{hold.pharmacy} held it until {hold.until.isoformat()}"


def _held_elsewhere(case: Case[DispensingReserved]) -> bool:
    hold = case.ledger.hold
    return (
        hold is not None
        and hold.pharmacy != facility(case.event)
        and case.reason.details.get("holder") == hold.pharmacy
    )


def _is_over(case: Case[DispensingReserved]) -> bool:
    """Its validity is over, or the time of its last batch."""
    ledger = case.ledger
    if ledger.issued is None:
        return False
    ends = [batch.closes_at for batch in ledger.batches]
    return case.at >= min(ledger.issued.valid_until, max(ends, default=ledger.issued.valid_until))


def _is_early(case: Case[DispensingReserved]) -> bool:
    """It is not valid yet, or its next batch is not open yet."""
    ledger, at = case.ledger, case.at
    if ledger.issued is None:
        return False
    later = [one for one in ledger.batches if one.opens_at > at and has_left(ledger, one)]
    waits = bool(later) and collectable_until(ledger, at) is None
    return at < ledger.issued.valid_from or waits


def _is_collected(case: Case[DispensingReserved]) -> bool:
    """Every batch that is still to come or open has been collected."""
    ledger, at = case.ledger, case.at
    return bool(ledger.batches) and not any(
        batch.closes_at > at and has_left(ledger, batch) for batch in ledger.batches
    )


RESERVE_EFFECTS: dict[str, Effect] = {"granted": _granted, "already-held": _already_held}
RESERVE_GROUNDS: dict[str, Ground] = {
    "unknown-prescription": lambda case: case.ledger.issued is None,
    "replaced": lambda case: case.ledger.is_replaced,
    "cancelled": lambda case: case.ledger.is_cancelled and not case.ledger.is_replaced,
    "nothing-remaining": lambda case: case.ledger.is_complete,
    "reserved-elsewhere": _held_elsewhere,
    "expired": _is_over,
    "not-yet-valid": _is_early,
    "batches-collected": _is_collected,
    "pharmacy-unlicensed": lambda case: ("pharmacy-unlicensed", None) in _breaches(case),
    "class-not-permitted": lambda case: (
        ("class-not-permitted", case.reason.line) in _breaches(case)
    ),
}

RELEASE_EFFECTS: dict[str, Effect] = {"released": _released, "already-free": _already_free}
RELEASE_GROUNDS: dict[str, Ground] = {
    "not-the-holder": lambda case: (
        case.ledger.hold is not None and case.ledger.hold.pharmacy != facility(case.event)
    ),
}
