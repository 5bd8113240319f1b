"""The routes by which cases are read; every read of a subject's case is put on record first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kernel.clock import now
from services.kernel.http.problems import not_found
from services.kernel.http.tokens import Caller
from services.oversight import store as alerts_store
from services.oversight.casebook import store
from services.oversight.casebook.queries import (
    CaseNumber,
    CaseQuery,
    rank_place,
    written_place,
)
from services.oversight.casebook.views import case_detail, case_summary
from services.oversight.casebook.watching import Watch
from services.oversight.cases.budget import Budget
from services.oversight.cases.case import Case
from services.oversight.cases.finality import IN_HAND, NEW
from services.oversight.queries import PAGE_MAX, Purpose
from services.oversight.room import Oversight, Regulator, purpose_needed
from services.vietnam.dated_law import LOCAL_TIME

SUPPRESSED_SHOWN = 20
"""Of what is on record only, a case names the newest."""


def routes(oversight: Oversight) -> APIRouter:
    """What regulators ask of cases and decide in them."""
    router = APIRouter(tags=["cases"])

    @router.get("/cases", summary="Cases, the heaviest first")
    async def cases(query: Annotated[CaseQuery, Query()], caller: Regulator) -> Response:
        """Every case the filters leave, whatever the day's budget."""
        if query.subject is not None and query.purpose is None:
            raise purpose_needed()
        async with oversight.pool.acquire() as database:
            watch = await oversight.watching.look(database)
            found = await store.cases(
                database,
                statuses=query.status,
                watermark=watch.watermark,
                rule=query.rule,
                subject=query.subject,
                owing=query.owing,
                held_back=() if query.held_back else watch.held_back,
                before=rank_place(query.before),
                limit=query.limit,
            )
            subjects = [one.case.subject for one in found]
            asked = [query.subject] if query.subject else []
            await note(database, caller, "cases", [*subjects, *asked], query.purpose)
        last = found[-1] if len(found) == query.limit else None
        return _json(
            {
                "cases": _summaries((one.case for one in found), watch),
                "before": written_place(last.rank, last.case.number) if last else None,
            }
        )

    @router.get("/work", summary="What to look at today")
    async def work(caller: Regulator) -> Response:
        """Whom somebody must be told of first, then what is in hand, then the heaviest of the new
        as far as the day's budget goes; `left_out` says how many more wait."""
        async with oversight.pool.acquire() as database:
            watch = await oversight.watching.look(database)
            ask = partial(
                store.cases, database, watermark=watch.watermark, held_back=watch.held_back
            )
            owing = await ask(owing=True, limit=PAGE_MAX)
            in_hand = await ask(statuses=IN_HAND, limit=PAGE_MAX)
            budget = Budget(
                a_day=oversight.new_cases_a_day,
                taken=await store.first_decided_since(database, _midnight(now())),
                waiting=await store.new_cases(database, held_back=watch.held_back),
            )
            fresh = await ask(statuses=NEW, limit=min(budget.shown, PAGE_MAX))
            parts = {"must_tell": owing, "in_hand": in_hand, "new": fresh}
            subjects = [one.case.subject for part in parts.values() for one in part]
            await note(database, caller, "work", subjects, None)
        told = {name: _summaries((one.case for one in p), watch) for name, p in parts.items()}
        left_out = max(0, budget.waiting - len(fresh))
        shown = {"a_day": budget.a_day, "taken": budget.taken, "waiting": budget.waiting}
        return _json({**told, "budget": {**shown, "left_out": left_out}})

    @router.get("/cases/{number}", summary="A case with everything that is needed to decide")
    async def case(number: CaseNumber, caller: Regulator, purpose: Purpose = None) -> Response:
        async with oversight.pool.acquire() as database:
            found = await store.case(database, number)
            if found is None:
                raise not_found()
            why = purpose or f"case {number}"
            await note(database, caller, "case", [found.subject], why)
            return _json(await detail(oversight, database, found))

    return router


async def detail(oversight: Oversight, database: asyncpg.Connection, case: Case) -> Any:
    """A case as it is shown."""
    watch = await oversight.watching.look(database)
    return case_detail(
        case,
        await store.alerts_of(database, case.alerts),
        await store.decisions_of(database, case.number),
        await store.suppressed_of(
            database, case.subject_kind, case.subject, limit=SUPPRESSED_SHOWN
        ),
        watch=watch,
        places=oversight.places,
        at=now(),
    )


async def note(
    database: asyncpg.Connection,
    caller: Caller,
    what: str,
    subjects: Collection[str],
    purpose: str | None,
) -> None:
    """Put a read on record."""
    await alerts_store.note_lookup(
        database, at=now(), caller=caller, what=what, subjects=subjects, purpose=purpose or ""
    )


def _summaries(cases: Any, watch: Watch) -> list[dict[str, Any]]:
    at = now()
    return [case_summary(case, watch, at) for case in cases]


def _midnight(moment: datetime) -> datetime:
    local = moment.astimezone(LOCAL_TIME)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _json(content: Any, status_code: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(content), status_code, headers, media_type="application/json"
    )
