"""The pharmacies' API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from services.contracts.terms import Submitter
from services.dispensing.requests import (
    DispenseRequest,
    ReleaseRequest,
    ReserveRequest,
    ReverseRequest,
)
from services.dispensing.submissions import dispensed, released, reserved, reversed_dispense
from services.kernel.clock import now
from services.kernel.http.idempotency import IdempotencyKey
from services.kernel.http.peers import Peer
from services.kernel.http.problems import invalid_input
from services.kernel.http.tokens import Caller, require
from services.kernel.writing.answering import Writer, envelope
from services.kernel.writing.verdicts import verdict_router
from services.vietnam.catalogue import DrugCatalogue
from services.vietnam.code_field import CodeField
from services.vietnam.directory import FacilityDirectory
from services.vietnam.law import local_day
from services.vietnam.law_book import LawSource
from services.vietnam.stamps import submitter

Pharmacy = Annotated[Caller, Depends(require("pharmacy"))]
DispenseId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$")]


@dataclass(frozen=True)
class Counter:
    """What the routes need, put together once at start."""

    writer: Writer
    directory: FacilityDirectory
    catalogue: DrugCatalogue
    law: LawSource

    def stamp(self, caller: Caller, at: datetime) -> Submitter:
        """Who sends, as the directory knew the place at a moment."""
        return submitter(self.directory, caller, at)


def routes(counter: Counter, registry: Peer) -> APIRouter:
    """The routes of the room."""
    router = APIRouter(tags=["dispensing"])

    @router.post("/prescriptions/{code}/reserve", status_code=201, summary="Reserve a prescription")
    async def reserve(
        code: CodeField, _request: ReserveRequest, caller: Pharmacy, key: IdempotencyKey
    ) -> Response:
        """At most one pharmacy holds a prescription. Hand nothing over before `granted`."""
        sent = envelope("reserve", code, caller, key, counter.stamp(caller, now()))
        law = counter.law.at(sent.received_at)
        return await counter.writer.answer(reserved(sent, law))

    @router.post("/prescriptions/{code}/release", status_code=201, summary="Give a hold back")
    async def release(
        code: CodeField, request: ReleaseRequest, caller: Pharmacy, key: IdempotencyKey
    ) -> Response:
        sent = envelope("release", code, caller, key, counter.stamp(caller, now()))
        return await counter.writer.answer(released(sent, request))

    @router.post(
        "/prescriptions/{code}/dispenses", status_code=201, summary="Record what was handed over"
    )
    async def dispense(
        code: CodeField, request: DispenseRequest, caller: Pharmacy, key: IdempotencyKey
    ) -> Response:
        """A fact: it is recorded whatever it breaks, with its findings in `reasons`."""
        happened_at = request.occurred_at or now()
        sent = envelope("dispense", code, caller, key, counter.stamp(caller, happened_at))
        law = counter.law.at(happened_at)
        if happened_at > sent.received_at + timedelta(minutes=law.clock_skew_minutes):
            raise invalid_input([_in_the_future()])
        day = local_day(happened_at)
        drugs = [
            counter.catalogue.find(line.drug_code, day, line.drug_name) for line in request.lines
        ]
        return await counter.writer.answer(dispensed(sent, request, drugs, law))

    @router.post(
        "/prescriptions/{code}/dispenses/{dispense_event_id}/reverse",
        status_code=201,
        summary="Take a dispense back",
    )
    async def reverse(
        code: CodeField,
        dispense_event_id: DispenseId,
        request: ReverseRequest,
        caller: Pharmacy,
        key: IdempotencyKey,
    ) -> Response:
        """`dispense_event_id` is the `event_id` of the dispense, or `last`."""
        named = None if dispense_event_id == "last" else dispense_event_id
        sent = envelope("reverse", code, caller, key, counter.stamp(caller, now()))
        return await counter.writer.answer(reversed_dispense(sent, request, named))

    router.include_router(verdict_router(registry, "pharmacy"))
    return router


def _in_the_future() -> dict[str, str]:
    return {
        "field": "occurred_at",
        "location": "body",
        "reason": "This is in the future: check the clock of the counter's computer.",
        "reason_vi": "Thời điểm này ở tương lai: hãy kiểm tra đồng hồ của máy tại quầy.",
    }
