"""The last applied record is seen again on taking a partition and not compared.

Breaks: a log that was cut and written anew stops its partition and says so.
Caught by: a log that was cut stops its partition.
Scenario: the log was written anew.
"""

from __future__ import annotations

from services.kernel.folding.mechanism import Folding
from tests.faults.planted.patching import swap


def plant() -> None:
    due = Folding._due

    def uncompared(self, row, records, applied):  # type: ignore[no-untyped-def]
        return due(self, row and {**row, "last_digest": None}, records, applied)

    swap(Folding, "_due", uncompared)
