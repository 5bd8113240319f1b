"""Results go out as soon as they are certain, while the states they come from are being written.

A result follows from the log alone: should writing the states fail, the batch is folded anew and
comes to the same results with the same ids. So nobody waits for Postgres to hear a verdict; only
the commit waits for both, the states and the acknowledgement of every result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from services.kernel.log.event_log import Record

Tell = Callable[[Sequence[Record]], None]
"""Takes results of a batch, in order, and returns at once."""

Publish = Callable[[Sequence[Record]], Awaitable[None]]


class Telling:
    """The results of one batch on their way; `begin` has to be done before the first goes out."""

    def __init__(self, publish: Publish, begin: Callable[[], Awaitable[None]] | None) -> None:
        self._publish = publish
        self._begin = begin
        self._last: asyncio.Task[None] | None = None

    def tell(self, results: Sequence[Record]) -> None:
        """Send these after those that were given before."""
        self._last = asyncio.create_task(self._after(self._last, results))

    async def all_told(self) -> None:
        """Return when every result is acknowledged. Raises what kept one from it."""
        if self._last is not None:
            await self._last

    async def end(self) -> None:
        """Send nothing more. What is on its way already may arrive: it is a repeat then."""
        if self._last is not None:
            self._last.cancel()  # and with it the one it waits for
            await asyncio.gather(self._last, return_exceptions=True)

    async def _after(self, before: asyncio.Task[None] | None, results: Sequence[Record]) -> None:
        if before is not None:
            await before
        elif self._begin is not None:
            await self._begin()
        await self._publish(results)
