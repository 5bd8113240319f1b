"""What a recorded hand-over breaks: the findings on one prescription (GPP; TT 26/2025/TT-BYT).

Numbers (tolerance of clocks, hours of a repeat) are stamped into the record by the law in force. A
record from before they were stamped is judged without the rules that need them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from services.contracts.submissions import DispensedLine, PrescriptionDispensed
from services.contracts.terms import Drug, Reason, plain
from services.registry.judgement.batches import Portions
from services.registry.judgement.judgement import iso
from services.registry.prescription import ZERO, Cancellation, Dispense, Issued, Prescription


def findings_on_whole(
    state: Prescription, issued: Issued, submission: PrescriptionDispensed, happened: datetime
) -> Iterator[Reason]:
    """Findings about the prescription; lateness is judged by when it was handed over."""
    if happened >= issued.valid_until:
        yield Reason(code="expired", details={"valid_until": iso(issued.valid_until)})
    skew = timedelta(minutes=submission.clock_skew_minutes or 0)
    if submission.clock_skew_minutes is not None and happened < issued.issued_at - skew:
        yield Reason(code="before-issue", details={"issued_at": iso(issued.issued_at)})
    elif happened < issued.valid_from - skew:
        yield Reason(code="before-valid", details={"valid_from": iso(issued.valid_from)})
    if state.is_cancelled and state.cancellation is not None:
        yield _after_cancellation(issued, state.cancellation, submission, happened)
    held = state.reservation
    if held is None or held.pharmacy_id == submission.submitter.facility_id:
        return
    # an older hand-over, reported late, did not pass over a hold that began after it
    if happened >= held.since or not submission.law_version:
        details = {"holder": held.pharmacy_id, "since": iso(held.since)}
        yield Reason(code="not-the-holder", details=details)


def _after_cancellation(
    issued: Issued,
    cancellation: Cancellation,
    submission: PrescriptionDispensed,
    happened: datetime,
) -> Reason:
    """Dispensed although cancelled; less grave when the hand-over came before the cancellation.

    One that waited for a pharmacy to let go was in force when it applied; one that waited for its
    prescription, when it was received.
    """
    details = {"cancelled_at": iso(cancellation.recorded_at)}
    received = cancellation.recorded_at
    waited_for_holder = received >= issued.recorded_at and cancellation.applied_at is not None
    in_force = cancellation.applied_at if waited_for_holder else received
    if submission.law_version and in_force is not None and happened < in_force:
        return Reason(code="cancelled-late", details=details)
    if cancellation.replaced_by:
        return Reason(code="replaced", details=details)
    return Reason(code="cancelled", details=details)


def findings_on_lines(
    state: Prescription, submission: PrescriptionDispensed, taken: Sequence[Portions]
) -> Iterator[Reason]:
    """Findings per line, the lines of one hand-over counted one after the other. `taken` says which
    batches each line was taken from."""
    left = {line.line: line.remaining for line in state.lines}
    for given, parts in zip(submission.lines, taken, strict=True):
        prescribed = state.line(given.line)
        if prescribed is None:
            yield Reason(code="unknown-line", line=given.line)
            continue
        remaining = left[given.line]
        if remaining == ZERO:
            yield Reason(code="duplicate", line=given.line, details=_of(given, remaining))
        elif given.quantity > remaining and not _is_rounded_up(given, remaining):
            yield Reason(code="over-quantity", line=given.line, details=_of(given, remaining))
        elif (other := _sold_elsewhere(state, submission, parts)) is not None:
            details = {"pharmacy": other.pharmacy_id, "dispensed_at": iso(other.occurred_at)}
            yield Reason(code="duplicate-elsewhere", line=given.line, details=details)
        left[given.line] = max(remaining - given.quantity, ZERO)
        yield from _wrong_substitution(prescribed.drug, given, bool(submission.law_version))


def _of(given: DispensedLine, remaining: Decimal) -> dict[str, str]:
    return {"dispensed": plain(given.quantity), "remaining": plain(remaining)}


def _is_rounded_up(given: DispensedLine, remaining: Decimal) -> bool:
    """Whole packs of what cannot be split (syrup, ointment), the last one begun of necessity."""
    pack = given.drug.pack_size
    if pack is None or pack <= ZERO:
        return False
    return given.quantity % pack == ZERO and given.quantity - remaining < pack


def _sold_elsewhere(
    state: Prescription, submission: PrescriptionDispensed, parts: Portions
) -> Dispense | None:
    """The same quantity of the line (of the same batch) at another pharmacy within some hours.

    Who holds the reservation was told what remained and may hand it over: two halves are no
    duplicate then.
    """
    held, mine = state.reservation, submission.submitter.facility_id
    if submission.repeat_hours is None or (held is not None and held.pharmacy_id == mine):
        return None
    window = timedelta(hours=submission.repeat_hours)
    return next(
        (
            other
            for other in state.dispenses
            if other.counts
            and other.pharmacy_id != mine
            and abs(other.occurred_at - submission.occurred_at) <= window
            and any(part in other.lines for part in parts)
        ),
        None,
    )


def _wrong_substitution(prescribed: Drug, given: DispensedLine, is_full: bool) -> Iterator[Reason]:
    """Only the same ingredient, strength, route and form group may be substituted (GPP III.2c).

    What either catalogue entry does not know proves nothing. Older records (`is_full` False) were
    held to the ingredients alone.
    """
    drug = given.drug
    differs = []
    if prescribed.ingredients and drug.ingredients and prescribed.ingredients != drug.ingredients:
        differs.append("ingredients")
    if is_full:
        strengths = (prescribed.strength_mg, drug.strength_mg)
        if None not in strengths and prescribed.strength_mg != drug.strength_mg:
            differs.append("strength")
        if prescribed.route and drug.route and prescribed.route != drug.route:
            differs.append("route")
        if prescribed.form and drug.form and prescribed.form != drug.form:
            differs.append("form")
    if not differs:
        return
    details = {"prescribed": prescribed.code, "dispensed": drug.code}
    if is_full:
        details["differs"] = ", ".join(differs)
    yield Reason(code="wrong-substitution", line=given.line, details=details)
