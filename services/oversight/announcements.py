"""Wakes readers of the feed when the worker has committed new changes.

One connection listens for all readers, so that waiting costs no query. It is a shortcut only: a
reader looks into the table before it waits and after, so a lost announcement costs time, never a
change.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog

from services.kernel.store.database import OUTAGES

GATHER_S = 0.05
"""After an announcement, readers wait this long for what follows it closely."""

AGAIN_AFTER_S = 1.0

log = structlog.get_logger(__name__)


class Announcements:
    """Counts announcements on one channel."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._news = asyncio.Condition()
        self.count = 0

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

    async def after(self, count: int, timeout_s: float) -> None:
        """Wait until more than `count` announcements were made, `timeout_s` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                async with self._news:
                    await self._news.wait_for(lambda: self.count > count)
                await asyncio.sleep(GATHER_S)

    async def _listen(self, pool: asyncpg.Pool) -> None:
        while True:
            try:
                async with pool.acquire() as connection:
                    await self._listen_on(connection)
            except tuple(OUTAGES) as error:
                log.warning("announcements interrupted", error=type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _listen_on(self, connection: asyncpg.Connection) -> None:
        """Returns when the connection is lost."""
        heard, lost = asyncio.Event(), asyncio.Event()

        def on_announcement(*_about: Any) -> None:
            heard.set()

        def on_loss(*_about: Any) -> None:
            lost.set()
            heard.set()

        connection.add_termination_listener(on_loss)
        await connection.add_listener(self._channel, on_announcement)
        try:
            heard.set()  # what was announced before we listened
            while not lost.is_set():
                await heard.wait()
                heard.clear()
                await self._tell()
        finally:
            with suppress(asyncpg.InterfaceError):  # the pool has taken a lost connection back
                connection.remove_termination_listener(on_loss)
                await connection.remove_listener(self._channel, on_announcement)

    async def _tell(self) -> None:
        async with self._news:
            self.count += 1
            self._news.notify_all()
