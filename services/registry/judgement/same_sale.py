"""Whether a hand-over was recorded before: the pharmacy's software sent it again as a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from services.contracts.submissions import DispensedLine, PrescriptionDispensed
from services.registry.prescription import ZERO, Dispense, LineQuantity, Prescription

Parts = Sequence[LineQuantity | DispensedLine]


def same_sale(state: Prescription, submission: PrescriptionDispensed) -> Dispense | None:
    """An earlier record of this very sale: same pharmacy, same receipt, same lines.

    Two batches of a narcotic may stand on one receipt, so batches tell sales apart where both sales
    have them. Records from before the law was stamped into them were counted as sales of their own.
    """
    if not submission.law_version:
        return None
    named = {waiting.event_id: waiting.lines for waiting in state.unmatched}
    return next(
        (
            entry
            for entry in state.dispenses
            if entry.counts
            and entry.pharmacy_id == submission.submitter.facility_id
            and entry.receipt_number == submission.receipt_number
            and _same_lines(named.get(entry.event_id, entry.lines), submission.lines)
        ),
        None,
    )


def _same_lines(first: Parts, second: Parts) -> bool:
    by_batch = _lines_with_batches(first) & _lines_with_batches(second)
    return _quantities(first, by_batch) == _quantities(second, by_batch)


def _lines_with_batches(parts: Parts) -> set[int]:
    """The lines whose every part is of a batch."""
    return {part.line for part in parts} - {part.line for part in parts if part.batch is None}


def _quantities(parts: Parts, by_batch: set[int]) -> Mapping[tuple[int, int | None], Decimal]:
    """How much of each line, and of each batch of the lines `by_batch`."""
    quantities: dict[tuple[int, int | None], Decimal] = {}
    for part in parts:
        key = (part.line, part.batch if part.line in by_batch else None)
        quantities[key] = quantities.get(key, ZERO) + part.quantity
    return quantities
