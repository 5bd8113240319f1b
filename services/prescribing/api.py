"""The clinics' API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.contracts.submissions import RENAMED, PrescriptionCancelled
from services.contracts.terms import Submitter
from services.kernel.clock import now
from services.kernel.http.idempotency import IdempotencyKey, event_id
from services.kernel.http.peers import Peer
from services.kernel.http.problems import Problem, not_found
from services.kernel.http.tokens import Caller, require
from services.kernel.writing.answering import RETRY_AFTER_S, answer
from services.kernel.writing.verdicts import verdict_router
from services.prescribing.issuing import Issuing, Prepared, unknown_facility
from services.prescribing.requests import CancelRequest, ReplaceRequest
from services.prescribing.submissions import cancelled
from services.vietnam.code_field import CodeField
from services.vietnam.draft import PrescriptionDraft
from services.vietnam.prescription_code import parse
from services.vietnam.stamps import submitter

Clinic = Annotated[Caller, Depends(require("clinic"))]


def routes(issuing: Issuing, registry: Peer) -> APIRouter:
    """The routes of the room."""
    router = APIRouter(tags=["prescribing"])

    @router.post("/prescriptions", status_code=201, summary="Issue a prescription")
    async def issue(draft: PrescriptionDraft, caller: Clinic, key: IdempotencyKey) -> Response:
        """Refused with every breach of the law (422), or issued with advice on the rest."""
        prepared = await issuing.prepare(draft, caller, key, now(), replaces=None)
        _, outcome = await issuing.issue(prepared.candidates)
        return answer(outcome, advice=prepared.advice)

    @router.post("/prescriptions/{code}/cancel", status_code=201, summary="Cancel a prescription")
    async def cancel(
        code: CodeField, request: CancelRequest, caller: Clinic, key: IdempotencyKey
    ) -> Response:
        own, at = _own_code(code, caller), now()
        submission = cancelled(
            code=own,
            reason=request.reason,
            occurred_at=request.occurred_at,
            event_id=event_id(caller.client_id, "cancel", key, own),
            submitter=_submitter(issuing, caller, request.occurred_at or at),
            received_at=at,
            replaced_by=None,
        )
        return await issuing.writer.answer(submission)

    @router.post(
        "/prescriptions/{code}/replace",
        status_code=201,
        summary="Replace a prescription by a corrected one",
    )
    async def replace(
        code: CodeField, request: ReplaceRequest, caller: Clinic, key: IdempotencyKey
    ) -> Response:
        """Cancels the old one first, so that the two can never both be dispensed; issues the new
        one only when that held."""
        draft, old = request.prescription, _own_code(code, caller)
        prepared = await issuing.prepare(draft, caller, key, now(), replaces=old)
        await issuing.refuse_taken_code(draft, registry, old)
        return await _replace(issuing, old, request, caller, key, prepared=prepared)

    router.include_router(verdict_router(registry, "clinic"))
    return router


async def _replace(
    issuing: Issuing,
    old: str,
    request: ReplaceRequest,
    caller: Caller,
    key: str,
    *,
    prepared: Prepared,
) -> Response:

    def cancellation(operation: str, reason: str, replaced_by: str) -> PrescriptionCancelled:
        return cancelled(
            code=old,
            reason=reason,
            occurred_at=request.prescription.authored_on,
            event_id=event_id(caller.client_id, operation, key, old),
            submitter=_submitter(issuing, caller, request.prescription.authored_on),
            received_at=now(),
            replaced_by=replaced_by,
        )

    named = prepared.candidates[0].prescription_code
    outcome = await issuing.writer.submit(cancellation("replace", request.reason, named))
    if isinstance(outcome, Response):
        raise _half_replaced()
    if outcome.verdict != "ACCEPTED":
        return answer(outcome)
    new, issued = await issuing.issue(prepared.candidates)
    if new.prescription_code != named and not isinstance(issued, Response):
        # The code it was announced under is another prescription's: name the right one.
        await issuing.writer.submit(cancellation("rename", RENAMED, new.prescription_code))
    return answer(issued, advice=prepared.advice)


def _half_replaced() -> Problem:
    """503: the cancellation is on the log without a verdict, and nothing was issued. Its place is
    not told: the verdict there is not on the new prescription."""
    return Problem(
        "not-replaced-yet",
        503,
        title="The new prescription is not issued yet",
        title_vi="Đơn thay thế chưa được phát hành",
        detail="The cancellation of the old one is recorded; its verdict is not there yet.",
        detail_vi="Yêu cầu hủy đơn cũ đã được ghi nhận, chưa có kết quả.",
        what_next="Send the same request again with the same Idempotency-Key.",
        what_next_vi="Hãy gửi lại yêu cầu với cùng Idempotency-Key.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _own_code(code: str, caller: Caller) -> str:
    """The code, if the caller's facility issued it: a foreign one answers like a missing one."""
    if not parse(code).belongs_to(caller.facility):
        raise not_found()
    return code


def _submitter(issuing: Issuing, caller: Caller, at: datetime) -> Submitter:
    found = submitter(issuing.directory, caller, at)
    if found.licence_status == "UNKNOWN":
        raise unknown_facility(caller.facility)
    return found
