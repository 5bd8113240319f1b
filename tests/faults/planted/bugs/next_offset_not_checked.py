"""Whatever a fetch brings is applied; where the last one ended is not looked at.

Breaks: after a restart no record is applied twice.
Caught by: one outcome per record; the tables say what the log says.
Scenario: a batch cut in the middle.
"""

from __future__ import annotations

from services.kernel.folding.mechanism import Folding
from tests.faults.planted.patching import swap


def plant() -> None:
    due = Folding._due

    def unchecked(self, row, records, applied):  # type: ignore[no-untyped-def]
        before = due(self, row, records, applied)
        return records if before or records[0].offset < row["next_offset"] else before

    swap(Folding, "_due", unchecked)
