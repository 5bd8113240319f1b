"""A worker goes to where it left off without asking where the log ends.

Breaks: a log that is shorter than what was applied stops its partition and says so.
Caught by: a log that was cut stops its partition.
Scenario: the log lost its end.
"""

from __future__ import annotations

from services.kernel.folding.fetching import WholeFetchConsumer
from tests.faults.planted.patching import swap


def plant() -> None:
    place = WholeFetchConsumer._place

    async def unasked(self, app, next_offsets):  # type: ignore[no-untyped-def]
        highwaters = self._thread.highwaters

        async def endless(*partitions):  # type: ignore[no-untyped-def]
            return dict.fromkeys(partitions, 1 << 60)

        self._thread.highwaters = endless
        try:
            return await place(self, app, next_offsets)
        finally:
            self._thread.highwaters = highwaters

    swap(WholeFetchConsumer, "_place", unasked)
