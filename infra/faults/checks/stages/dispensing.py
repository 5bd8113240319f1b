"""Dispense and reverse: a hand-over is a fact, and whatever it breaks is on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from infra.faults.checks.ledger import ZERO, Ledger, Sale
from infra.faults.checks.stages.shapes import Case, Effect, Ground, count, facility
from services.contracts.submissions import DispenseReversed, PrescriptionDispensed

AUDITED = {
    "unknown-prescription",
    "expired",
    "before-valid",
    "cancelled",
    "replaced",
    "not-the-holder",
    "unknown-line",
    "duplicate",
    "over-quantity",
}
"""Findings that may be on record only when the ledger shows their ground."""


def _dispensed(case: Case[PrescriptionDispensed]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    yield from _findings(case)
    given = [(line.line, line.quantity) for line in event.lines]
    counted = ledger.issued is not None
    ledger.sales.append(Sale(event.event_id, facility(event), given, counted))
    if not counted:
        return
    count(ledger, given, 1)
    mine = ledger.hold is not None and ledger.hold.pharmacy == facility(event)
    if ledger.is_complete or (mine and event.release_reservation):
        ledger.free()


def _findings(case: Case[PrescriptionDispensed]) -> Iterator[str]:
    """Whatever a hand-over breaks is on record, and nothing is on record that it did not break."""
    ledger, event, at = case.ledger, case.event, case.at
    said = {(reason.code, reason.line) for reason in case.outcome.reasons}
    due = set(_due_findings(ledger, event, at))
    for code, line in sorted(due - said, key=repr):
        yield f"the finding {code}{_of_line(line)} is not on record"
    for code, line in sorted(said - due, key=repr):
        if code in AUDITED:
            yield f"the finding {code}{_of_line(line)} is on record without a ground"


def _due_findings(
    ledger: Ledger, event: PrescriptionDispensed, at: datetime
) -> Iterator[tuple[str, int | None]]:
    if ledger.issued is None:
        yield "unknown-prescription", None
        return
    happened = min(event.occurred_at, at)
    if happened >= ledger.issued.valid_until:
        yield "expired", None
    if happened < ledger.issued.valid_from:
        yield "before-valid", None
    if ledger.cancellation is not None and ledger.cancellation.applied:
        yield "replaced" if ledger.cancellation.replaced_by else "cancelled", None
    if ledger.hold is not None and ledger.hold.pharmacy != facility(event):
        yield "not-the-holder", None
    left = {number: line.remaining for number, line in ledger.lines.items()}
    for given in event.lines:
        if given.line not in left:
            yield "unknown-line", given.line
            continue
        if left[given.line] == ZERO:
            yield "duplicate", given.line
        elif given.quantity > left[given.line]:
            yield "over-quantity", given.line
        left[given.line] = max(left[given.line] - given.quantity, ZERO)


def _reversed(case: Case[DispenseReversed]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    named = _named(ledger, event)
    if named is None:
        yield f"{facility(event)} has no such sale"
        return
    if named.reversed:
        yield f"sale {named.event_id} was reversed before"
        return
    named.reversed = True
    if named.counted:
        count(ledger, named.lines, -1)
    for number, line in ledger.lines.items():
        if line.claimed > line.dispensed:
            yield (
                f"line {number}: {line.claimed} are claimed and after it only {line.dispensed} "
                "are handed over"
            )


def _named(ledger: Ledger, event: DispenseReversed) -> Sale | None:
    """The sale that a reversal means: the one it names, or the pharmacy's last open one."""
    mine = [sale for sale in ledger.sales if sale.pharmacy == facility(event)]
    if event.dispense_event_id is None:
        mine = [sale for sale in mine if not sale.reversed]
        return mine[-1] if mine else None
    return next((sale for sale in mine if sale.event_id == event.dispense_event_id), None)


def _already_reversed(case: Case[DispenseReversed]) -> Iterator[str]:
    ledger, event = case.ledger, case.event
    named = _named(ledger, event)
    if named is None or not named.reversed:
        yield "that sale was not reversed"


def _of_line(line: int | None) -> str:
    return "" if line is None else f" of line {line}"


def _would_undercut_claims(ledger: Ledger, event: DispenseReversed) -> bool:
    named = _named(ledger, event)
    if named is None or named.reversed or not named.counted:
        return False
    left = {number: line.dispensed - line.claimed for number, line in ledger.lines.items()}
    for number, quantity in named.lines:
        if number in left:
            left[number] -= quantity
    return any(quantity < ZERO for quantity in left.values())


DISPENSE_EFFECTS: dict[str, Effect] = {"dispensed": _dispensed}
DISPENSE_GROUNDS: dict[str, Ground] = {}
"""A fact cannot be refused."""

REVERSE_EFFECTS: dict[str, Effect] = {"reversed": _reversed, "already-reversed": _already_reversed}
REVERSE_GROUNDS: dict[str, Ground] = {
    "no-such-dispense": lambda case: _named(case.ledger, case.event) is None,
    "claimed-already": lambda case: _would_undercut_claims(case.ledger, case.event),
}
