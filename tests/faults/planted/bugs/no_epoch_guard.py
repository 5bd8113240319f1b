"""A worker trusts its membership in the group and its own memory of where it is: neither epoch
nor position of the partition's row are compared, and rows that are there already are kept.

Breaks: a worker that lost its partition changes nothing when it wakes up.
Caught by: the tables say what the log says.
Scenario: a zombie wakes up.
"""

from __future__ import annotations

from services.kernel.folding.mechanism import Folding
from services.registry import store
from tests.faults.planted.patching import swap


def plant() -> None:
    take = Folding.take

    async def remembering(self, partitions):  # type: ignore[no-untyped-def]
        self.remembered = await take(self, partitions)
        return self.remembered

    def due(self, _row, records, _applied):  # type: ignore[no-untyped-def]
        first = self.remembered.get(records[0].partition, 0)
        found = [record for record in records if record.offset >= first]
        if found:
            self.remembered[found[0].partition] = found[-1].offset + 1
        return found

    async def save(database, folded):  # type: ignore[no-untyped-def]
        await store._save_states(database, folded.states)
        await store._count(database, folded)
        names = ", ".join(f'"{name}"' for name in store.RECORD_COLUMNS)
        places = ", ".join(f"${number}" for number in range(1, len(store.RECORD_COLUMNS) + 1))
        await database.executemany(
            f"INSERT INTO record ({names}) VALUES ({places}) ON CONFLICT DO NOTHING",
            [store._record_row(*pair) for pair in folded.judged],
        )

    swap(Folding, "take", remembering)
    swap(Folding, "_due", due)
    swap(store, "save", save)
