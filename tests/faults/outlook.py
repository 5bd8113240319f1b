"""Whether something may still come: a planted bug keeps callers waiting for what never will.

Nobody is given up by the clock, so a slow machine changes no finding. What is looked at: the record
is applied and its outcome does not lie there, or a batch fails over and over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import asyncpg

from infra.faults.checks import Logged, Told
from tests.faults.rooms import Room

LOOK_EVERY_S = 0.5
FAILURES = 3
"""So often in a row a batch must fail before it counts as one that always will."""

FAILED = "fold interrupted"


@dataclass
class Outlook:
    """What may still become of a scenario's records, seen from outside of its workers."""

    connect: Callable[[], Awaitable[asyncpg.Connection]]
    read_log: Callable[[], Awaitable[list[Logged]]]
    read_outcomes: Callable[[], Awaitable[list[Told]]]
    rooms: Sequence[Room]
    _applied: dict[int, int] = field(default_factory=dict)
    _failed_before: int = 0

    async def until_hopeless(self, event_id: str) -> None:
        """Return when the last record with this id will have no outcome of its own."""
        database = await self.connect()
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                applied = await positions(database)
                if self.is_stuck(applied) or await self._is_passed_over(event_id, applied):
                    return
        finally:
            await database.close()

    def is_stuck(self, applied: dict[int, int]) -> bool:
        """Whether batches failed over and over since these positions were reached."""
        failures = sum(room.log.read_text(errors="replace").count(FAILED) for room in self.rooms)
        if applied != self._applied:
            self._applied, self._failed_before = applied, failures
        return failures - self._failed_before >= FAILURES

    async def _is_passed_over(self, event_id: str, applied: dict[int, int]) -> bool:
        places = [
            record.place
            for record in await self.read_log()
            if getattr(record.event, "event_id", None) == event_id
        ]
        if not places or any(applied.get(partition, 0) <= offset for partition, offset in places):
            return False
        outcomes = [told.outcome for told in await self.read_outcomes()]
        told = {(outcome.log_partition, outcome.log_offset) for outcome in outcomes}
        return not told.issuperset(places)


async def positions(database: asyncpg.Connection) -> dict[int, int]:
    """The next offset by partition, as committed."""
    rows = await database.fetch("SELECT partition, next_offset FROM fold_position")
    return {row["partition"]: row["next_offset"] for row in rows}
