"""A worker trusts its membership in the group and its own memory of where it is: neither epoch
nor position of the partition's row are compared, and rows that are there already are replaced.

Breaks: a worker that lost its partition changes nothing when it wakes up.
Caught by: the tables say what the log says.
Scenario: a zombie wakes up.
"""

from __future__ import annotations

from services.kernel.folding.mechanism import Folding
from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    take, save = Folding.take, folder.save

    async def remembering(self, partitions):  # type: ignore[no-untyped-def]
        self.remembered = await take(self, partitions)
        return self.remembered

    def due(self, _row, records, _applied):  # type: ignore[no-untyped-def]
        first = self.remembered.get(records[0].partition, 0)
        found = [record for record in records if record.offset >= first]
        if found:
            self.remembered[found[0].partition] = found[-1].offset + 1
        return found

    async def replacing(database, folded):  # type: ignore[no-untyped-def]
        places = [(entry.record.partition, entry.record.offset) for entry, _ in folded.judged]
        for table in ("record", "concern"):
            await database.executemany(
                f'DELETE FROM {table} WHERE partition = $1 AND "offset" = $2', places
            )
        await save(database, folded)

    swap(Folding, "take", remembering)
    swap(Folding, "_due", due)
    swap(folder, "save", replacing)
