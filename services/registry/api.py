"""Look-ups in the registry. Every read of a prescription or of a person is put on record.

Who has nothing to do with a prescription gets the same answer as for a missing one. The routes
themselves are in `lookups/`.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import Response

from services.registry.lookups import by_code, by_day, by_patient, following
from services.registry.lookups.asking import Registry, Watcher, json
from services.registry.store import reading


def routers(registry: Registry) -> Sequence[APIRouter]:
    """Every route of the room."""
    return (
        by_code.routes(registry),
        by_patient.routes(registry),
        by_day.routes(registry),
        following.routes(registry),
        _figures(registry),
    )


def _figures(registry: Registry) -> APIRouter:
    router = APIRouter(tags=["figures"])

    @router.get("/statistics", summary="Counts by submission, verdict and result")
    async def statistics(_caller: Watcher) -> Response:
        async with registry.pool.acquire() as database:
            return json(await reading.totals(database))

    return router
