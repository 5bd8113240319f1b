"""The routes of the rules' record: how often each fired, and how often it was right."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from services.kernel.clock import now
from services.kernel.http.idempotency import IdempotencyKey
from services.oversight.casebook import store
from services.oversight.casebook.deciding import release_of
from services.oversight.casebook.queries import (
    ReleaseRequest,
    RuleName,
)
from services.oversight.casebook.refusals import (
    rule_not_held_back,
)
from services.oversight.casebook.views import (
    rule_view,
)
from services.oversight.cases.precision import precision
from services.oversight.cases.reasons import RELEASE_REASONS
from services.oversight.room import Oversight, Regulator, reason_needed
from services.oversight.store import suppressed_by_rule


def routes(oversight: Oversight) -> APIRouter:
    """What is known of the rules' quality, and letting one be heard again."""
    router = APIRouter(tags=["rules"])

    @router.get("/rules", summary="Each rule: how often it fired, and how often it was right")
    async def rules(_caller: Regulator) -> Response:
        """`precision` is that of what people looked at and judged; without enough of it, it says
        little. Rules that are held back fired far too often. `suppressed` is on record only,
        because an exemption holds."""
        async with oversight.pool.acquire() as database:
            watch = await oversight.watching.look(database, anew=True)
            fired = await store.fired(database)
            judged = await store.judgements(database)
            retracted = await store.retracted(database)
            on_record = await suppressed_by_rule(database)
        suppressed: dict[str, dict[str, int]] = {}
        for row in on_record:
            suppressed.setdefault(row["rule"], {})[row["suppressed_by"]] = row["alerts"]
        names = sorted({*fired, *judged, *retracted, *suppressed})
        return _json(
            {
                "rules": [
                    rule_view(
                        name,
                        precision(name, judged.get(name, {})),
                        raised=sum(fired.get(name, {}).values()),
                        retracted=retracted.get(name, 0),
                        suppressed=suppressed.get(name, {}),
                        trips=[trip for trip in watch.trips if trip.rule == name],
                    )
                    for name in names
                ]
            }
        )

    @router.post("/rules/{rule}/release", status_code=202, summary="Let a rule be heard again")
    async def release(
        rule: RuleName, request: ReleaseRequest, caller: Regulator, key: IdempotencyKey
    ) -> Response:
        """For a rule that was held back, once somebody has looked why it fired so often."""
        if request.reason not in RELEASE_REASONS:
            raise reason_needed(RELEASE_REASONS)
        async with oversight.pool.acquire() as database:
            watch = await oversight.watching.look(database, anew=True)
        if not any(trip.rule == rule and trip.is_held_back for trip in watch.trips):
            raise rule_not_held_back()
        event = release_of(rule, request, caller, key, now())
        await oversight.deciding.append(event)
        return _json({"release_id": event.release_id, "rule": rule}, 202)

    return router


def _json(content: Any, status_code: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status_code, media_type="application/json")
