"""Folds a topic into a schema from where that one is up to given places of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import asyncpg

from services.kernel.folding.log_reader import LogReader
from services.kernel.folding.mechanism import Folder, Folding, LogMismatchError
from services.kernel.log.event_log import EventLog

PROGRESS_EVERY = 20_000


class Refolding:
    """One topic of a room, folded into the schema of `into`; `say` tells a person how far it is.

    Nothing is published unless there are `results` to publish to.
    """

    def __init__(
        self,
        folder: Folder,
        bootstrap: str,
        into: asyncpg.Pool,
        say: Callable[[str], None],
        results: EventLog | None = None,
    ) -> None:
        self.name = folder.topic
        self._reader = LogReader(bootstrap, folder.topic)
        self._folding = Folding(into, folder, results)
        self._say = say
        self._next: dict[int, int] = {}
        self.ends: dict[int, int] = {}

    async def take(self) -> None:
        """Find the log's ends and go on from where this schema is."""
        self.ends = await asyncio.to_thread(self._reader.ends)
        self._next = await self._folding.take(self.ends)
        for partition, next_offset in self._next.items():
            if next_offset > self.ends[partition]:
                raise LogMismatchError(f"{self.name}/{partition} ends at {self.ends[partition]}")

    async def positions(self, live: asyncpg.Connection) -> dict[int, int]:
        """Partition -> next offset of the live schema."""
        rows = await live.fetch(
            "SELECT partition, next_offset FROM fold_position WHERE topic = $1", self.name
        )
        return {row["partition"]: row["next_offset"] for row in rows}

    async def fold_until(self, positions: Mapping[int, int]) -> int:
        """Fold to these positions, as far as the log goes; returns how many records that were.

        One record is read again in each partition, so that the last one folded is compared.
        """
        until = {**positions, **await self.missing(positions)}
        left = {p: end for p, end in until.items() if self._next[p] < end}
        total, done, told = sum(end - self._next[p] for p, end in left.items()), 0, 0
        if left:
            self._reader.read_from({p: max(self._next[p] - 1, 0) for p in left})
        while left:
            fetch = await asyncio.to_thread(self._reader.fetch, left)
            if not fetch:
                continue
            applied = await self._folding.apply(fetch)
            for reason in applied.mismatched.values():
                raise LogMismatchError(reason)
            if applied.lost:
                raise RuntimeError(f"another process folds {self.name} into the same schema")
            self._next.update(applied.next_offsets)
            left = {p: end for p, end in left.items() if self._next[p] < end}
            done += applied.records
            if done - told >= PROGRESS_EVERY:
                told = done
                self._say(f"{done} of {total} records of {self.name}")
        return done

    async def missing(self, positions: Mapping[int, int]) -> dict[int, int]:
        """Partition -> end of the log, where the log ends before the position."""
        if any(position > self.ends.get(p, 0) for p, position in positions.items()):
            self.ends = await asyncio.to_thread(self._reader.ends)  # it may have grown since
        ends = {p: self.ends.get(p, 0) for p in positions}
        return {p: end for p, end in ends.items() if positions[p] > end}

    def close(self) -> None:
        self._reader.close()
