"""Wakes those who wait for news of a facility when the worker has committed some.

One connection listens for all of them, so waiting holds no connection and asks nothing. It is a
shortcut only: a reader looks before it waits and after, so a lost notice costs time, never a
change.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg
import structlog

from services.kernel.store.database import OUTAGES
from services.registry.store.writing import channel

WAITING_MAX, WAITING_OF_ONE_MAX = 1_000, 8
"""Who comes when so many wait, or so many of one facility, is answered at once."""

GATHER_S = 0.05
"""After a notice, this long is waited for what follows it closely."""

AGAIN_AFTER_S = 1.0

log = structlog.get_logger(__name__)


class News:
    """Who waits for which facility."""

    def __init__(self, schema: str) -> None:
        self._channel = channel(schema)
        self._waiting: dict[asyncio.Event, str] = {}
        self._of_one: Counter[str] = Counter()

    @asynccontextmanager
    async def listening(self, pool: asyncpg.Pool) -> AsyncIterator[None]:
        """Listen until the block ends, on a new connection whenever one is lost."""
        task = asyncio.create_task(self._listen(pool))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

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

    def _tell(self, facilities: Iterable[str] | None) -> None:
        """Wake those who wait for one of these facilities; all when None."""
        about = None if facilities is None else set(facilities)
        for event, facility in self._waiting.items():
            if about is None or facility in about:
                event.set()

    async def _listen(self, pool: asyncpg.Pool) -> None:
        while True:
            try:
                async with pool.acquire() as connection:
                    await self._listen_on(connection)
            except tuple(OUTAGES) as error:
                log.warning("news interrupted", error=type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _listen_on(self, connection: asyncpg.Connection) -> None:
        """Returns when the connection is lost."""
        lost = asyncio.Event()

        def on_notice(_connection: Any, _pid: int, _channel: str, facilities: str) -> None:
            self._tell(facilities.split())

        def on_loss(*_about: Any) -> None:
            lost.set()

        connection.add_termination_listener(on_loss)
        await connection.add_listener(self._channel, on_notice)
        try:
            self._tell(None)  # what was told before we listened
            await lost.wait()
        finally:
            with suppress(asyncpg.InterfaceError):  # the pool has taken a lost connection back
                connection.remove_termination_listener(on_loss)
                await connection.remove_listener(self._channel, on_notice)


async def first_of(events: Iterable[asyncio.Event], timeout_s: float) -> None:
    """Wait until one of the events is set, `timeout_s` at most."""
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
