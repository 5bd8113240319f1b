"""Wakes readers of the feed when the worker has committed new changes.

One connection listens for all readers, so that waiting costs no query. It is a shortcut only: a
reader looks into the table before it waits and after, so a lost announcement costs time, never a
change.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, suppress

import asyncpg

from services.kernel.store.database import listening

GATHER_S = 0.05
"""After an announcement, readers wait this long for what follows it closely."""


class Announcements:
    """Counts announcements on one channel."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._next = asyncio.Event()
        self.count = 0

    def listening(self, pool: asyncpg.Pool) -> AbstractAsyncContextManager[None]:
        """Listen until the block ends, on a new connection whenever one is lost."""
        return listening(pool, self._channel, self._heard)

    async def after(self, count: int, timeout_s: float) -> None:
        """Wait until more than `count` announcements were made, `timeout_s` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.count <= count:
                    await self._next.wait()
                await asyncio.sleep(GATHER_S)

    def _heard(self, _said: str | None) -> None:
        self.count += 1
        now, self._next = self._next, asyncio.Event()
        now.set()
