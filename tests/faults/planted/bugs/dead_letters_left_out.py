"""What cannot be decoded gets its outcome, and nobody keeps it.

Breaks: a damaged record is kept whole, with its origin, so that it can be driven again.
Caught by: what cannot be read is a dead letter.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    fold = folder.fold

    def forgetting(states, earlier, entries):  # type: ignore[no-untyped-def]
        folded = fold(states, earlier, entries)
        folded.unreadable.clear()
        return folded

    swap(folder, "fold", forgetting)
