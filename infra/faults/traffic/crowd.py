"""Many scenes at once, at a bounded rate, on a small set of contended prescriptions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from infra.faults.history import clock
from infra.faults.traffic.scenes import Scenes, Watched

HOT = 24
"""Prescriptions in play at a time."""

AT_ONCE = 16
"""Scenes at a time: under trouble no more calls than these wait."""

ACTS_EACH = 30
ACTS_AFTER_THE_END = 6
"""A prescription leaves after so many acts, a cancelled one sooner."""


class Pace:
    """Hands out turns at a rate, in requests per second; no burst makes up for lost ones."""

    def __init__(self, per_s: float) -> None:
        self._gap_s = 1 / per_s
        self._next = 0.0

    async def turn(self) -> None:
        now = clock()
        self._next = max(self._next + self._gap_s, now)
        await asyncio.sleep(self._next - now)


@dataclass
class Crowd:
    """Plays scenes until stopped. `fresh` gives the next prescription to play on."""

    scenes: Scenes
    fresh: Callable[[], Awaitable[Watched]]
    rng: random.Random
    _hot: list[Watched] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begin; scenes go on until `stop`."""
        self._stopping.clear()
        for _ in range(AT_ONCE):
            self._tasks.add(asyncio.create_task(self._play()))

    async def stop(self) -> None:
        """Let every scene come to its end, with all its repeats; raises what a scene raised."""
        self._stopping.set()
        tasks, self._tasks = self._tasks, set()
        await asyncio.gather(*tasks)
        self._hot.clear()

    def cancel(self) -> None:
        """Break everything off."""
        for task in self._tasks:
            task.cancel()

    async def raise_if_broken(self) -> None:
        """A scene that failed is a fault of the campaign: say so at once."""
        for task in [task for task in self._tasks if task.done()]:
            with suppress(asyncio.CancelledError):
                task.result()

    async def _play(self) -> None:
        while not self._stopping.is_set():
            watched = await self._next()
            await self.scenes.play(watched)

    async def _next(self) -> Watched:
        self._hot = [watched for watched in self._hot if not _is_done(watched)]
        if len(self._hot) < HOT:
            watched = await self.fresh()
            self._hot.append(watched)
            return watched
        return self.rng.choice(self._hot)


def _is_done(watched: Watched) -> bool:
    if watched.is_over:
        return watched.acts >= ACTS_AFTER_THE_END
    return watched.acts >= ACTS_EACH
