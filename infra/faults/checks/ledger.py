"""The auditor's own ledger of one prescription, kept by plain additions from the log.

A second reading of what the registry keeps, on purpose not the product's: mutable, without rules
of its own. What accepted results do to it and what refusals need stands in `stages/`, what log time
does to it and what must have been told here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from services.contracts.submissions import (
    PrescriptionClaimed,
    PrescriptionDispensed,
    PrescriptionIssued,
)
from services.contracts.terms import Drug

ZERO = Decimal(0)

Part = tuple[int, Decimal, int | None]
"""Line, quantity, and the number of the batch it was taken from, if there are batches."""


@dataclass(slots=True)
class Line:
    """One prescribed medicine: how much of it is prescribed, handed over, claimed."""

    prescribed: Decimal
    drug: Drug
    dispensed: Decimal = ZERO
    claimed: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        return max(self.prescribed - self.dispensed, ZERO)


@dataclass(slots=True)
class Batch:
    """A period with its share of each line."""

    number: int
    opens_at: datetime
    closes_at: datetime
    shares: dict[int, Decimal]


@dataclass(slots=True)
class Sale:
    """One hand-over. `known_as` are its event ids: its own and those of its repeats.
    `waits_until`: its prescription may still come."""

    known_as: list[str]
    pharmacy: str
    receipt: str
    occurred_at: datetime
    parts: list[Part]
    is_counted: bool
    findings: set[str] = field(default_factory=set)
    is_reversed: bool = False
    waits_until: datetime | None = None

    def by_line(self) -> dict[int, Decimal]:
        return by_line((line, quantity) for line, quantity, _batch in self.parts)


@dataclass(slots=True)
class Claim:
    """One claim that was not refused at once. `waits_until`: its sale may still come."""

    event: PrescriptionClaimed
    standing: str = "payable"
    waits_until: datetime | None = None
    is_withdrawn: bool = False

    @property
    def facility(self) -> str:
        return self.event.submitter.facility_id

    @property
    def is_open(self) -> bool:
        return not self.is_withdrawn and self.standing != "refused"

    def by_line(self) -> dict[int, Decimal]:
        return by_line((line.line, line.quantity) for line in self.event.lines)


@dataclass(slots=True)
class Cancellation:
    """A cancellation; `applied_at` None while it waits for the holder or the prescription."""

    facility: str
    replaced_by: str | None
    received_at: datetime
    applied_at: datetime | None = None


@dataclass(slots=True)
class Hold:
    """Who holds it, since and until which log time."""

    pharmacy: str
    since: datetime
    until: datetime


@dataclass(slots=True)
class Ledger:
    """Everything the log says of one prescription so far."""

    code: str
    issued: PrescriptionIssued | None = None
    issued_at: datetime | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    hold: Hold | None = None
    cancellation: Cancellation | None = None
    early: list[Cancellation] = field(default_factory=list)
    """Cancellations that came before the prescription, one per facility."""
    sales: list[Sale] = field(default_factory=list)
    sent: dict[str, PrescriptionDispensed] = field(default_factory=dict)
    """What the pharmacies sent, by event id."""
    claims: list[Claim] = field(default_factory=list)
    has_expired: bool = False
    is_kept: bool = False
    """Something was not refused, so the registry has a row for it."""

    @property
    def is_cancelled(self) -> bool:
        return self.cancellation is not None and self.cancellation.applied_at is not None

    @property
    def is_replaced(self) -> bool:
        return self.is_cancelled and bool(self.cancellation and self.cancellation.replaced_by)

    @property
    def is_complete(self) -> bool:
        return bool(self.lines) and all(line.remaining == ZERO for line in self.lines.values())

    @property
    def open_sales(self) -> list[Sale]:
        return [sale for sale in self.sales if not sale.is_reversed]

    @property
    def open_claims(self) -> list[Claim]:
        return [claim for claim in self.claims if claim.is_open]

    # --- log time -----------------------------------------------------------------------------

    def due_at(self) -> datetime | None:
        """When log time alone changes something next."""
        return min(self._moments(), default=None)

    def _moments(self) -> Iterator[datetime]:
        yield from (sale.waits_until for sale in self.sales if sale.waits_until)
        yield from (claim.waits_until for claim in self.claims if claim.waits_until)
        if self.hold is not None:
            yield self.hold.until
        elif self.issued is not None and self._can_expire():
            yield self.issued.valid_until

    def _can_expire(self) -> bool:
        return not (self.has_expired or self.is_cancelled or self.is_complete)

    def pass_time(self, at: datetime) -> set[str]:
        """Let log time reach `at`; what happened meanwhile, in words of the registry."""
        happened: set[str] = set()
        while (moment := self.due_at()) is not None and moment <= at:
            happened |= self._happen(moment)
        return happened

    def _happen(self, moment: datetime) -> set[str]:
        if self.hold is not None and self.hold.until <= moment:
            was_cancelled = self.is_cancelled
            self.free(self.hold.until)
            is_news = self.is_cancelled and not was_cancelled
            return {"reservation-lapsed", "cancelled"} if is_news else {"reservation-lapsed"}
        ends = self.issued.valid_until if self.issued and self._can_expire() else None
        if self.hold is None and ends is not None and ends <= moment:
            self.has_expired = True
            return {"expired"}
        happened = set()
        for sale in self.sales:
            if sale.waits_until is not None and sale.waits_until <= moment:
                sale.waits_until = None
                sale.findings.discard("unknown-prescription")
                sale.findings.add("dispense-unmatched")
                happened.add("dispense-unmatched")
        for claim in self.claims:
            if claim.waits_until is not None and claim.waits_until <= moment:
                claim.waits_until, claim.standing = None, "refused"
                happened.add("claim-without-dispense")
        return happened

    def free(self, at: datetime) -> None:
        """The hold ended at `at`, and what waited for it applies."""
        self.hold = None
        self.apply_waiting(at)

    def apply_waiting(self, at: datetime) -> None:
        """A cancellation that waited applies, unless somebody holds it or all is handed over."""
        waiting = self.cancellation
        if waiting is None or waiting.applied_at is not None:
            return
        if self.issued is not None and self.hold is None and not self.is_complete:
            waiting.applied_at = at

    # --- what is told of it -------------------------------------------------------------------

    def status(self, at: datetime) -> str:
        """The one word for it."""
        if self.is_cancelled:
            return "replaced" if self.is_replaced else "cancelled"
        if self.issued is None:
            return "not-issued"
        if self.is_complete:
            return "completed"
        if self.hold is not None:
            return "reserved"
        if at >= self.issued.valid_until:
            return "expired"
        return "partly-dispensed" if self.open_sales else "active"


def by_line(parts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """The quantities of each line added up."""
    found: dict[int, Decimal] = {}
    for line, quantity in parts:
        found[line] = found.get(line, ZERO) + quantity
    return found
