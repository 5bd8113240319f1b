"""From a claim's request to the submission that goes on the log. Pure."""

from __future__ import annotations

from services.claims.requests import ClaimRequest, WithdrawRequest
from services.contracts.submissions import ClaimedLine, ClaimWithdrawn, PrescriptionClaimed
from services.kernel.writing.envelope import Envelope, content_hash
from services.vietnam.law import LawInForce


def claimed(
    envelope: Envelope,
    request: ClaimRequest,
    law: LawInForce,
) -> PrescriptionClaimed:
    """The numbers of the law in force are stamped, so that the judge needs no table."""
    return PrescriptionClaimed(
        event_id=envelope.event_id,
        content_hash=content_hash({"claim": envelope.code, **request.model_dump(mode="json")}),
        prescription_code=envelope.code,
        occurred_at=envelope.received_at,
        submitter=envelope.submitter,
        claim_id=request.claim_id,
        payer_id=request.payer_id,
        lines=tuple(
            ClaimedLine(line=line.line, quantity=line.quantity, amount=line.amount)
            for line in request.lines
        ),
        law_version=law.version,
        dispense_grace_hours=law.dispense_grace_hours,
        claim_window_days=law.claim_window_days,
    )


def withdrawn(
    envelope: Envelope,
    request: WithdrawRequest,
    claim_id: str,
) -> ClaimWithdrawn:
    content = {"withdraw": envelope.code, "claim_id": claim_id, "reason": request.reason}
    return ClaimWithdrawn(
        event_id=envelope.event_id,
        content_hash=content_hash(content),
        prescription_code=envelope.code,
        occurred_at=envelope.received_at,
        submitter=envelope.submitter,
        claim_id=claim_id,
        reason=request.reason,
    )
