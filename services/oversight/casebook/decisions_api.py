"""The routes by which people decide in cases. What they decide is on the log for ever."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from services.contracts.decisions import CaseDecided
from services.kernel.clock import now
from services.kernel.http.idempotency import IdempotencyKey
from services.kernel.http.problems import not_found
from services.kernel.http.tokens import Caller
from services.oversight.casebook import store
from services.oversight.casebook.api import detail, note
from services.oversight.casebook.deciding import decision_of
from services.oversight.casebook.queries import (
    CaseNumber,
    DecisionRequest,
)
from services.oversight.casebook.refusals import (
    RETRY_AFTER_S,
    key_used_before,
    refused,
    still_provisional,
)
from services.oversight.casebook.views import (
    decision_view,
    may,
)
from services.oversight.casebook.watching import Watch
from services.oversight.cases.case import Case
from services.oversight.cases.deciding import to_tell
from services.oversight.cases.finality import provisional
from services.oversight.cases.folding import Decision
from services.oversight.queries import NameInPath
from services.oversight.room import Oversight, Regulator

TELLING = frozenset(("REFERRED",))


def routes(oversight: Oversight) -> APIRouter:
    """Steps in cases."""
    router = APIRouter(tags=["cases"])

    @router.post("/cases/{number}/decisions", status_code=201, summary="Take a step in a case")
    async def decide(
        number: CaseNumber, request: DecisionRequest, caller: Regulator, key: IdempotencyKey
    ) -> Response:
        """On the log for ever, beside the alerts it is about. The log decides: who decides on a
        case that changed meanwhile is overtaken (409) and looks again."""
        async with oversight.pool.acquire() as database:
            found = await store.case(database, number)
            if found is None:
                raise not_found()
            watch = await oversight.watching.look(database, anew=_tells(request))
            not_told = watch.held_back_in(found) if _tells(request) else ()
            wanted = decision_of(found, request, caller, key, now(), not_told=not_told)
            known = await store.decision(database, wanted.decision_id)
        if known is None:
            _refuse_what_is_provisional(found, wanted, watch)
            await oversight.deciding.append(wanted)
        ruled = known or await oversight.deciding.ruled(
            oversight.pool, oversight.announcements, wanted.decision_id
        )
        if ruled is not None and not _is_the_same(ruled.event, wanted):
            raise key_used_before()  # the log keeps the first decision of a key
        return await _ruling(oversight, caller, number, wanted.decision_id, ruled)

    @router.get("/cases/{number}/decisions/{decision_id}", summary="What became of a decision")
    async def decision(number: CaseNumber, decision_id: NameInPath, caller: Regulator) -> Response:
        async with oversight.pool.acquire() as database:
            found = await store.decision(database, decision_id)
        if found is not None and found.event.case_number != number:
            raise not_found()
        return await _ruling(oversight, caller, number, decision_id, found)

    return router


async def _ruling(
    oversight: Oversight, caller: Caller, number: int, decision_id: str, ruled: Decision | None
) -> Response:
    if ruled is None:
        place = f"/cases/{number}/decisions/{decision_id}"
        said = {
            "decision_id": decision_id,
            "ruling": "late",
            "message": "It is recorded; whether it counts is not known yet. Ask at Location.",
            "message_vi": "Đã ghi nhận; chưa rõ có hiệu lực không. Hãy hỏi lại theo Location.",
        }
        return _json(said, 202, {"Location": place, "Retry-After": str(RETRY_AFTER_S)})
    async with oversight.pool.acquire() as database:
        case = await store.case(database, number)
        if case is None or ruled.ruling != "accepted":
            raise refused(ruled.ruling, may(case) if case else ())
        await note(database, caller, "decision", [case.subject], f"case {number}")
        shown = await detail(oversight, database, case)
    return _json({"decision": decision_view(ruled), "case": shown}, 201)


def _is_the_same(one: CaseDecided, other: CaseDecided) -> bool:
    """Whether two records are of one request, sent once or more: the clock and what is held back
    may differ between."""
    same = {"decided_at": other.decided_at, "not_told": other.not_told}
    return msgspec.structs.replace(one, **same) == other


def _tells(decision: DecisionRequest | CaseDecided) -> bool:
    """Whether somebody outside hears of a suspicion by it."""
    return decision.step in TELLING or any(i.message == "SUSPICION" for i in decision.informed)


def _refuse_what_is_provisional(case: Case, wanted: CaseDecided, watch: Watch) -> None:
    """Nobody outside hears of what may still turn out to be nothing, unless it cannot wait."""
    if not _tells(wanted) or wanted.although_provisional:
        return
    not_final = provisional(case, to_tell(case, wanted.not_told), watch.watermark)
    if not_final:
        raise still_provisional(not_final)


def _json(content: Any, status_code: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(content), status_code, headers, media_type="application/json"
    )
