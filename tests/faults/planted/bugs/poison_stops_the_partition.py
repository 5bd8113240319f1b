"""What cannot be decoded raises, so the batch with it is tried again for ever.

Breaks: a damaged record stops nobody.
Caught by: one outcome per record; the tables say what the log says.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.registry import folder
from tests.faults.planted.patching import swap


def plant() -> None:
    read = folder.read_entry

    def raising(codec, record, partitions):  # type: ignore[no-untyped-def]
        entry = read(codec, record, partitions)
        if entry.submission is None:
            raise ValueError(entry.problem)
        return entry

    swap(folder, "read_entry", raising)
