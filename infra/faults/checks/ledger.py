"""The auditor's own ledger of one prescription, kept by plain additions from the log.

A second reading of what the registry keeps, on purpose not the product's: mutable, without rules
of its own. What accepted results do to it stands in `effects.py`, what refusals need in
`grounds.py`, and what must have been told afterwards here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import PrescriptionIssued

ZERO = Decimal(0)


@dataclass(slots=True)
class Line:
    """One prescribed medicine: how much of it is prescribed, handed over, claimed."""

    prescribed: Decimal
    dispensed: Decimal = ZERO
    claimed: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        return max(self.prescribed - self.dispensed, ZERO)


@dataclass(slots=True)
class Sale:
    """One hand-over."""

    event_id: str
    pharmacy: str
    lines: list[tuple[int, Decimal]]
    counted: bool
    reversed: bool = False


@dataclass(slots=True)
class Claim:
    """One payable claim."""

    claim_id: str
    facility: str
    lines: list[tuple[int, Decimal]]
    withdrawn: bool = False


@dataclass(slots=True)
class Cancellation:
    """A cancellation; `applied` False while it waits for the holder or for the prescription."""

    facility: str
    replaced_by: str | None
    applied: bool = False


@dataclass(slots=True)
class Hold:
    """Who holds it, until which log time."""

    pharmacy: str
    until: datetime


@dataclass(slots=True)
class Ledger:
    """Everything the log says of one prescription so far."""

    code: str
    issued: PrescriptionIssued | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    hold: Hold | None = None
    cancellation: Cancellation | None = None
    sales: list[Sale] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    is_kept: bool = False
    """Something was accepted, so the registry has a row for it."""

    @property
    def is_cancelled(self) -> bool:
        return self.cancellation is not None and self.cancellation.applied

    @property
    def is_complete(self) -> bool:
        return bool(self.lines) and all(line.remaining == ZERO for line in self.lines.values())

    @property
    def open_sales(self) -> list[Sale]:
        return [sale for sale in self.sales if not sale.reversed]

    @property
    def open_claims(self) -> list[Claim]:
        return [claim for claim in self.claims if not claim.withdrawn]

    def pass_time(self, at: datetime) -> bool:
        """Let log time reach `at`; whether that ended a hold."""
        if self.hold is None or at < self.hold.until:
            return False
        self.free()
        return True

    def free(self) -> None:
        """The hold ended; a cancellation that waited for it applies, unless all is handed over."""
        self.hold = None
        if self.cancellation is None or self.cancellation.applied or self.issued is None:
            return
        if self.is_complete:
            self.cancellation = None
        else:
            self.cancellation.applied = True

    def status(self, at: datetime) -> str:
        """The one word for it."""
        if self.cancellation is not None and self.cancellation.applied:
            return "replaced" if self.cancellation.replaced_by else "cancelled"
        if self.issued is None:
            return "not-issued"
        if self.is_complete:
            return "completed"
        if self.hold is not None:
            return "reserved"
        if at >= self.issued.valid_until:
            return "expired"
        return "partly-dispensed" if self.open_sales else "active"

    def left(self) -> dict[int, Decimal]:
        """What may still be handed over per line."""
        return {
            number: ZERO if self.is_cancelled else line.remaining
            for number, line in self.lines.items()
        }


def contradictions(ledger: Ledger, outcome: SubmissionJudged, at: datetime) -> Iterator[str]:
    """What an outcome says of the prescription beside what the ledger says."""
    hold, issued = ledger.hold, ledger.issued
    for name, said, is_so in (
        ("the status", outcome.status, ledger.status(at)),
        ("the holder", outcome.holder, hold.pharmacy if hold else None),
        ("the hold's end", outcome.held_until, hold.until if hold else None),
        ("the validity's end", outcome.valid_until, issued.valid_until if issued else None),
        (
            "what remains",
            {left.line: left.quantity for left in outcome.remaining},
            ledger.left(),
        ),
    ):
        if said != is_so:
            yield f"told {name} as {_plain(said)}, by the log it is {_plain(is_so)}"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"line {line}: {quantity}" for line, quantity in value.items()) or "none"
    return value.isoformat() if isinstance(value, datetime) else str(value)
