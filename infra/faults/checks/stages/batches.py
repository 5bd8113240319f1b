"""Batches as the auditor reads them (TT 26/2025 Annex II note 10, and the registry's decision on
what the circular leaves open): shares by days in whole units, the rest to the earliest; what may be
collected is what is left of the batches that are open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from infra.faults.checks.ledger import ZERO, Batch, Ledger, Part
from services.contracts.submissions import DispensedLine, PrescriptionDispensed, PrescriptionIssued

FINDINGS = {"unknown-batch", "batch-early", "batch-closed", "batch-exceeded"}


def batches_of(event: PrescriptionIssued) -> list[Batch]:
    """The batches of a prescription; none when their windows were not stamped into it."""
    ordered = sorted(event.batches, key=lambda one: one.number)
    days = [max((one.end_on - one.start_on).days + 1, 1) for one in ordered]
    found = [
        Batch(one.number, one.opens_at, one.closes_at, {})
        for one in ordered
        if one.opens_at is not None and one.closes_at is not None
    ]
    if len(found) < len(ordered):
        return []
    for line in event.lines:
        left = line.quantity
        for batch, span in zip(found, days, strict=True):
            batch.shares[line.line] = Decimal(int(line.quantity * span / sum(days)))
            left -= batch.shares[line.line]
        for batch in found:
            unit = min(left, Decimal(1))
            batch.shares[line.line] += unit
            left -= unit
    return found


def left_in(ledger: Ledger, batch: Batch, line: int) -> Decimal:
    """What nobody collected of a line's share."""
    taken = sum(
        (
            quantity
            for sale in ledger.open_sales
            for number, quantity, of_batch in sale.parts
            if (number, of_batch) == (line, batch.number)
        ),
        ZERO,
    )
    return max(batch.shares.get(line, ZERO) - taken, ZERO)


def open_batches(ledger: Ledger, at: datetime) -> list[Batch]:
    return [batch for batch in ledger.batches if batch.opens_at <= at < batch.closes_at]


def collectable(ledger: Ledger, line: int, at: datetime) -> Decimal | None:
    """What of a line may be handed over at a moment; None when no batches limit it."""
    if not ledger.batches:
        return None
    if ledger.is_cancelled:
        return ZERO
    left = sum((left_in(ledger, batch, line) for batch in open_batches(ledger, at)), ZERO)
    return min(left, ledger.lines[line].remaining)


def has_left(ledger: Ledger, batch: Batch) -> bool:
    """Whether anything of a batch is there to be collected."""
    return any(
        line.remaining > ZERO and left_in(ledger, batch, number) > ZERO
        for number, line in ledger.lines.items()
    )


def collectable_until(ledger: Ledger, at: datetime) -> datetime | None:
    """Until when what may be handed over now may be handed over."""
    if ledger.issued is None or ledger.is_complete:
        return None
    if not ledger.batches:
        return ledger.issued.valid_until
    ends = [batch.closes_at for batch in open_batches(ledger, at) if has_left(ledger, batch)]
    return min(max(ends), ledger.issued.valid_until) if ends else None


def take(
    ledger: Ledger, event: PrescriptionDispensed, happened: datetime
) -> tuple[list[Part], set[tuple[str, int | None]]]:
    """Which batches a hand-over was taken from, and what is wrong with that per line."""
    parts: list[Part] = []
    wrong: set[tuple[str, int | None]] = set()
    left = {
        (batch.number, line): left_in(ledger, batch, line)
        for batch in ledger.batches
        for line in ledger.lines
    }
    for given in event.lines:
        if not ledger.batches or given.line not in ledger.lines:
            parts.append((given.line, given.quantity, None))
            continue
        meant = _meant(ledger, given, happened)
        wrong |= {(code, given.line) for code in _out_of_turn(ledger, given, meant[0], happened)}
        taken = dict(_fill(meant, given, left))
        over = given.quantity - sum(taken.values(), ZERO)
        if over > ZERO:
            last = meant[-1].number
            taken[last] = taken.get(last, ZERO) + over
            wrong.add(("batch-exceeded", given.line))
        for number, quantity in taken.items():
            left[number, given.line] = max(left[number, given.line] - quantity, ZERO)
            parts.append((given.line, quantity, number))
    return parts, wrong


def _meant(ledger: Ledger, given: DispensedLine, happened: datetime) -> list[Batch]:
    """The batch that is named, else those that are open, else the next one, else the last."""
    named = [batch for batch in ledger.batches if batch.number == given.batch]
    later = [batch for batch in ledger.batches if happened < batch.opens_at]
    return named or open_batches(ledger, happened) or later[:1] or ledger.batches[-1:]


def _out_of_turn(
    ledger: Ledger, given: DispensedLine, first: Batch, happened: datetime
) -> Iterator[str]:
    if given.batch is not None and all(one.number != given.batch for one in ledger.batches):
        yield "unknown-batch"
    if happened < first.opens_at:
        yield "batch-early"
    elif happened >= first.closes_at:
        yield "batch-closed"


def _fill(
    batches: list[Batch], given: DispensedLine, left: dict[tuple[int, int], Decimal]
) -> Iterator[tuple[int, Decimal]]:
    wanted = given.quantity
    for batch in batches:
        part = min(wanted, left[batch.number, given.line])
        if part > ZERO:
            yield batch.number, part
            wanted -= part
