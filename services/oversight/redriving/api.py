"""The routes of dead letters."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from services.kernel.clock import now
from services.kernel.http.problems import not_found
from services.oversight import store
from services.oversight.cursors import Place, place
from services.oversight.queries import (
    Before,
    Limit,
    NameInPath,
)
from services.oversight.redriving import store as redriving
from services.oversight.room import Oversight, Watcher
from services.oversight.views import (
    dead_letter_view,
)

PREVIEW_BYTES = 4096


def routes(oversight: Oversight) -> APIRouter:
    """What could not be read, and what became of it."""
    router = APIRouter(tags=["oversight"])

    @router.get("/dead-letters", summary="Records that could not be read, the newest first")
    async def dead_letters(caller: Watcher, before: Before = None, limit: Limit = 20) -> Response:
        """Keys and values are base64 and cut at 4096 bytes here; one letter alone is whole."""
        async with oversight.pool.acquire() as database:
            await store.note_lookup(database, at=now(), caller=caller, what="dead-letters")
            rows = await redriving.dead_letters(
                database, before=place(before), limit=limit, bytes_max=PREVIEW_BYTES
            )
            redrives = await redriving.redrives_of(
                database, (row["dead_letter_id"] for row in rows)
            )
        last = rows[-1] if len(rows) == limit else None
        return _json(
            {
                "dead_letters": [dead_letter_view(row, redrives) for row in rows],
                "before": str(Place(last["recorded_at"], last["dead_letter_id"])) if last else None,
            }
        )

    @router.get("/dead-letters/{dead_letter_id}", summary="A dead letter, whole")
    async def dead_letter(dead_letter_id: NameInPath, caller: Watcher) -> Response:
        async with oversight.pool.acquire() as database:
            row = await redriving.dead_letter(database, dead_letter_id)
            if row is None:
                raise not_found()
            await store.note_lookup(
                database, at=now(), caller=caller, what="dead-letter", purpose=dead_letter_id
            )
            redrives = await redriving.redrives_of(database, [dead_letter_id])
        return _json(dead_letter_view(row, redrives) | {"headers": msgspec.Raw(row["headers"])})

    return router


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
