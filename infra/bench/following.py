"""Follows a fold from outside: how far it is, what it needs meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg
import psutil

from infra.bench import costs, store
from infra.bench.measured import Measured, thinned
from infra.local.network import LocalNetwork
from infra.problem import Problem

POLL_S = 0.05
"""Each look at the position costs Postgres a fraction of a millisecond."""

STALL_S = 60.0


@dataclass(frozen=True, slots=True)
class Fold:
    """What is followed: a topic into a schema, to the offset sum `end`; `who` does it, `said` is
    what they said last."""

    owner: asyncpg.Connection
    schema: str
    topic: str
    end: int
    who: str
    said: Callable[[], str]

    async def taken(self) -> None:
        """Wait until somebody owns the partitions. Problem when nobody does."""
        began = time.monotonic()
        while await self.applied() is None:
            await self.pause(began)

    async def applied(self) -> int | None:
        """How many records are applied; None before partitions are taken."""
        return await store.applied(self.owner, self.schema, self.topic)

    def resident(self, processes: Sequence[psutil.Process]) -> int:
        """Memory of the largest process in bytes; Problem when one has ended."""
        try:
            return max(process.memory_info().rss for process in processes)
        except psutil.NoSuchProcess as error:
            raise Problem(f"{self.who} ended too early. It said:\n{self.said()}") from error

    async def pause(self, moved_at: float) -> None:
        """Wait for the next look; Problem when nothing has moved for long."""
        if time.monotonic() - moved_at > STALL_S:
            raise Problem(f"{self.who} folded nothing for {STALL_S:.0f} s. It said:\n{self.said()}")
        await asyncio.sleep(POLL_S)


async def follow(
    fold: Fold, network: LocalNetwork, processes: Sequence[psutil.Process], began: float
) -> Measured:
    """Watch a fold to its end. `began` is when it could begin (monotonic seconds); processor time
    counts from now. Of several processes the memory of the largest is told."""
    servers = costs.ProcessorTime(network, costs.SERVERS)
    cpu_began = costs.seconds_of(processes)
    wal_began = await store.wal_bytes(fold.owner)
    done, moved_at = 0, began
    memory: list[tuple[float, int]] = []
    while done < fold.end:
        await fold.pause(moved_at)
        memory.append((round(time.monotonic() - began, 2), fold.resident(processes)))
        now_done = await fold.applied() or 0
        if now_done > done:
            done, moved_at = now_done, time.monotonic()
    return Measured(
        records=done,
        seconds=moved_at - began,
        began=began,
        cpu_seconds=costs.seconds_of(processes) - cpu_began,
        memory_bytes=max(resident for _, resident in memory),
        memory=thinned(memory),
        server_cpu_seconds=servers.read(),
        disk_bytes={"postgres-wal": await store.wal_bytes(fold.owner) - wal_began},
    )
