"""Claims against dispenses, line by line: what was handed over is paid for once.

A pharmacy claims what it handed over itself; a payer, what anybody did. What was handed over after
the prescription was cancelled, replaced or expired is no ground for a claim.

Claims from before the law was stamped into them know fewer reasons: they count every dispense, and
an identifier is taken whoever used it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from services.contracts.terms import Reason, plain
from services.registry.judgement.judgement import iso
from services.registry.judgement.ledger import add_quantities, quantity_of
from services.registry.prescription import ZERO, Claim, Dispense, Line, Prescription

VOID = frozenset({"cancelled", "replaced", "expired"})
"""Findings of a dispense that nobody reimburses. Handed over before the cancellation was received
(`cancelled-late`) is reimbursed."""


def objections(state: Prescription, claim: Claim) -> Iterator[Reason]:
    """Why a claim is not payable now; nothing when it is."""
    others = tuple(_counted_before(state, claim))
    if any(_has_same_id(claim, other) for other in others):
        yield Reason(code="claim-id-used", details={"claim_id": claim.claim_id})
    asked: dict[int, Decimal] = {}
    for part in claim.lines:
        asked[part.line] = asked.get(part.line, ZERO) + part.quantity
    for number, quantity in asked.items():
        line = state.line(number)
        if line is None:
            yield Reason(code="unknown-line", line=number)
            continue
        objection = _objection(state, claim, others, line, quantity)
        if objection is not None:
            yield objection


def _counted_before(state: Prescription, claim: Claim) -> Iterator[Claim]:
    """The open claims that come first: those made before this one, and every payable one."""
    is_earlier = True
    for other in state.claims:
        if other.event_id == claim.event_id:
            is_earlier = False
        elif other.is_open and (is_earlier or other.standing == "payable"):
            yield other


def _has_same_id(claim: Claim, other: Claim) -> bool:
    same_claimant = other.facility_id == claim.facility_id or not claim.law_version
    return other.claim_id == claim.claim_id and same_claimant


def grounds(state: Prescription, claim: Claim, number: int) -> list[Dispense]:
    """The dispenses of a line that a claim may rest on."""
    return _valid(claim, _sold(state, claim, number))


def _valid(claim: Claim, sold: Iterable[Dispense]) -> list[Dispense]:
    return [
        entry
        for entry in sold
        if entry.counts and not (claim.law_version and VOID.intersection(entry.findings))
    ]


def _sold(state: Prescription, claim: Claim, number: int) -> list[Dispense]:
    """Every dispense of a line the claimant may mean, also those taken back or void."""
    sold = _sold_by_anybody(state, number)
    if not claim.by_pharmacy:
        return sold
    return [entry for entry in sold if entry.pharmacy_id == claim.facility_id]


def _sold_by_anybody(state: Prescription, number: int) -> list[Dispense]:
    return [one for one in state.dispenses if number in [part.line for part in one.lines]]


class Cover(NamedTuple):
    """Of a line: what the claimant may claim for, what of it is claimed, what is free to claim."""

    dispensed: Decimal
    claimed: Decimal
    free: Decimal


def _cover(state: Prescription, claim: Claim, others: Sequence[Claim], line: Line) -> Cover:
    """What one pharmacy dispensed is free only as far as nobody was paid for the line as a whole.

    Before anything is dispensed, what is prescribed is free to wait for.
    """
    number = line.line
    dispensed = quantity_of(grounds(state, claim, number), number)
    mine = [one for one in others if not claim.by_pharmacy or one.facility_id == claim.facility_id]
    claimed = quantity_of(mine, number)
    if dispensed == ZERO:
        return Cover(dispensed, claimed, line.quantity - claimed)
    paid = quantity_of((one for one in others if one.standing == "payable"), number)
    by_anybody = quantity_of(_valid(claim, _sold_by_anybody(state, number)), number)
    return Cover(dispensed, claimed, min(dispensed - claimed, by_anybody - paid))


def _objection(
    state: Prescription, claim: Claim, others: Sequence[Claim], line: Line, asked: Decimal
) -> Reason | None:
    cover = _cover(state, claim, others, line)
    if cover.dispensed != ZERO and asked <= cover.free:
        return None
    gone = max(cover.claimed, cover.dispensed - cover.free) if claim.law_version else cover.claimed
    details = {
        "claimed": plain(asked),
        "dispensed": plain(cover.dispensed),
        "claimed_before": plain(gone),
    }
    if cover.dispensed == ZERO:
        missing = _nothing_dispensed(state, claim, line.line, details)
        if missing.code != "claim-without-dispense" or not claim.law_version:
            return missing
        if asked <= cover.free:
            return missing
    if payer := _other_payer(state, claim, others, line, asked):
        details["payer"] = payer
        return Reason(code="claimed-by-another-payer", line=line.line, details=details)
    if cover.claimed >= cover.dispensed > ZERO or (claim.law_version and cover.free <= ZERO):
        return Reason(code="claimed-before", line=line.line, details=details)
    return Reason(code="claim-over-quantity", line=line.line, details=details)


def _nothing_dispensed(
    state: Prescription, claim: Claim, number: int, details: dict[str, str]
) -> Reason:
    """Nothing a claim may rest on: taken back, void, or not arrived yet."""
    if claim.law_version:
        sold = _sold(state, claim, number)
        void = {code for entry in sold if entry.counts for code in entry.findings} & VOID
        if void == {"expired"}:
            return Reason(code="claim-expired", line=number, details=details)
        if void or state.is_cancelled:
            return Reason(code="claim-cancelled", line=number, details=details)
        if sold:
            return Reason(code="claim-reversed", line=number, details=details)
    return Reason(code="claim-without-dispense", line=number, details=details)


def _other_payer(
    state: Prescription, claim: Claim, others: Sequence[Claim], line: Line, asked: Decimal
) -> str | None:
    """The payer whose claims alone stand in the way, if that is so."""
    if not claim.law_version:
        return None
    same_payer = [one for one in others if one.payer_id == claim.payer_id]
    if asked > _cover(state, claim, same_payer, line).free:
        return None
    return next(
        (
            one.payer_id
            for one in others
            if one.payer_id != claim.payer_id and any(part.line == line.line for part in one.lines)
        ),
        None,
    )


def advice(state: Prescription, claim: Claim) -> Iterator[Reason]:
    """What a payer should look at although a claim is payable: its date, and what was found about
    the dispenses it rests on (a second sale of the same line, say)."""
    if claim.claimed_at is None:
        return
    for number in dict.fromkeys(part.line for part in claim.lines):
        sold = grounds(state, claim, number)
        if found := sorted({code for entry in sold for code in entry.findings}):
            details = {"findings": ", ".join(found)}
            yield Reason(code="claim-flagged-dispense", line=number, details=details)
        if sold:
            yield from _date_advice(claim, claim.claimed_at, number, sold)


def _date_advice(
    claim: Claim, claimed_at: datetime, number: int, sold: Sequence[Dispense]
) -> Iterator[Reason]:
    times = [entry.occurred_at for entry in sold]
    last, window = max(times), claim.window_days
    if claimed_at < min(times):
        details = {"claimed_at": iso(claimed_at), "dispensed_at": iso(last)}
        yield Reason(code="claim-before-dispense", line=number, details=details)
    elif window is not None and claimed_at > last + timedelta(days=window):
        details = {"claimed_at": iso(claimed_at), "dispensed_at": iso(last), "days": str(window)}
        yield Reason(code="claim-after-window", line=number, details=details)


def pay(state: Prescription, claim: Claim) -> tuple[Prescription, tuple[Reason, ...]]:
    """Make a claim payable: new, or one that waited. It counts in the ledger from here on."""
    told = tuple(advice(state, claim))
    codes = tuple(dict.fromkeys(reason.code for reason in told))
    paid = replace(claim, standing="payable", pending_until=None, advice=codes)
    known = [one.event_id for one in state.claims]
    claims = (
        tuple(paid if one.event_id == claim.event_id else one for one in state.claims)
        if claim.event_id in known
        else (*state.claims, paid)
    )
    lines = add_quantities(state.lines, claim.lines, field="claimed", sign=1)
    return replace(state, lines=lines, claims=claims), told


def pay_what_is_covered(state: Prescription) -> tuple[Prescription, tuple[Reason, ...]]:
    """Claims that waited for their dispense become payable by themselves, in order of arrival."""
    told: tuple[Reason, ...] = ()
    for claim in state.claims:
        if claim.pending_until is None or any(objections(state, claim)):
            continue
        state, notes = pay(state, claim)
        details = {"claim_id": claim.claim_id, "claimant": claim.facility_id}
        told += (Reason(code="claim-payable", details=details), *notes)
    return state, told


def is_a_claim_left_uncovered(before: Prescription, after: Prescription) -> bool:
    """Whether a payable claim rests on what `after` does not hold any more."""
    if any(line.claimed > line.dispensed for line in after.lines):
        return True
    return _uncovered(after) > _uncovered(before)


def _uncovered(state: Prescription) -> Decimal:
    """How much is payable beyond what was dispensed by the claimants."""
    paid = [one for one in state.claims if one.is_open and one.standing == "payable"]
    short = ZERO
    for claim in paid:
        if not claim.law_version:
            continue
        for number in {part.line for part in claim.lines}:
            mine = [
                one for one in paid if not claim.by_pharmacy or one.facility_id == claim.facility_id
            ]
            covered = quantity_of(grounds(state, claim, number), number)
            short += max(quantity_of(mine, number) - covered, ZERO)
    return short
