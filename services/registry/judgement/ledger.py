"""The ledger of a prescription: what was dispensed and claimed of each line, and what remains."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from services.contracts.outcomes import Remaining
from services.registry.judgement.batches import collectable
from services.registry.prescription import (
    ZERO,
    Claim,
    Dispense,
    Line,
    LineQuantity,
    Prescription,
)


def add_quantities(
    lines: Iterable[Line],
    changes: Iterable[LineQuantity],
    *,
    field: Literal["dispensed", "claimed"],
    sign: int,
) -> tuple[Line, ...]:
    """The lines with `changes` added to (sign 1) or taken from (sign -1) a column."""
    by_line: dict[int, Decimal] = {}
    for change in changes:
        by_line[change.line] = by_line.get(change.line, ZERO) + sign * change.quantity
    return tuple(
        replace(line, **{field: getattr(line, field) + by_line[line.line]})
        if line.line in by_line
        else line
        for line in lines
    )


def quantity_of(entries: Iterable[Dispense | Claim], number: int) -> Decimal:
    """How much of one line these dispenses or claims come to."""
    return sum(
        (part.quantity for entry in entries for part in entry.lines if part.line == number), ZERO
    )


def remaining(state: Prescription, at: datetime) -> tuple[Remaining, ...]:
    """What may still be dispensed per line, and what of it at `at`; nothing once cancelled."""
    if state.is_cancelled:
        now = ZERO if state.batches else None
        return tuple(
            [Remaining(line=line.line, quantity=ZERO, collectable=now) for line in state.lines]
        )
    if not state.batches:
        return tuple([Remaining(line=line.line, quantity=line.remaining) for line in state.lines])
    return tuple(
        Remaining(line=line.line, quantity=line.remaining, collectable=collectable(state, line, at))
        for line in state.lines
    )
