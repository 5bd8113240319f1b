"""A batch whose handling failed is noted in the log and passed over, as Faust's own path does.

Breaks: every record has exactly one outcome, whatever failed on the way.
Caught by: holds never overlap; verdicts follow from the log; the tables say what the log says;
linearizability.
Scenario: a batch cut in the middle.
"""

from __future__ import annotations

from services.kernel.folding.mechanism import Applied, Folding
from tests.faults.planted.patching import swap


def plant() -> None:
    apply = Folding.apply

    async def passing_over(self, fetch):  # type: ignore[no-untyped-def]
        try:
            return await apply(self, fetch)
        except Exception:
            applied = Applied()
            async with self._pool.acquire() as database:
                await self._advance(
                    database, [r for found in fetch.values() for r in found], applied
                )
            return applied

    swap(Folding, "apply", passing_over)
