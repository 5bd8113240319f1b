"""A known event id gets its verdict again without a look at what the record says this time.

Breaks: the same id with other content is refused as such.
Caught by: repeats get the first verdict; same key, same answer.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.registry import fold
from tests.faults.planted.patching import swap


def plant() -> None:
    again = fold._again

    def unlooked(entry, submission, before):  # type: ignore[no-untyped-def]
        same = fold.msgspec.structs.replace(before, content_hash=submission.content_hash)
        return again(entry, submission, same)

    swap(fold, "_again", unlooked)
