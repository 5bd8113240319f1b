"""Takes no more requests at once than can be answered in good time.

A process that takes everything answers everybody late: who asked first has given up when the answer
comes, and asks again. What is turned away here costs next to nothing and is told when to come back.
"""

from __future__ import annotations

import asyncio

from prometheus_client import Counter, Gauge
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kernel import clock
from services.kernel.http.problems import busy

GOOD_TIME_S = 0.5
"""With a queue at the counter an answer that takes longer is a bad one; a second is the most."""

PATIENCE_S = 2.0
"""A crowd that comes at once is waited for; it is too much when no answer is quick for so long."""

LOOK_EVERY_S, BEHIND_S = 0.05, 0.2
"""A loop that comes round so late has more to read than it can answer."""

AT_ONCE_MIN = 16
"""However slow answers are, so many are waited for: what makes them slow may be over."""

FEWER, MORE = 0.8, 0.1
"""An answer that took too long leaves four fifths of the places, ten good ones make one more."""

TURNED_AWAY = Counter(
    "rxlog_http_turned_away_total",
    "Requests turned away because too many were under way.",
    ("room",),
)
PLACES = Gauge(
    "rxlog_http_places",
    "Requests that change something which may be under way at once.",
    ("room",),
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They may wait for news for a long time and do no work meanwhile, so they are not counted."""


class Places:
    """How many requests may be under way: as many as are answered in good time.

    Additive increase, multiplicative decrease (Chiu and Jain 1989; TCP's way), once answers have
    been slow for some time (CoDel, RFC 8289): what a machine can do at the moment shows in how long
    answers take, and nowhere else. Moments are monotonic seconds.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._least = float(min(most, AT_ONCE_MIN))
        self._slow_since: float | None = None
        self._cut_at = float("-inf")
        self._rounds_late = 0
        self.number = self._most
        self.taken = 0

    @property
    def is_free(self) -> bool:
        """Whether another request may begin."""
        return self.taken + 1 <= (self._least if self.is_behind else self.number)

    @property
    def is_behind(self) -> bool:
        """Whether the process does not get round to its requests in good time. One late round is a
        machine that was busy with something else; what waited meanwhile is answered."""
        return self._rounds_late > 1

    def came_round(self, late_s: float) -> None:
        """The loop looked at itself once more."""
        self._rounds_late = self._rounds_late + 1 if late_s > BEHIND_S else 0

    def answered(self, began: float, now: float) -> None:
        """An answer is out. Of those that waited together only the first takes places away."""
        if now - began <= GOOD_TIME_S:
            self._slow_since = None
            self.number = min(self.number + MORE, self._most)
            return
        if self._slow_since is None:
            self._slow_since = now
        if now - self._slow_since >= PATIENCE_S and began >= self._cut_at:
            self._cut_at = now
            self.number = max(self.number * FEWER, self._least)


class LoadMiddleware:
    """Lets so many requests that change something be under way. Raises `Problem` (503)."""

    def __init__(self, app: ASGIApp, room: str, at_once_max: int) -> None:
        self._app = app
        self._room = room
        self._places = Places(at_once_max)
        self._watching: asyncio.Task[None] | None = None
        PLACES.labels(room).set_function(lambda: self._places.number)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READS:
            await self._app(scope, receive, send)
            return
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        places = self._places
        if not places.is_free:
            TURNED_AWAY.labels(self._room).inc()
            raise busy()
        places.taken += 1
        began = clock.monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            places.taken -= 1
            places.answered(began, clock.monotonic())

    async def _watch(self) -> None:
        """Requests that wait to be read are counted nowhere, but a loop that has many of them comes
        round late."""
        while True:
            began = clock.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)
            self._places.came_round(clock.monotonic() - began - LOOK_EVERY_S)
