"""Batches: narcotics for cancer pain, collected in up to three periods of at most ten days.

TT 26/2025/TT-BYT Art 8.1 and Annex II note 10: the prescription says from when until when each
batch lasts; the second and third may be collected up to three days early. The circular does not say
how much of a medicine belongs to which batch, nor what becomes of a batch that nobody collected.
RxLog reads it so:

- A line's quantity is shared over the batches by their days, in whole units; units that do not
  divide go to the earliest batches, so that nobody runs short before the next one opens.
- What may be collected at a moment is what is left of the batches open then. Two may be open at
  once, because of the early days.
- A batch that was not collected before it closed has lapsed: its medicines were for days that are
  over, and the patient needs a new prescription for more.
- A hand-over counts for the batch it names, otherwise for the earliest open one with something
  left; what is more than one open batch holds counts for the next open one.

The windows are stamped into the prescription by the law in force on its day. One without them
(written before they were stamped) is dispensed like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from services.contracts.submissions import DispensedLine, PrescriptionIssued
from services.contracts.terms import Reason, plain
from services.registry.judgement.judgement import iso
from services.registry.prescription import ZERO, Batch, Line, LineQuantity, Prescription

ONE = Decimal(1)


def batches_of(submission: PrescriptionIssued) -> tuple[Batch, ...]:
    """The batches in order, each with its share of every line; none when they have no windows."""
    if any(batch.opens_at is None or batch.closes_at is None for batch in submission.batches):
        return ()
    ordered = sorted(submission.batches, key=lambda batch: batch.number)
    days = [max((batch.end_on - batch.start_on).days + 1, 1) for batch in ordered]
    shares = {line.line: _shares(line.quantity, days) for line in submission.lines}
    return tuple(
        Batch(
            number=batch.number,
            opens_at=batch.opens_at,
            closes_at=batch.closes_at,
            shares=tuple(
                LineQuantity(line=number, quantity=parts[index]) for number, parts in shares.items()
            ),
        )
        for index, batch in enumerate(ordered)
        if batch.opens_at is not None and batch.closes_at is not None
    )


def _shares(quantity: Decimal, days: Sequence[int]) -> list[Decimal]:
    """The quantity over batches of so many days: whole units, the rest to the earliest."""
    total = sum(days)
    shares = [(quantity * part / total).to_integral_value(ROUND_FLOOR) for part in days]
    rest = quantity - sum(shares, ZERO)
    for index in range(len(shares)):
        extra = min(rest, ONE)
        shares[index] += extra
        rest -= extra
    return shares


def left_in(state: Prescription, batch: Batch, number: int) -> Decimal:
    """What nobody collected yet of one line's share in a batch."""
    share = sum((part.quantity for part in batch.shares if part.line == number), ZERO)
    taken = sum(
        (
            part.quantity
            for dispense in state.dispenses
            if dispense.counts
            for part in dispense.lines
            if part.batch == batch.number and part.line == number
        ),
        ZERO,
    )
    return max(share - taken, ZERO)


def open_at(state: Prescription, at: datetime) -> list[Batch]:
    """The batches that may be collected at `at`, the earliest first."""
    return [batch for batch in state.batches if batch.opens_at <= at < batch.closes_at]


def collectable(state: Prescription, line: Line, at: datetime) -> Decimal | None:
    """What of a line may be handed over at `at`; None when batches do not limit it."""
    if not state.batches:
        return None
    left = sum((left_in(state, batch, line.line) for batch in open_at(state, at)), ZERO)
    return min(left, line.remaining)


def has_left(state: Prescription, batch: Batch) -> bool:
    """Whether anything of a batch was not collected yet, here or out of turn."""
    return any(
        not line.is_complete and left_in(state, batch, line.line) > ZERO for line in state.lines
    )


def collectable_until(state: Prescription, at: datetime) -> datetime | None:
    """Until when what may be handed over at `at` may be handed over; None when there is nothing."""
    if state.issued is None or state.is_complete:
        return None
    ends = [batch.closes_at for batch in open_at(state, at) if has_left(state, batch)]
    if state.batches:
        return min(max(ends), state.issued.valid_until) if ends else None
    return state.issued.valid_until


Portions = tuple[LineQuantity, ...]


def portions(
    state: Prescription, given: Iterable[DispensedLine], happened: datetime
) -> tuple[list[Portions], list[Reason]]:
    """Which batches each line of a hand-over was taken from, and what is wrong with that.

    One entry per given line. Lines of one hand-over are counted one after the other.
    """
    taken: list[Portions] = []
    findings: list[Reason] = []
    left = {
        (batch.number, line.line): left_in(state, batch, line.line)
        for batch in state.batches
        for line in state.lines
    }
    for line in given:
        if not state.batches or state.line(line.line) is None:
            taken.append((LineQuantity(line=line.line, quantity=line.quantity),))
            continue
        batches = _meant(state, line, happened, findings)
        parts = _fill(batches, line, left, findings)
        for part in parts:
            key = (part.batch or 0, part.line)
            left[key] = max(left[key] - part.quantity, ZERO)
        taken.append(parts)
    return taken, findings


def _meant(
    state: Prescription, given: DispensedLine, happened: datetime, findings: list[Reason]
) -> list[Batch]:
    """The batches a line is taken from: the one it names, the open ones, or the nearest."""
    named = [batch for batch in state.batches if batch.number == given.batch]
    if given.batch is not None and not named:
        details = {"batch": str(given.batch)}
        findings.append(Reason(code="unknown-batch", line=given.line, details=details))
    batches = named or open_at(state, happened)
    if not batches:
        later = [batch for batch in state.batches if happened < batch.opens_at]
        batches = later[:1] or [state.batches[-1]]
    first = batches[0]
    if happened < first.opens_at:
        details = {"batch": str(first.number), "opens_at": iso(first.opens_at)}
        findings.append(Reason(code="batch-early", line=given.line, details=details))
    elif happened >= first.closes_at:
        details = {"batch": str(first.number), "closed_at": iso(first.closes_at)}
        findings.append(Reason(code="batch-closed", line=given.line, details=details))
    return batches


def _fill(
    batches: Sequence[Batch],
    given: DispensedLine,
    left: dict[tuple[int, int], Decimal],
    findings: list[Reason],
) -> Portions:
    """Take a quantity from batches in order; what is too much is taken from the last of them."""
    wanted, parts = given.quantity, []
    for batch in batches:
        part = min(wanted, left[batch.number, given.line])
        if part > ZERO:
            parts.append(LineQuantity(line=given.line, quantity=part, batch=batch.number))
            wanted -= part
    if wanted > ZERO:
        last = batches[-1].number
        held = left[last, given.line]
        parts = [part for part in parts if part.batch != last]
        parts.append(LineQuantity(line=given.line, quantity=wanted + held, batch=last))
        details = {
            "batch": str(last),
            "dispensed": plain(wanted + held),
            "left": plain(held),
        }
        findings.append(Reason(code="batch-exceeded", line=given.line, details=details))
    return tuple(parts)
