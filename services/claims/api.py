"""The claimants' API: payers, and pharmacies for what they dispensed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from services.claims.requests import ClaimRequest, WithdrawRequest
from services.claims.submissions import claimed, withdrawn
from services.kernel.clock import now
from services.kernel.http.idempotency import IdempotencyKey
from services.kernel.http.peers import Peer
from services.kernel.http.tokens import Caller, require
from services.kernel.writing.answering import Writer, envelope
from services.kernel.writing.verdicts import verdict_router
from services.vietnam.code_field import CodeField
from services.vietnam.directory import FacilityDirectory
from services.vietnam.law_book import LawSource
from services.vietnam.stamps import submitter

Claimant = Annotated[Caller, Depends(require("payer", "pharmacy"))]
ClaimId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


@dataclass(frozen=True)
class Desk:
    """What the routes need, put together once at start."""

    writer: Writer
    directory: FacilityDirectory
    law: LawSource


def routes(desk: Desk, registry: Peer) -> APIRouter:
    """The routes of the room."""
    router = APIRouter(tags=["claims"])

    @router.post("/prescriptions/{code}/claims", status_code=201, summary="Claim reimbursement")
    async def claim(
        code: CodeField, request: ClaimRequest, caller: Claimant, key: IdempotencyKey
    ) -> Response:
        """Payable, or refused with every reason, line by line."""
        sent = envelope("claim", code, caller, key, submitter(desk.directory, caller, now()))
        return await desk.writer.answer(claimed(sent, request, desk.law.at(sent.received_at)))

    @router.post(
        "/prescriptions/{code}/claims/{claim_id}/withdraw",
        status_code=201,
        summary="Withdraw a claim",
    )
    async def withdraw(
        code: CodeField,
        claim_id: ClaimId,
        request: WithdrawRequest,
        caller: Claimant,
        key: IdempotencyKey,
    ) -> Response:
        sent = envelope("withdraw", code, caller, key, submitter(desk.directory, caller, now()))
        return await desk.writer.answer(withdrawn(sent, request, claim_id))

    router.include_router(verdict_router(registry, "payer", "pharmacy"))
    return router
