"""What log time alone brings about, told by a tick: nobody asked, but somebody wants to know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.contracts.terms import Reason
from services.registry.judgement.judgement import Judgement, iso
from services.registry.prescription import Prescription, settle


def pass_time(before: Prescription, at: datetime) -> Judgement | None:
    """Everything due by `at` happens; None when nothing is. The weightiest event is the result."""
    after = settle(before, at)
    if after is before:
        return None
    reasons = tuple(_happened(before, after))
    return Judgement(state=after, verdict="RECORDED", result=reasons[0].code, reasons=reasons)


def _happened(before: Prescription, after: Prescription) -> Iterator[Reason]:
    """What is true now and was not before, the weightiest first."""
    cancellation, held = after.cancellation, before.reservation
    if after.is_cancelled and not before.is_cancelled and cancellation is not None:
        yield Reason(code="cancelled", details={"cancelled_at": iso(cancellation.recorded_at)})
    if after.expired_at is not None and before.expired_at is None:
        yield Reason(code="expired", details={"valid_until": iso(after.expired_at)})
    for was, dispense in zip(before.dispenses, after.dispenses, strict=True):
        if was.provisional_until is not None and dispense.provisional_until is None:
            details = {
                "pharmacy": dispense.pharmacy_id,
                "receipt_number": dispense.receipt_number,
                "dispensed_at": iso(dispense.occurred_at),
            }
            yield Reason(code="dispense-unmatched", details=details)
    for claimed, claim in zip(before.claims, after.claims, strict=True):
        if claimed.pending_until is not None and claim.standing == "refused":
            details = {"claim_id": claim.claim_id, "claimant": claim.facility_id}
            yield Reason(code="claim-without-dispense", details=details)
    if held is not None and after.reservation is None:
        details = {"holder": held.pharmacy_id, "until": iso(held.until)}
        yield Reason(code="reservation-lapsed", details=details)
