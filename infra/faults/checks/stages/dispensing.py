"""Dispense and reverse: a hand-over is a fact, and whatever it breaks is on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from infra.faults.checks.ledger import ZERO, Cancellation, Ledger, Part, Sale, by_line
from infra.faults.checks.stages.batches import collectable_until, take
from infra.faults.checks.stages.cover import pay_as_told, uncovered
from infra.faults.checks.stages.licences import breaches
from infra.faults.checks.stages.shapes import (
    Case,
    Effect,
    Finding,
    Ground,
    count,
    differences,
    facility,
)
from services.contracts.submissions import DispensedLine, DispenseReversed, PrescriptionDispensed

REMARKS = {
    "wrong-substitution",
    "duplicate-elsewhere",
    "claim-payable",
    "claim-flagged-dispense",
    "claim-before-dispense",
    "claim-after-window",
}
"""Told beside a hand-over and held to nothing here: they guard no permission and no quantity."""


def _dispensed(case: Case[PrescriptionDispensed]) -> Iterator[str]:
    ledger, event, at = case.ledger, case.event, case.at
    if (first := _sold_before(ledger, event)) is not None:
        yield f"it is sale {first.known_as[0]} again (receipt {event.receipt_number})"
    sale = Sale(
        [event.event_id],
        facility(event),
        event.receipt_number,
        event.occurred_at,
        [(line.line, line.quantity, None) for line in event.lines],
        is_counted=False,
    )
    sold = ((line.line, line.drug) for line in event.lines)
    due: set[Finding] = set(breaches(event.submitter, sold))
    ledger.sales.append(sale)
    ledger.sent[event.event_id] = event
    if ledger.issued is None:
        due.add(("unknown-prescription", None))
        if event.issue_grace_hours is not None:
            sale.waits_until = at + timedelta(hours=event.issue_grace_hours)
    else:
        due |= match(ledger, sale, at)
    sale.findings = {code for code, _line in due}
    yield from differences(case.said, due, REMARKS)
    yield from pay_as_told(case)


def match(ledger: Ledger, sale: Sale, at: datetime) -> set[Finding]:
    """Count a sale against its prescription; the findings that are due."""
    event = ledger.sent[sale.known_as[0]]
    happened = min(event.occurred_at, at)
    came_late = sale.waits_until is None and "dispense-unmatched" in sale.findings
    sale.parts, wrong = take(ledger, event, happened)
    due = {*wrong, *_on_the_whole(ledger, event, happened), *_on_lines(ledger, event)}
    if came_late:
        due.add(("dispense-unmatched", None))
    sale.is_counted, sale.waits_until = True, None
    sale.findings = {code for code, _line in due}
    count(ledger, sale.parts, 1)
    _end_or_lengthen_the_hold(ledger, event, at)
    return due


def _end_or_lengthen_the_hold(ledger: Ledger, event: PrescriptionDispensed, at: datetime) -> None:
    hold = ledger.hold
    mine = hold is not None and hold.pharmacy == facility(event)
    if ledger.is_complete or (mine and event.release_reservation):
        ledger.free(at)
        waiting = ledger.cancellation
        if not event.law_version and waiting is not None and waiting.applied_at is None:
            ledger.cancellation = None  # as it was before the law was stamped into sales
    elif hold is not None and mine and event.owing and ledger.cancellation is None:
        end = collectable_until(ledger, at)
        if end is not None:
            wanted = at + timedelta(minutes=event.owing_hold_minutes)
            hold.until = max(hold.until, min(wanted, end))


def _sold_before(ledger: Ledger, event: PrescriptionDispensed) -> Sale | None:
    """The same sale under another event id: same pharmacy, same receipt, same quantities."""
    if not event.law_version:
        return None
    parts = _as_named(event)
    for sale in ledger.open_sales:
        if (sale.pharmacy, sale.receipt) != (facility(event), event.receipt_number):
            continue
        before = sale.parts if sale.is_counted else _as_named(ledger.sent[sale.known_as[0]])
        if _alike(before, parts):
            return sale
    return None


def _as_named(event: PrescriptionDispensed) -> list[Part]:
    return [(line.line, line.quantity, line.batch) for line in event.lines]


def _alike(first: list[Part], second: list[Part]) -> bool:
    """The same quantities of the same lines; of the same batches too, where both say which."""
    for number in {line for line, _quantity, _batch in first + second}:
        one, other = ([part for part in sale if part[0] == number] for sale in (first, second))
        both_say = all(batch is not None for _line, _quantity, batch in one + other)
        if both_say and _by_batch(one) != _by_batch(other):
            return False
        if sum(part[1] for part in one) != sum(part[1] for part in other):
            return False
    return True


def _by_batch(parts: list[Part]) -> dict[int, Decimal]:
    return by_line((batch or 0, quantity) for _line, quantity, batch in parts)


def _counted_before(case: Case[PrescriptionDispensed]) -> Iterator[str]:
    first = _sold_before(case.ledger, case.event)
    if first is None:
        yield f"{facility(case.event)} sold nothing like it under that receipt"
    else:
        first.known_as.append(case.event.event_id)
    yield from differences(case.said, {("repeated-receipt", None)}, set())


def _on_the_whole(
    ledger: Ledger, event: PrescriptionDispensed, happened: datetime
) -> Iterator[Finding]:
    issued, hold = ledger.issued, ledger.hold
    if issued is None:
        return
    if happened >= issued.valid_until:
        yield "expired", None
    skew = timedelta(minutes=event.clock_skew_minutes or 0)
    if event.clock_skew_minutes is not None and happened < issued.occurred_at - skew:
        yield "before-issue", None
    elif happened < issued.valid_from - skew:
        yield "before-valid", None
    if ledger.cancellation is not None and ledger.cancellation.applied_at is not None:
        yield _after_the_end(ledger, ledger.cancellation, event, happened), None
    passed_over = hold is not None and hold.pharmacy != facility(event)
    if hold is not None and passed_over and (happened >= hold.since or not event.law_version):
        yield "not-the-holder", None


def _after_the_end(
    ledger: Ledger, cancellation: Cancellation, event: PrescriptionDispensed, happened: datetime
) -> str:
    """A cancellation is in force from when it was received, and one that had to wait for the
    holder from when it applied."""
    received, in_force = cancellation.received_at, cancellation.received_at
    if ledger.issued_at is not None and received >= ledger.issued_at:
        in_force = cancellation.applied_at or received
    if event.law_version and happened < in_force:
        return "cancelled-late"
    return "replaced" if cancellation.replaced_by else "cancelled"


def _on_lines(ledger: Ledger, event: PrescriptionDispensed) -> Iterator[Finding]:
    left = {number: line.remaining for number, line in ledger.lines.items()}
    for given in event.lines:
        if given.line not in left:
            yield "unknown-line", given.line
            continue
        remaining = left[given.line]
        if remaining == ZERO:
            yield "duplicate", given.line
        elif given.quantity > remaining and not _whole_packs(given, remaining):
            yield "over-quantity", given.line
        left[given.line] = max(remaining - given.quantity, ZERO)


def _whole_packs(given: DispensedLine, remaining: object) -> bool:
    """What cannot be split is handed over in whole packs, the last one begun."""
    pack = given.drug.pack_size
    return (
        pack is not None
        and pack > ZERO
        and given.quantity % pack == ZERO
        and given.quantity - remaining < pack  # type: ignore[operator]
    )


def _reversed(case: Case[DispenseReversed]) -> Iterator[str]:
    ledger = case.ledger
    named = _named(ledger, case.event)
    if named is None:
        yield f"{facility(case.event)} has no such sale"
        return
    if named.is_reversed:
        yield f"sale {named.known_as[0]} was reversed before"
        return
    if _would_undercut_claims(ledger, named):
        yield "a payable claim rests on it"
    _take_back(ledger, named)
    if named.is_counted:
        ledger.apply_waiting(case.at)


def _take_back(ledger: Ledger, sale: Sale) -> None:
    sale.is_reversed, sale.waits_until = True, None
    if sale.is_counted:
        count(ledger, sale.parts, -1)


def _named(ledger: Ledger, event: DispenseReversed) -> Sale | None:
    """The sale that a reversal means: the one it names, or the pharmacy's last open one."""
    mine = [sale for sale in ledger.sales if sale.pharmacy == facility(event)]
    if event.dispense_event_id is None:
        mine = [sale for sale in mine if not sale.is_reversed]
        return mine[-1] if mine else None
    return next((sale for sale in mine if event.dispense_event_id in sale.known_as), None)


def _already_reversed(case: Case[DispenseReversed]) -> Iterator[str]:
    named = _named(case.ledger, case.event)
    if named is None or not named.is_reversed:
        yield "that sale was not reversed"


def _would_undercut_claims(ledger: Ledger, sale: Sale) -> bool:
    """Whether without the sale something payable was not handed over."""
    before = uncovered(ledger)
    sale.is_reversed = True
    if sale.is_counted:
        count(ledger, sale.parts, -1)
    short = any(line.claimed > line.dispensed for line in ledger.lines.values())
    after = uncovered(ledger)
    sale.is_reversed = False
    if sale.is_counted:
        count(ledger, sale.parts, 1)
    return short or after > before


def _is_claimed(case: Case[DispenseReversed]) -> bool:
    named = _named(case.ledger, case.event)
    return (
        named is not None and not named.is_reversed and _would_undercut_claims(case.ledger, named)
    )


DISPENSE_EFFECTS: dict[str, Effect] = {"dispensed": _dispensed, "counted-before": _counted_before}
DISPENSE_GROUNDS: dict[str, Ground] = {}
"""A fact cannot be refused."""

REVERSE_EFFECTS: dict[str, Effect] = {"reversed": _reversed, "already-reversed": _already_reversed}
REVERSE_GROUNDS: dict[str, Ground] = {
    "no-such-dispense": lambda case: _named(case.ledger, case.event) is None,
    "claimed-already": _is_claimed,
}
