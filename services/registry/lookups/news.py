"""Wakes those who wait for news of a facility when the worker has committed some.

One connection listens for all of them, so waiting holds no connection and asks nothing. It is a
shortcut only: a reader looks before it waits and after, so a lost notice costs time, never a
change.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

import asyncpg

from services.kernel.store.database import listening
from services.registry.store.writing import channel

WAITING_MAX, WAITING_OF_ONE_MAX = 1_000, 8
"""Who comes when so many wait, or so many of one facility, is answered at once."""

GATHER_S = 0.05
"""After a notice, this long is waited for what follows it closely."""


class News:
    """Who waits for which facility."""

    def __init__(self, schema: str) -> None:
        self._channel = channel(schema)
        self._waiting: dict[asyncio.Event, str] = {}
        self._of_one: Counter[str] = Counter()

    def listening(self, pool: asyncpg.Pool) -> AbstractAsyncContextManager[None]:
        """Listen until the block ends, on a new connection whenever one is lost."""
        return listening(pool, self._channel, self._heard)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextmanager
    def expected(self, facility_id: str) -> Iterator[asyncio.Event | None]:
        """An event that news of the facility set, from now on; None when too many wait already."""
        if len(self._waiting) >= WAITING_MAX or self._of_one[facility_id] >= WAITING_OF_ONE_MAX:
            yield None
            return
        event = asyncio.Event()
        self._waiting[event] = facility_id
        self._of_one[facility_id] += 1
        try:
            yield event
        finally:
            del self._waiting[event]
            self._of_one[facility_id] -= 1
            if not self._of_one[facility_id]:
                del self._of_one[facility_id]

    def _heard(self, said: str | None) -> None:
        """Wake those who wait for one of the facilities that were named; all when it is not known
        which."""
        about = None if said is None else set(said.split())
        for event, facility in self._waiting.items():
            if about is None or facility in about:
                event.set()


async def first_of(events: Iterable[asyncio.Event], timeout_s: float) -> None:
    """Wait until one of the events is set, `timeout_s` at most."""
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
