"""What an outcome says of a prescription beside what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from infra.faults.checks.ledger import ZERO, Ledger
from infra.faults.checks.stages.batches import collectable
from services.contracts.outcomes import SubmissionJudged


def contradictions(ledger: Ledger, outcome: SubmissionJudged, at: datetime) -> Iterator[str]:
    """A sentence for each thing that is told otherwise than it is."""
    hold, issued = ledger.hold, ledger.issued
    told = {left.line: left.quantity for left in outcome.remaining}
    now = {left.line: left.collectable for left in outcome.remaining}
    is_left = {
        number: ZERO if ledger.is_cancelled else line.remaining
        for number, line in ledger.lines.items()
    }
    is_now = {number: collectable(ledger, number, at) for number in ledger.lines}
    for name, said, is_so in (
        ("the status", outcome.status, ledger.status(at)),
        ("the holder", outcome.holder, hold.pharmacy if hold else None),
        ("the hold's end", outcome.held_until, hold.until if hold else None),
        ("the validity's end", outcome.valid_until, issued.valid_until if issued else None),
        ("what remains", told, is_left),
        ("what may be collected now", now, is_now),
    ):
        if said != is_so:
            yield f"told {name} as {_plain(said)}, by the log it is {_plain(is_so)}"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"line {line}: {quantity}" for line, quantity in value.items()) or "none"
    return value.isoformat() if isinstance(value, datetime) else str(value)
