"""Look-ups by patient."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.kernel.clock import now
from services.kernel.http.problems import Problem, not_found
from services.kernel.http.tokens import Caller
from services.registry.lookups import cursors
from services.registry.lookups.asking import (
    Limit,
    Professional,
    Purpose,
    Registry,
    Watcher,
    bad_cursor,
    json,
)
from services.registry.lookups.by_code import on_behalf_of
from services.registry.prescription import settle
from services.registry.store import reading
from services.registry.store.writing import note_lookup
from services.registry.views import prescription_view

Before = Annotated[
    str | None,
    Query(max_length=cursors.CURSOR_CHARS_MAX, description="`before` of the last answer."),
]


class PatientLookup(BaseModel):
    """A patient who is present, named by a number on a document they show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["citizen", "passport", "health", "insurance"] = "citizen"
    value: str = Field(min_length=1, max_length=20)


def routes(registry: Registry) -> APIRouter:
    """The routes by patient."""
    router = APIRouter(tags=["by patient"])

    @router.post("/patient-prescriptions", summary="The prescriptions of a patient who is present")
    async def of_present_patient(
        lookup: PatientLookup,
        caller: Professional,
        before: Before = None,
        as_of: AwareDatetime | None = None,
        limit: Limit = 20,
    ) -> Response:
        """Newest first; `as_of` shows them as they were at a moment of log time."""
        body = {
            "identifier": lookup.model_dump(),
            "caller": on_behalf_of(caller),
            "purpose": "present-patient",
        }
        reply = await registry.identity.post("/patients/lookup", body, repeatable=True)
        if reply.status == 429:
            raise _too_many_lookups()
        if reply.status != 200:
            raise not_found()
        ref = reply.body["patient_ref"]
        return await _of_patient(
            registry,
            ref,
            caller,
            purpose="shown document",
            before=before,
            as_of=as_of,
            limit=limit,
        )

    @router.get("/patients/{patient_ref}/prescriptions", summary="A patient's prescriptions")
    async def of_patient(
        patient_ref: str,
        caller: Watcher,
        *,
        purpose: Purpose,
        before: Before = None,
        as_of: AwareDatetime | None = None,
        limit: Limit = 20,
    ) -> Response:
        """For regulators, who name their purpose (case number); it stays on record."""
        return await _of_patient(
            registry, patient_ref, caller, purpose=purpose, before=before, as_of=as_of, limit=limit
        )

    return router


async def _of_patient(
    registry: Registry,
    patient_ref: str,
    caller: Caller,
    *,
    purpose: str,
    before: str | None,
    as_of: datetime | None,
    limit: int,
) -> Response:
    """A page may hold fewer than `limit` when it is asked as of a moment; `before` goes on."""
    try:
        place = cursors.in_patient(before) if before else None
    except cursors.CursorError:
        raise bad_cursor("before") from None
    at = now()
    async with registry.reading() as database:
        await note_lookup(
            database,
            at=at,
            caller=caller,
            what="patient",
            seen=[("", patient_ref)],
            purpose=purpose,
            detail=f"as of {as_of.isoformat()}" if as_of else "",
        )
        found = await reading.of_patient(database, patient_ref, after=place, limit=limit)
        states = [settle(state, at) for _, state in found]
        if as_of is not None:
            then = await registry.as_they_were(database, [s.code for s in states], as_of)
            states = [then[s.code] for s in states if s.code in then and then[s.code].issued]
    return json(
        {
            "prescriptions": [prescription_view(state, as_of or at) for state in states],
            "before": cursors.of_patient(found[-1][0]) if len(found) == limit else None,
        }
    )


def _too_many_lookups() -> Problem:
    return Problem(
        "too-many-lookups",
        429,
        title="Too many look-ups by number from your facility",
        title_vi="Cơ sở của bạn tra cứu quá nhiều lần",
        what_next="Wait a minute, then try again; use the prescription code where you have it.",
        what_next_vi="Hãy chờ một phút rồi thử lại; dùng mã đơn thuốc nếu có.",
        headers={"Retry-After": "60"},
    )
