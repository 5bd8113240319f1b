"""Look-ups by the code of a prescription."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from services.contracts.submissions import PrescriptionIssued
from services.kernel.clock import now
from services.kernel.http.problems import Problem, not_found, unavailable
from services.kernel.http.tokens import Caller
from services.registry.lookups.asking import (
    PAGE_MAX,
    Anyone,
    Limit,
    Professional,
    Registry,
    Room,
    json,
)
from services.registry.prescription import Prescription, settle
from services.registry.store import reading
from services.registry.views import may_see_person, prescription_view, record_view
from services.vietnam.code_field import CodeField

Hex = Annotated[str, Query(pattern=r"^([0-9a-f]{2})*$", max_length=128)]


def routes(registry: Registry) -> APIRouter:
    """The routes under one prescription."""
    router = APIRouter(tags=["by code"])

    @router.get("/prescriptions/{code}", summary="A prescription now, or as it was")
    async def prescription(
        code: CodeField, caller: Anyone, as_of: AwareDatetime | None = None
    ) -> Response:
        """`as_of` is a moment of log time; the state is folded anew from the records before it."""
        state = await registry.seen(code, caller, "prescription")
        if as_of is None:
            at = now()
            return json(prescription_view(settle(state, at), at))
        async with registry.pool.acquire() as database:
            then = await registry.as_they_were(database, [code], as_of)
        return json(prescription_view(then.get(code, Prescription(code=code)), as_of))

    @router.get("/prescriptions/{code}/history", summary="Every record with its outcome")
    async def history(
        code: CodeField,
        caller: Anyone,
        after_offset: Annotated[int, Query(ge=-1, le=2**63 - 1)] = -1,
        limit: Limit = PAGE_MAX,
    ) -> Response:
        """In log order; what passed with time stands there too, as records of ticks."""
        await registry.seen(code, caller, "history")
        async with registry.pool.acquire() as database:
            outcomes = await reading.history(database, code, limit=limit, after_offset=after_offset)
        following = outcomes[-1].log_offset if len(outcomes) == limit else None
        return json({"records": [record_view(o) for o in outcomes], "after_offset": following})

    @router.get("/prescriptions/{code}/person", summary="The personal fields, unsealed")
    async def person(code: CodeField, caller: Professional) -> Response:
        """For the clinic that wrote them and the pharmacy that holds the prescription now."""
        state = await registry.seen(code, caller, "person")
        if not may_see_person(state, caller, now()) or state.issued is None:
            raise not_found()
        return json(await _unsealed(registry, state, caller))

    @router.get("/outcomes/{code}/{event_id}", summary="One verdict", include_in_schema=False)
    async def outcome(code: str, event_id: str, _caller: Room, content: Hex = "") -> Response:
        async with registry.reading(code) as database:
            found = await reading.outcome_of(database, code, event_id, bytes.fromhex(content))
        if found is None:
            raise not_found()
        return json(found)

    return router


async def _unsealed(registry: Registry, state: Prescription, caller: Caller) -> dict[str, Any]:
    issued = state.issued
    if issued is None:
        raise not_found()
    async with registry.pool.acquire() as database:
        value = await reading.value_of(database, state.code, issued.event_id)
    event = registry.codec.decode(value)
    if not isinstance(event, PrescriptionIssued):
        raise not_found()
    reply = await registry.identity.post(
        "/patients/unseal",
        {
            "patient_ref": event.patient_ref,
            "event_id": event.event_id,
            "sealed_key": event.sealed_key,
            "sealed": {k: base64.b64encode(v).decode() for k, v in event.sealed.items()},
            "caller": on_behalf_of(caller),
            "purpose": "dispensing" if caller.role == "pharmacy" else "treatment",
        },
        repeatable=True,
    )
    if reply.status == 410:
        raise Problem(
            "erased",
            410,
            title="The personal data of this prescription was erased",
            title_vi="Dữ liệu cá nhân của đơn này đã bị xóa",
            what_next="Ask the patient for what you need to know.",
            what_next_vi="Hãy hỏi trực tiếp người bệnh những thông tin cần thiết.",
        )
    if reply.status != 200:
        raise unavailable("The identity room")
    return {"prescription_code": state.code, "person": reply.body["fields"]}


def on_behalf_of(caller: Caller) -> dict[str, str]:
    """Who is asking, for the identity room's record."""
    return {"facility": caller.facility, "role": caller.role, "person": caller.person}
