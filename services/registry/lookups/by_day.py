"""A facility's day books: what it issued or dispensed, or was asked to pay, on one day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from services.kernel.clock import now
from services.kernel.http.problems import not_found
from services.kernel.http.tokens import Caller
from services.registry.lookups import cursors
from services.registry.lookups.asking import (
    Limit,
    PartyOrRegulator,
    PurposeIfAsked,
    Registry,
    bad_cursor,
    bad_parameter,
    json,
    patient_of,
)
from services.registry.parties import BOOKS, Book
from services.registry.prescription import Prescription, settle
from services.registry.store import reading
from services.registry.store.reading import Booked
from services.registry.store.writing import note_lookup
from services.registry.views import may_see, prescription_view, record_view
from services.vietnam.dated_law import LOCAL_TIME

FacilityInPath = Annotated[str, Path(pattern=r"^[\w:.-]{1,40}$")]
DayInPath = Annotated[date, Path(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
After = Annotated[
    str | None,
    Query(max_length=cursors.CURSOR_CHARS_MAX, description="`after` of the last answer."),
]


def routes(registry: Registry) -> APIRouter:
    """The routes by facility and day."""
    router = APIRouter(tags=["by facility and day"])

    @router.get("/facilities/{facility_id}/days/{day}", summary="A facility's day book")
    async def day_book(
        facility_id: FacilityInPath,
        day: DayInPath,
        caller: PartyOrRegulator,
        *,
        book: Book | None = None,
        purpose: PurposeIfAsked = None,
        as_of: AwareDatetime | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        """A clinic finds what it issued, a pharmacy what it dispensed, a payer the claims sent to
        it; a regulator names the book and a purpose. The day is Vietnam's, by when the facility
        says it happened: what is reported late stands under the day it happened. `as_of` shows
        the book and its prescriptions as the registry had them at a moment of log time."""
        which = _book(caller, facility_id, book, purpose)
        try:
            place = cursors.in_book(after) if after else None
        except cursors.CursorError:
            raise bad_cursor("after") from None
        at = now()
        async with registry.reading() as database:
            booked = await reading.book(
                database,
                facility_id,
                which,
                day=_from_until(day),
                after=place,
                recorded_by=as_of,
                limit=limit,
            )
            states = await reading.prescriptions(
                database, {one.outcome.prescription_code for one in booked}
            )
            seen = {c: s for c, s in states.items() if may_see(settle(s, at), caller, at)}
            await note_lookup(
                database,
                at=at,
                caller=caller,
                what="day",
                seen=[(code, patient_of(state)) for code, state in seen.items()] or [("", "")],
                purpose=purpose or "",
                detail=f"{facility_id} {day} {which}",
            )
            if as_of is not None:
                seen = await registry.as_they_were(database, list(seen), as_of)
        views = {code: settle(state, as_of or at) for code, state in seen.items()}
        return json(
            {
                "facility_id": facility_id,
                "day": day,
                "book": which,
                "entries": [_entry(one, views, as_of or at) for one in booked],
                "after": cursors.of_book(booked[-1].place) if len(booked) == limit else None,
            }
        )

    return router


def _book(caller: Caller, facility_id: str, book: Book | None, purpose: str | None) -> Book:
    """Which book this caller may open; a foreign one answers like one that does not exist."""
    own = BOOKS.get(caller.role)
    if own is None:  # a regulator
        if purpose is None:
            raise bad_parameter(
                "purpose",
                "say why you open this facility's book, such as a case number",
                "hãy nêu lý do xem sổ của cơ sở này, ví dụ số hồ sơ",
            )
        return book or "issued"
    if facility_id != caller.facility:
        raise not_found()
    if book not in (None, own):
        raise bad_parameter(
            "book",
            f"your role keeps the book '{own}': leave `book` out",
            f"vai trò của bạn chỉ có sổ '{own}': hãy bỏ `book`",
        )
    return own


def _from_until(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day in Vietnam, and of the next."""
    begins = datetime.combine(day, time.min, LOCAL_TIME)
    return begins, begins + timedelta(days=1)


def _entry(booked: Booked, states: dict[str, Prescription], at: datetime) -> dict[str, Any]:
    state = states.get(booked.outcome.prescription_code)
    return {
        "occurred_at": booked.place.booked_at,
        "record": record_view(booked.outcome),
        "prescription": prescription_view(state, at) if state else None,
    }
