"""The room's API. Rooms seal, open and look up; only the patients' office erases."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.identity import store
from services.identity.keeping import (
    ErasedPatientError,
    Keeper,
    TooManyLookupsError,
    UnknownPatientError,
)
from services.identity.requests import (
    Basis,
    Found,
    LookupRequest,
    OnBehalfOf,
    PatientRef,
    ReadingRecord,
    Readings,
    Sealed,
    SealRequest,
    Unsealed,
    UnsealRequest,
    Word,
    legal_basis,
)
from services.identity.sealing import NotAuthenticError, Place, key_number
from services.identity.store import Reading
from services.kernel import clock, telemetry
from services.kernel.http.problems import Problem, not_found
from services.kernel.http.tokens import Caller, require

Room = Annotated[Caller, Depends(require("service"))]
PatientsOffice = Annotated[Caller, Depends(require("patient-services"))]
PAGE_MAX = 200


def routes(keeper: Keeper) -> APIRouter:
    """The routes of the room."""
    router = APIRouter(prefix="/patients", tags=["patients"])

    @router.post("/seal", summary="Name a patient and seal what is personal")
    async def seal(request: SealRequest, _caller: Room) -> Sealed:
        """Makes the patient when the number is new. The same request gives the same bytes."""
        ref, key, sealed = await keeper.seal(
            request.identifier.canonical(), request.event_id, request.fields
        )
        return Sealed(patient_ref=ref, sealed_key=key, sealed=sealed)

    @router.post("/unseal", summary="Open sealed fields")
    async def unseal(request: UnsealRequest, caller: Room) -> Unsealed:
        """The reading is put on record, for the patient to see. 410 once the key was deleted."""
        place = Place(request.patient_ref, key_number(request.sealed_key), request.event_id)
        reading = _reading(
            "unseal",
            caller,
            request.caller,
            event_id=request.event_id,
            fields=tuple(sorted(request.sealed)),
            purpose=request.purpose,
            reason=request.reason,
        )
        try:
            return Unsealed(fields=await keeper.unseal(place, request.sealed, reading))
        except ErasedPatientError:
            raise _erased() from None
        except UnknownPatientError:
            raise not_found() from None
        except NotAuthenticError:
            raise _not_authentic() from None

    @router.post("/lookup", summary="Find a patient by number")
    async def look_up(request: LookupRequest, caller: Room) -> Found:
        """Put on record, found or not; so many a minute for each facility, then 429."""
        reading = _reading(
            "lookup",
            caller,
            request.caller,
            purpose=request.purpose,
            reason=request.reason,
        )
        try:
            ref = await keeper.look_up(request.identifier.canonical(), reading)
        except UnknownPatientError:
            raise not_found() from None
        except TooManyLookupsError as error:
            raise _too_many(math.ceil(error.seconds)) from None
        return Found(patient_ref=ref)

    @router.delete("/{patient_ref}/key", status_code=204, summary="Erase a patient")
    async def erase(
        patient_ref: PatientRef,
        caller: PatientsOffice,
        reason: Annotated[Word, Query(description="Case number; nothing personal.")] = "",
        basis: Annotated[
            Basis, Query(description="Why it is lawful (Law 91/2025/QH15, Article 14).")
        ] = "person-request",
    ) -> Response:
        """Deletes the patient's keys and whatever leads to them, for ever, also in copies that are
        restored later. Every copy of every sealed field becomes unreadable; the person's next
        prescription starts a new reference. Doing it again changes nothing."""
        try:
            await keeper.erase(
                patient_ref,
                by=caller.client_id,
                reason=reason,
                legal_basis=legal_basis(basis),
            )
        except UnknownPatientError:
            raise not_found() from None
        return Response(status_code=204)

    @router.get("/{patient_ref}/reads", summary="Who read a patient's data")
    async def reads(
        patient_ref: PatientRef,
        _caller: PatientsOffice,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    ) -> Readings:
        """Newest first. It stays on record after the patient was erased."""
        if not await store.is_known(keeper.pool, patient_ref):
            raise not_found()
        rows = await store.readings(keeper.pool, patient_ref, before=before, limit=limit)
        records = [ReadingRecord(**row) for row in rows]
        return Readings(reads=records, before=records[-1].id if len(records) == limit else None)

    return router


def _reading(
    kind: str,
    room: Caller,
    caller: OnBehalfOf,
    *,
    purpose: str,
    reason: str,
    event_id: str = "",
    fields: tuple[str, ...] = (),
) -> Reading:
    return Reading(
        at=clock.now(),
        kind=kind,
        event_id=event_id,
        fields=fields,
        room=room.client_id,
        facility=caller.facility,
        role=caller.role,
        person=caller.person,
        purpose=purpose,
        reason=reason,
        request_id=telemetry.request_id.get(),
    )


def _erased() -> Problem:
    return Problem(
        "erased",
        410,
        title="The patient's data was erased",
        title_vi="Dữ liệu của người bệnh đã bị xóa",
        detail="The key that opened these fields was deleted; nobody can open them any more.",
        detail_vi="Khóa mở các trường này đã bị xóa; không ai có thể mở lại được nữa.",
        what_next="Ask the patient for what you need to know.",
        what_next_vi="Hãy hỏi trực tiếp người bệnh những thông tin cần thiết.",
    )


def _not_authentic() -> Problem:
    return Problem(
        "sealed-not-authentic",
        422,
        title="The sealed fields do not belong here",
        title_vi="Dữ liệu niêm phong không khớp",
        detail="A field was changed, or sealed for another patient, event or field name.",
        detail_vi="Có trường đã bị sửa, hoặc được niêm phong cho người bệnh, sự kiện hay tên khác.",
        what_next="Send the fields exactly as they stand in the event they come from.",
        what_next_vi="Hãy gửi đúng các trường như trong sự kiện gốc.",
    )


def _too_many(seconds: int) -> Problem:
    return Problem(
        "too-many-lookups",
        429,
        title="Too many look-ups",
        title_vi="Tra cứu quá nhiều lần",
        detail="The facility has looked up as many people as it may within a minute.",
        detail_vi="Cơ sở đã tra cứu hết số lượt cho phép trong một phút.",
        what_next=f"Try again in {seconds} s.",
        what_next_vi=f"Hãy thử lại sau {seconds} giây.",
        headers={"Retry-After": str(seconds)},
    )
