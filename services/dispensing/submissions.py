"""From a pharmacy's request to the submission that goes on the log. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.contracts.submissions import (
    DispensedLine,
    DispenseReversed,
    DispensingReserved,
    PrescriptionDispensed,
    ReservationReleased,
)
from services.contracts.terms import Drug
from services.dispensing.requests import DispenseRequest, ReleaseRequest, ReverseRequest
from services.kernel.writing.envelope import Envelope, content_hash
from services.vietnam.law import LawInForce


def reserved(envelope: Envelope, law: LawInForce) -> DispensingReserved:
    """The hold's length is the policy in force, stamped so that the judge needs no table."""
    return DispensingReserved(
        event_id=envelope.event_id,
        content_hash=content_hash({"reserve": envelope.code}),
        prescription_code=envelope.code,
        occurred_at=envelope.received_at,
        submitter=envelope.submitter,
        hold_minutes=law.hold_minutes,
        law_version=law.version,
    )


def released(
    envelope: Envelope,
    request: ReleaseRequest,
) -> ReservationReleased:
    return ReservationReleased(
        event_id=envelope.event_id,
        content_hash=content_hash({"release": envelope.code, "reason": request.reason}),
        prescription_code=envelope.code,
        occurred_at=envelope.received_at,
        submitter=envelope.submitter,
        reason=request.reason,
    )


def dispensed(
    envelope: Envelope,
    request: DispenseRequest,
    drugs: Sequence[Drug],
    law: LawInForce,
) -> PrescriptionDispensed:
    """`drugs` are the products handed over, as the catalogue knows them, line by line.

    `law` is that of the day they were handed over; its numbers are stamped, so that the judge
    needs no table, and are no part of what the pharmacy said.
    """
    content: dict[str, Any] = {"dispense": envelope.code, **_said(request)}
    return PrescriptionDispensed(
        event_id=envelope.event_id,
        content_hash=content_hash(content),
        prescription_code=envelope.code,
        occurred_at=request.occurred_at or envelope.received_at,
        submitter=envelope.submitter,
        receipt_number=request.receipt_number,
        lines=tuple(
            DispensedLine(
                line=line.line,
                drug=drug,
                quantity=line.quantity,
                days_supply=line.days_supply,
                substituted=line.substituted,
                batch=line.batch,
            )
            for line, drug in zip(request.lines, drugs, strict=True)
        ),
        offline=request.offline,
        collected_by_patient=request.collected_by_patient,
        release_reservation=request.release_reservation,
        law_version=law.version,
        issue_grace_hours=law.issue_grace_hours,
        clock_skew_minutes=law.clock_skew_minutes,
        repeat_hours=law.repeat_hours,
        owing=request.owing,
        owing_hold_minutes=law.owing_hold_minutes if request.owing else 0,
    )


def _said(request: DispenseRequest) -> dict[str, Any]:
    """The request's content. What could not be said when requests were first taken counts only if
    it is said: a repeat sent to a newer version of this software has the content it had."""
    said = request.model_dump(mode="json")
    if not request.owing:
        del said["owing"]
    for line in said["lines"]:
        if line["batch"] is None:
            del line["batch"]
    return said


def reversed_dispense(
    envelope: Envelope,
    request: ReverseRequest,
    dispense_event_id: str | None,
) -> DispenseReversed:
    """`dispense_event_id` None names the pharmacy's last dispense."""
    content = {"reverse": envelope.code, "dispense": dispense_event_id, "reason": request.reason}
    return DispenseReversed(
        event_id=envelope.event_id,
        content_hash=content_hash(content),
        prescription_code=envelope.code,
        occurred_at=envelope.received_at,
        submitter=envelope.submitter,
        dispense_event_id=dispense_event_id,
        reason=request.reason,
    )
