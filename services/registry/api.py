"""Look-ups in the registry. Every read of a prescription or of a person is put on record.

Who has nothing to do with a prescription gets the same answer as for a missing one.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import PrescriptionIssued
from services.kernel.clock import now
from services.kernel.folding.mechanism import partition_of, wait_for_commits
from services.kernel.http.peers import Peer
from services.kernel.http.problems import Problem, not_found, unavailable
from services.kernel.http.tokens import Caller, require
from services.kernel.log.codec import Codec
from services.kernel.log.log_record import LogRecord
from services.registry import store
from services.registry.fold import as_of
from services.registry.folder import RegistryFolder, read_entry
from services.registry.prescription import Prescription, settle
from services.registry.views import may_see, may_see_person, prescription_view, record_view
from services.topology import LOG
from services.vietnam.code_field import CodeField

RECORDS_MAX = 10_000
PAGE_MAX = 100

Anyone = Annotated[Caller, Depends(require("clinic", "pharmacy", "payer", "regulator", "service"))]
Professional = Annotated[Caller, Depends(require("clinic", "pharmacy"))]
Watcher = Annotated[Caller, Depends(require("regulator", "service"))]
Room = Annotated[Caller, Depends(require("service"))]


class PatientLookup(BaseModel):
    """A patient who is present, named by a number on a document they show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["citizen", "passport", "health", "insurance"] = "citizen"
    value: str = Field(min_length=1, max_length=20)


@dataclass
class Registry:
    """What the routes need, put together once; `pool` is set when the room opens."""

    codec: Codec
    identity: Peer
    pool: asyncpg.Pool = field(init=False)

    @asynccontextmanager
    async def reading(self, code: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A connection on which every verdict told so far, on one code or on all, is readable."""
        partitions = range(LOG.partitions) if code is None else [partition_of(code, LOG.partitions)]
        async with self.pool.acquire() as database:
            try:
                await wait_for_commits(database, RegistryFolder.name, partitions)
            except asyncpg.LockNotAvailableError as error:
                raise unavailable("The registry") from error
            yield database

    async def seen(self, code: str, caller: Caller, what: str) -> Prescription:
        """The settled state now, for a caller who may see it."""
        at = now()
        async with self.reading(code) as database:
            state = await store.prescription(database, code)
            if state is None or not may_see(settle(state, at), caller, at):
                raise not_found()
            patient_ref = state.issued.patient_ref if state.issued else ""
            await store.note_lookup(
                database, at=at, caller=caller, what=what, code=code, patient_ref=patient_ref
            )
        return settle(state, at)


def routes(registry: Registry) -> APIRouter:
    """The routes of the room."""
    router = APIRouter(tags=["registry"])

    @router.get("/prescriptions/{code}", summary="A prescription now, or as it was")
    async def prescription(
        code: CodeField, caller: Anyone, as_of: AwareDatetime | None = None
    ) -> Response:
        """`as_of` is a moment of log time; the state is folded anew from the records before it."""
        state = await registry.seen(code, caller, "prescription")
        at = as_of or now()
        if as_of is not None:
            state = await _as_of(registry, code, as_of)
        return _json(prescription_view(settle(state, at), at))

    @router.get("/prescriptions/{code}/history", summary="Every record with its outcome")
    async def history(
        code: CodeField,
        caller: Anyone,
        after_offset: int = -1,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
    ) -> Response:
        await registry.seen(code, caller, "history")
        async with registry.pool.acquire() as database:
            rows = await store.records(database, code, limit=limit, after_offset=after_offset)
        outcomes = [msgspec.json.decode(row["outcome"], type=SubmissionJudged) for row in rows]
        following = outcomes[-1].log_offset if len(outcomes) == limit else None
        return _json({"records": [record_view(o) for o in outcomes], "after_offset": following})

    @router.get("/prescriptions/{code}/person", summary="The personal fields, unsealed")
    async def person(code: CodeField, caller: Professional) -> Response:
        """For the clinic that wrote them and the pharmacy that holds the prescription now."""
        state = await registry.seen(code, caller, "person")
        if not may_see_person(state, caller, now()) or state.issued is None:
            raise not_found()
        return _json(await _unsealed(registry, state, caller))

    @router.post("/patient-prescriptions", summary="The prescriptions of a patient who is present")
    async def of_present_patient(
        lookup: PatientLookup,
        caller: Professional,
        before: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 20,
    ) -> Response:
        body = {
            "identifier": lookup.model_dump(),
            "caller": _on_behalf_of(caller),
            "purpose": "present-patient",
        }
        reply = await registry.identity.post("/patients/lookup", body, repeatable=True)
        if reply.status == 429:
            raise _too_many_lookups()
        if reply.status != 200:
            raise not_found()
        ref = reply.body["patient_ref"]
        return await _of_patient(
            registry, ref, caller, purpose="shown document", before=before, limit=limit
        )

    @router.get("/patients/{patient_ref}/prescriptions", summary="A patient's prescriptions")
    async def of_patient(
        patient_ref: str,
        caller: Watcher,
        purpose: Annotated[str, Query(min_length=3, max_length=200)],
        before: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 20,
    ) -> Response:
        """For regulators, who name their purpose (case number); it stays on record."""
        return await _of_patient(
            registry, patient_ref, caller, purpose=purpose, before=before, limit=limit
        )

    @router.get("/statistics", summary="Counts by submission, verdict and result")
    async def statistics(_caller: Watcher) -> Response:
        async with registry.pool.acquire() as database:
            return _json(await store.totals(database))

    @router.get("/outcomes/{code}/{event_id}", summary="One verdict", include_in_schema=False)
    async def outcome(code: str, event_id: str, _caller: Room) -> Response:
        async with registry.reading(code) as database:
            found = await store.outcome_of(database, code, event_id)
        if found is None:
            raise not_found()
        return _json(found)

    return router


async def _as_of(registry: Registry, code: str, moment: AwareDatetime) -> Prescription:
    async with registry.pool.acquire() as database:
        rows = await store.records(database, code, limit=RECORDS_MAX)
    entries = [
        read_entry(
            registry.codec,
            LogRecord(
                LOG.name,
                row["partition"],
                row["offset"],
                round(row["recorded_at"].timestamp() * 1000),
                code.encode(),
                row["value"],
                (),
            ),
        )
        for row in rows
    ]
    return as_of(entries, code, moment)


def _on_behalf_of(caller: Caller) -> dict[str, str]:
    return {"facility": caller.facility, "role": caller.role, "person": caller.person}


async def _unsealed(registry: Registry, state: Prescription, caller: Caller) -> dict[str, Any]:
    issued = state.issued
    if issued is None:
        raise not_found()
    async with registry.pool.acquire() as database:
        value = await store.value_of(database, state.code, issued.event_id)
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
            "caller": _on_behalf_of(caller),
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


async def _of_patient(
    registry: Registry,
    patient_ref: str,
    caller: Caller,
    *,
    purpose: str,
    before: AwareDatetime | None,
    limit: int,
) -> Response:
    at = now()
    async with registry.reading() as database:
        await store.note_lookup(
            database,
            at=at,
            caller=caller,
            what="patient",
            patient_ref=patient_ref,
            purpose=purpose,
        )
        states = await store.prescriptions_of(database, patient_ref, before=before, limit=limit)
    views = [prescription_view(settle(state, at), at) for state in states]
    following = views[-1]["issued_at"] if len(views) == limit else None
    return _json({"prescriptions": views, "before": following})


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


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
