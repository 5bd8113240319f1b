"""What regulators ask. Every read of a person's alerts is put on record before it is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from services.kernel.clock import monotonic, now
from services.kernel.http.peers import Peer
from services.kernel.http.problems import Problem, not_found
from services.oversight import store
from services.oversight.casebook.store import cases_of, idle_partitions, watermark
from services.oversight.casebook.views import standing
from services.oversight.cursors import Place, feed_cursor, page, place, written
from services.oversight.projection import Changed
from services.oversight.queries import (
    PAGE_MAX,
    After,
    AlertQuery,
    Limit,
    NameInPath,
    Purpose,
    WaitSeconds,
)
from services.oversight.redriving import store as redriving
from services.oversight.room import Oversight, Regulator, Watcher, purpose_needed
from services.oversight.views import (
    alert_detail,
    alert_summary,
    feed_entry,
)
from services.vietnam.dated_law import LOCAL_TIME

CHANGES_MAX = 200
DAYS_TOLD = 30


def routes(oversight: Oversight) -> APIRouter:
    """The routes of the room."""
    router = APIRouter(tags=["oversight"])

    @router.get("/alerts", summary="Alerts, the newest first")
    async def alerts(query: Annotated[AlertQuery, Query()], caller: Regulator) -> Response:
        """`feed` is where the feed of changes goes on from this answer. Statistics (S4) and what
        is held back are left out unless asked for."""
        if query.subject is not None and query.purpose is None:
            raise purpose_needed()
        async with oversight.pool.acquire() as database:
            end = await store.feed_end(database)  # first, so that the feed misses nothing
            watch = await oversight.watching.look(database)
            found = await store.alerts(
                database,
                rule=query.rule,
                severities=query.severity,
                subject=query.subject,
                status=query.status,
                since=query.since,
                statistics=query.statistics or "S4" in query.severity,
                held_back=() if query.held_back else watch.held_back,
                before=place(query.before),
                limit=query.limit,
            )
            numbers = await cases_of(database, (alert.alert_id for alert in found))
            subjects = [alert.subject for alert in found]
            await store.note_lookup(
                database,
                at=now(),
                caller=caller,
                what="alerts",
                subjects=[*subjects, query.subject] if query.subject else subjects,
                purpose=query.purpose or "",
            )
        last = found[-1] if len(found) == query.limit else None
        return _json(
            {
                "alerts": [
                    alert_summary(alert) | standing(alert, watch, numbers.get(alert.alert_id))
                    for alert in found
                ],
                "before": str(Place(last.raised_at, last.alert_id)) if last else None,
                "feed": written(end),
            }
        )

    @router.get("/alerts/feed", summary="Every change of an alert, as it comes")
    async def feed(
        caller: Regulator,
        after: After = "",
        wait_seconds: WaitSeconds = 0,
        limit: Limit = PAGE_MAX,
        statistics: bool = False,
    ) -> Response:
        """The changes after a cursor; without one, from the beginning. Waits up to `wait_seconds`
        for the first. Ask again with the `after` of the answer; no change is passed over. Those of
        statistics (S4) and of rules that are held back come only with `statistics`; the list has
        what a release lets be heard later."""
        changes, cursor = await _following(
            oversight, feed_cursor(after), wait_seconds, limit, statistics=statistics
        )
        if changes:
            async with oversight.pool.acquire() as database:
                subjects = [changed.change.subject for changed in changes]
                await store.note_lookup(
                    database, at=now(), caller=caller, what="feed", subjects=subjects
                )
        entries = [feed_entry(changed) for changed in changes]
        return _json({"changes": entries, "after": written(cursor), "more": len(entries) == limit})

    @router.get("/alerts/{alert_id}", summary="An alert with its evidence and its history")
    async def alert(alert_id: NameInPath, caller: Regulator, purpose: Purpose = None) -> Response:
        """An alert is an indication, a reason to look; the answer says what it does not mean."""
        async with oversight.pool.acquire() as database:
            found = await store.alert(database, alert_id)
            if found is None:
                raise not_found()
            await store.note_lookup(
                database,
                at=now(),
                caller=caller,
                what="alert",
                subjects=[found.subject],
                purpose=purpose or alert_id,
            )
            changes = await store.changes_of(database, alert_id, limit=CHANGES_MAX)
            watch = await oversight.watching.look(database)
            number = (await cases_of(database, [alert_id])).get(alert_id)
        shown = alert_detail(found, changes, oversight.places)
        return _json(shown | standing(found, watch, number))

    @router.get("/statistics", summary="Open alerts, alerts per day, dead letters, the registry")
    async def statistics(_caller: Watcher) -> Response:
        """`alerts_per_day` goes by Vietnam's calendar and covers the last 30 days. When the
        registry does not answer, the answer says so and gives the rest."""
        first_day = (now().astimezone(LOCAL_TIME) - timedelta(days=DAYS_TOLD - 1)).date()
        async with oversight.pool.acquire() as database:
            open_alerts = await store.open_by_rule(database)
            suppressed = await store.suppressed_by_rule(database)
            days = await store.per_day(database, first_day)
            letters = await redriving.dead_letters_by_origin(database)
            mark, idle = await watermark(database), await idle_partitions(database)
        return _json(
            {
                "open_alerts": [dict(row) for row in open_alerts],
                "suppressed_alerts": [dict(row) for row in suppressed],
                "alerts_per_day": [dict(row) for row in days],
                "dead_letters": [dict(row) for row in letters],
                "facts_complete_until": mark,
                "idle_partitions": idle,
                "registry": await _registry_statistics(oversight.registry),
            }
        )

    return router


async def _following(
    oversight: Oversight,
    cursor: dict[int, int],
    wait_seconds: int,
    limit: int,
    *,
    statistics: bool,
) -> tuple[list[Changed], dict[int, int]]:
    """The next changes; no connection is held and no table asked while it waits."""
    deadline = monotonic() + wait_seconds
    while True:
        announced = oversight.announcements.count
        async with oversight.pool.acquire() as database:
            held = () if statistics else (await oversight.watching.look(database)).held_back
            partitions = await store.changes_after(
                database, cursor, statistics=statistics, held_back=held, limit=limit
            )
        left_s = deadline - monotonic()
        if partitions or left_s <= 0:
            return page(partitions, cursor, limit)
        await oversight.announcements.after(announced, left_s)


async def _registry_statistics(registry: Peer) -> dict[str, Any]:
    try:
        reply = await registry.get("/statistics")
    except Problem:
        reply = None
    if reply is not None and reply.status == 200:
        return {"available": True, **reply.body}
    return {
        "available": False,
        "message": "The registry does not answer; its figures are missing here. Ask again later.",
        "message_vi": "Sổ đăng ký không phản hồi nên thiếu số liệu của nó. Hãy hỏi lại sau.",
    }


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
