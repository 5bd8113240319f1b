"""The account of one prescription: what may happen to it next, as a pharmacist would tell it.

Each method takes an act down and says what the network must answer. Nothing lapses here: a run
ends long before a reservation does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from services.simulation.acts import Cancel, Claim, Dispense, Release, Reserve, Reverse, Withdraw

ZERO = Decimal(0)


class Expected(NamedTuple):
    """The answer that must come; `reasons` are codes, in any order."""

    verdict: Literal["accepted", "refused", "pending", "recorded"]
    result: str
    reasons: frozenset[str] = frozenset()


def accepted(result: str) -> Expected:
    return Expected("accepted", result)


def refused(*reasons: str) -> Expected:
    """The first reason names the result."""
    return Expected("refused", reasons[0], frozenset(reasons))


@dataclass
class Line:
    """One prescribed medicine and what became of it."""

    quantity: Decimal
    ingredients: tuple[str, ...]
    dispensed: Decimal = ZERO
    claimed: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        return max(self.quantity - self.dispensed, ZERO)


@dataclass
class Handover:
    """One dispense, or one payable claim: who, and how much of which line."""

    by: str
    quantities: Mapping[int, Decimal]
    undone: bool = False


@dataclass
class Sheet:
    """Everything that counts about one code; without `practice` nothing was issued under it."""

    practice: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    lines: dict[int, Line] = field(default_factory=dict)
    holder: str | None = None
    cancelled: Literal["", "pending", "cancelled", "replaced"] = ""
    handovers: dict[str, Handover] = field(default_factory=dict)
    claims: dict[str, Handover] = field(default_factory=dict)

    @property
    def is_gone(self) -> bool:
        return self.cancelled in ("cancelled", "replaced")

    @property
    def is_complete(self) -> bool:
        return bool(self.lines) and all(line.remaining == ZERO for line in self.lines.values())

    @property
    def is_touched(self) -> bool:
        return any(not handover.undone for handover in self.handovers.values())

    def remaining(self) -> dict[int, Decimal]:
        """What may still be dispensed by line."""
        return {
            number: ZERO if self.is_gone else line.remaining for number, line in self.lines.items()
        }

    def issue(
        self,
        practice: str,
        valid_from: datetime,
        valid_until: datetime,
        lines: dict[int, Line],
    ) -> Expected:
        """Whatever came first under the code, a dispense or a cancellation, counts now."""
        if self.practice:
            return refused("code-taken")
        self.practice, self.lines = practice, lines
        self.valid_from, self.valid_until = valid_from, valid_until
        for handover in self.handovers.values():
            for number, quantity in handover.quantities.items():
                if number in lines and not handover.undone:
                    lines[number].dispensed += quantity
        if self.cancelled == "pending":
            self.cancelled = "cancelled"
            return accepted("cancelled-before-issue")
        return accepted("issued")

    def cancel(self, _act: Cancel) -> Expected:
        if self.is_touched:
            return refused("already-dispensed")
        if not self.practice:
            self.cancelled = "pending"
            return Expected("pending", "cancel-before-issue", frozenset({"cancel-before-issue"}))
        if self.is_gone:
            return accepted("already-cancelled")
        if self.holder is not None:
            self.cancelled = "pending"
            return Expected("pending", "cancel-pending", frozenset({"cancel-pending"}))
        self.cancelled = "cancelled"
        return accepted("cancelled")

    def replace(self) -> Expected | None:
        """Make room for the prescription that comes instead; None when there is room."""
        if self.is_touched:
            return refused("already-dispensed")
        if self.holder is not None:
            return refused("held-by-pharmacy")
        self.cancelled = "replaced"
        return None

    def reserve(self, act: Reserve, at: datetime) -> Expected:
        if self.is_gone:
            return refused(self.cancelled)
        if self.valid_from is None or self.valid_until is None:
            return refused("unknown-prescription")
        if self.is_complete:
            return refused("nothing-remaining")
        if self.holder == act.by:
            return accepted("already-held")
        if self.holder is not None:
            return refused("reserved-elsewhere")
        if at >= self.valid_until:
            return refused("expired")
        if at < self.valid_from:
            return refused("not-yet-valid")
        self.holder = act.by
        return accepted("granted")

    def release(self, act: Release) -> Expected:
        if self.holder is None:
            return accepted("already-free")
        if self.holder != act.by:
            return refused("not-the-holder")
        self._let_go()
        return accepted("released")

    def dispense(
        self, act: Dispense, event_id: str, at: datetime, ingredients: Mapping[str, tuple[str, ...]]
    ) -> Expected:
        """`ingredients` are those of the products handed over, by drug code."""
        if not self.practice:
            self.handovers[event_id] = Handover(act.by, _quantities(act))
            findings = frozenset({"unknown-prescription"})
        else:
            findings = frozenset(self._findings(act, at, ingredients))
            self.handovers[event_id] = Handover(act.by, _quantities(act))
            for number, quantity in _quantities(act).items():
                if number in self.lines:
                    self.lines[number].dispensed += quantity
            if self.is_complete or (self.holder == act.by and act.release_reservation):
                self._let_go()
        return Expected("recorded", "dispensed", findings)

    def reverse(self, act: Reverse) -> Expected:
        mine = {key: done for key, done in self.handovers.items() if done.by == act.by}
        if act.dispense:
            named = [mine[act.dispense]] if act.dispense in mine else []
        else:
            named = [done for done in mine.values() if not done.undone][-1:]
        if not named:
            return refused("no-such-dispense")
        (handover,) = named
        if handover.undone:
            return accepted("already-reversed")
        lines = [(self.lines[n], q) for n, q in handover.quantities.items() if n in self.lines]
        if any(line.claimed > line.dispensed - quantity for line, quantity in lines):
            return refused("claimed-already")
        handover.undone = True
        for line, quantity in lines:
            line.dispensed -= quantity
        return accepted("reversed")

    def claim(self, act: Claim) -> Expected:
        if not self.practice:
            return refused("unknown-prescription")
        objections = tuple(self._objections(act))
        if objections:
            return refused(*objections)
        self.claims[act.claim_id] = Handover(act.by, act.quantities)
        for number, quantity in act.quantities.items():
            self.lines[number].claimed += quantity
        return accepted("payable")

    def withdraw(self, act: Withdraw) -> Expected:
        claim = self.claims.get(act.claim_id)
        if claim is None or claim.by != act.by:
            return refused("no-such-claim")
        if claim.undone:
            return accepted("already-withdrawn")
        claim.undone = True
        for number, quantity in claim.quantities.items():
            self.lines[number].claimed -= quantity
        return accepted("withdrawn")

    def _let_go(self) -> None:
        self.holder = None
        if self.cancelled == "pending":
            self.cancelled = "" if self.is_complete else "cancelled"

    def _findings(
        self, act: Dispense, at: datetime, ingredients: Mapping[str, tuple[str, ...]]
    ) -> Iterator[str]:
        happened = min(act.occurred_at or at, at)
        if self.valid_until is not None and happened >= self.valid_until:
            yield "expired"
        if self.valid_from is not None and happened < self.valid_from:
            yield "before-valid"
        if self.is_gone:
            yield self.cancelled
        if self.holder is not None and self.holder != act.by:
            yield "not-the-holder"
        left = {number: line.remaining for number, line in self.lines.items()}
        for given in act.lines:
            if given.line not in left:
                yield "unknown-line"
                continue
            if left[given.line] == ZERO:
                yield "duplicate"
            elif given.quantity > left[given.line]:
                yield "over-quantity"
            left[given.line] = max(left[given.line] - given.quantity, ZERO)
            is_known = ingredients.get(given.drug_code)
            if is_known and is_known != self.lines[given.line].ingredients:
                yield "wrong-substitution"

    def _objections(self, act: Claim) -> Iterator[str]:
        known = self.claims.get(act.claim_id)
        if known is not None and not known.undone:
            yield "claim-id-used"
        for number, quantity in act.quantities.items():
            line = self.lines.get(number)
            if line is None:
                yield "unknown-line"
                continue
            whose = act.by if act.role == "pharmacy" else None
            dispensed = _sum(self.handovers, number, whose)
            claimed = _sum(self.claims, number, whose)
            if dispensed == ZERO:
                yield "claim-without-dispense"
            elif claimed >= dispensed:
                yield "claimed-before"
            elif claimed + quantity > dispensed or line.claimed + quantity > line.dispensed:
                yield "claim-over-quantity"


def _quantities(act: Dispense) -> dict[int, Decimal]:
    quantities: dict[int, Decimal] = defaultdict(Decimal)
    for given in act.lines:
        quantities[given.line] += given.quantity
    return dict(quantities)


def _sum(handovers: Mapping[str, Handover], line: int, whose: str | None) -> Decimal:
    return sum(
        (
            handover.quantities.get(line, ZERO)
            for handover in handovers.values()
            if not handover.undone and whose in (None, handover.by)
        ),
        ZERO,
    )
