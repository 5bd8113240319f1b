"""What changed since a cursor: how a hospital, a pharmacy or a payer follows its prescriptions."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.contracts.outcomes import SubmissionJudged
from services.kernel.clock import monotonic, now
from services.kernel.http.problems import Problem
from services.kernel.http.tokens import Caller
from services.registry.lookups import cursors
from services.registry.lookups.asking import Party, Registry, bad_cursor, json
from services.registry.lookups.news import GATHER_S, first_of
from services.registry.places import Seen
from services.registry.store import following
from services.registry.store.writing import note_lookup
from services.registry.views import record_view
from services.topology import LOG

CHANGES_MAX = 200
WAIT_S_MAX = 20
FROM_NOW = "now"
RETRY_AFTER_S = 5

Since = Annotated[
    str,
    Query(
        max_length=cursors.CURSOR_CHARS_MAX,
        description="`since` of the last answer; `now` to begin now; left out: from the beginning.",
    ),
]
WaitSeconds = Annotated[
    int, Query(ge=0, le=WAIT_S_MAX, description="How long to wait for the first change.")
]
Limit = Annotated[int, Query(ge=1, le=CHANGES_MAX)]


def routes(registry: Registry) -> APIRouter:
    """The route to follow by."""
    router = APIRouter(tags=["following"])

    @router.get("/changes", summary="What changed since a cursor")
    async def changes(
        request: Request,
        caller: Party,
        since: Since = "",
        wait_s: WaitSeconds = 0,
        limit: Limit = 100,
    ) -> Response:
        """Every record, with its verdict, and everything that passed with time, of the
        prescriptions your facility has to do with: those a clinic issued, those a pharmacy
        reserved or dispensed (up to where it lost them), those claimed from a payer, and whatever
        you submitted. In log order per partition, each once and none left out. Ask again with
        `since` of the answer; it holds for years. Without changes the cursor stays the same."""
        if since == FROM_NOW:
            return json(_page(caller, await _begin(registry), [], limit))
        try:
            seen = cursors.in_changes(since, caller.facility, LOG.partitions)
        except cursors.CursorError:
            raise bad_cursor("since") from None
        stopping = request.app.state.stopping
        news = await _news(registry, caller, seen, wait_s=wait_s, limit=limit, stopping=stopping)
        if news:
            async with registry.pool.acquire() as database:
                until = cursors.of_changes(caller.facility, cursors.after(seen, news))
                detail = f"{since or 'the beginning'}..{until}"
                await note_lookup(database, at=now(), caller=caller, what="changes", detail=detail)
        page = _page(caller, seen, news, limit)
        return json(page if news else page | {"since": since or page["since"]})

    return router


def _page(
    caller: Caller, seen: dict[int, Seen], news: list[SubmissionJudged], limit: int
) -> dict[str, Any]:
    return {
        "changes": [record_view(outcome) for outcome in cursors.in_order(news)],
        "since": cursors.of_changes(caller.facility, cursors.after(seen, news)),
        "more": len(news) == limit,
    }


async def _begin(registry: Registry) -> dict[int, Seen]:
    """Everything told so far counts as seen."""
    async with registry.reading() as database:
        positions = await following.positions(database)
    return {p: Seen(positions.get(p, 0), "") for p in range(LOG.partitions)}


async def _news(
    registry: Registry,
    caller: Caller,
    seen: dict[int, Seen],
    *,
    wait_s: int,
    limit: int,
    stopping: asyncio.Event,
) -> list[SubmissionJudged]:
    """The next changes; no connection is held and nothing is asked while it waits."""
    deadline = monotonic() + wait_s
    with registry.news.expected(caller.facility) as something:
        async with registry.reading() as database:
            positions = await following.positions(database)
            if any(last.offset > positions.get(p, 0) for p, last in seen.items()):
                raise _registry_is_behind()
            found = await following.news(database, caller.facility, seen, limit=limit)
        while not found and something is not None and not stopping.is_set():
            left_s = deadline - monotonic()
            if left_s <= 0:
                break
            await first_of((something, stopping), left_s)
            if something.is_set():
                await asyncio.sleep(GATHER_S)
            something.clear()
            async with registry.pool.acquire() as database:
                found = await following.news(database, caller.facility, seen, limit=limit)
    return found


def _registry_is_behind() -> Problem:
    """The registry has less than this caller has seen: it was put back and folds the rest anew."""
    return Problem(
        "registry-behind",
        503,
        title="The registry is still catching up",
        title_vi="Sổ đăng ký đang cập nhật lại",
        detail="It has not yet come to what this cursor has seen.",
        detail_vi="Sổ chưa cập nhật đến vị trí mà con trỏ này đã thấy.",
        what_next="Ask again with the same cursor in a moment; nothing will be left out. If this "
        "stays, check that the cursor is from this network.",
        what_next_vi="Hãy hỏi lại sau ít phút với cùng con trỏ, không thông tin nào bị bỏ sót. Nếu "
        "vẫn vậy, hãy kiểm tra con trỏ có phải của hệ thống này không.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )
