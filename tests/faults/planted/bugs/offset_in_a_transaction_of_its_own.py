"""The position is saved first and by itself, so that no record is ever applied twice.

Breaks: a killed worker skips nothing: states, results and position are one transaction.
Caught by: holds never overlap; verdicts follow from the log; the tables say what the log says;
linearizability.
Scenario: a batch cut in the middle.
"""

from __future__ import annotations

from services.kernel.folding.mechanism import Applied, Folding
from tests.faults.planted.patching import swap


def plant() -> None:
    due_of, apply = Folding._due, Folding.apply

    async def saving_first(self, fetch):  # type: ignore[no-untyped-def]
        """Advance in a transaction of its own, then fold what was due before."""
        async with self._pool.acquire() as database, database.transaction():
            rows = await database.fetch(
                "SELECT partition, next_offset, epoch, last_digest FROM fold_position"
                " WHERE topic = $1 AND partition = ANY($2) FOR UPDATE",
                self.folder.topic,
                sorted(fetch),
            )
            known = {row["partition"]: row for row in rows}
            due = {
                p: due_of(self, known.get(p), records, Applied()) for p, records in fetch.items()
            }
            for records in due.values():
                if records:
                    await self._advance(database, records, Applied())
        swap(Folding, "_due", lambda _self, _row, records, _applied: records)
        try:
            kept = {partition: records for partition, records in due.items() if records}
            return await apply(self, kept) if kept else Applied()
        finally:
            swap(Folding, "_due", due_of)

    swap(Folding, "apply", saving_first)
