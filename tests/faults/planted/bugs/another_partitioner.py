"""A writer chooses the partition of a key by a hash of its own, not by everybody's, and the
registry does not look where a record lies.

Breaks: everything about one prescription has one order, in one partition.
Caught by: unreadable records; what was acknowledged is on the log.
Scenario: requests over HTTP.
"""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from services.kernel.log.event_log import EventLog
from services.registry import folder
from services.topology import LOG
from tests.faults.planted.patching import swap


def plant() -> None:
    produce, read = EventLog._produce, folder.read_entry

    def elsewhere(self, record, delivered):  # type: ignore[no-untyped-def]
        if record.topic == LOG.name:
            own = hashlib.md5(record.key).digest()[-1] % LOG.partitions
            record = replace(record, partition=own)
        produce(self, record, delivered)

    swap(EventLog, "_produce", elsewhere)
    swap(folder, "read_entry", lambda codec, record, _partitions: read(codec, record))
