"""What cannot be decoded is skipped with a line in the log.

Breaks: every record has exactly one outcome, a damaged one too.
Caught by: one outcome per record.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    fold = folder.fold

    def skipping(states, earlier, entries):  # type: ignore[no-untyped-def]
        return fold(states, earlier, [entry for entry in entries if entry.submission is not None])

    swap(folder, "fold", skipping)
