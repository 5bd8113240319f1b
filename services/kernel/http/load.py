"""Takes no more requests at once than can be answered in good time.

A process that takes everything answers everybody late: who asked first has given up when the answer
comes, and asks again. What is turned away here costs next to nothing and is told when to come back.
"""

from __future__ import annotations

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kernel.http.problems import busy

TURNED_AWAY = Counter(
    "rxlog_http_turned_away_total",
    "Requests turned away because too many were under way.",
    ("room",),
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They may wait for news for a long time and do no work meanwhile, so they are not counted."""


class LoadMiddleware:
    """Lets so many requests that change something be under way. Raises `Problem` (503)."""

    def __init__(self, app: ASGIApp, room: str, at_once_max: int) -> None:
        self._app = app
        self._room = room
        self._at_once_max = at_once_max
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return
        if self._under_way >= self._at_once_max:
            TURNED_AWAY.labels(self._room).inc()
            raise busy()
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1
