"""Submissions lie on the log under their facility, to spread the load of busy prescriptions, and
the registry takes the prescription from the record.

Breaks: everything about one prescription has one order, in one partition.
Caught by: unreadable records; what was acknowledged is on the log.
Scenario: requests over HTTP.
"""

from __future__ import annotations

from msgspec.structs import replace

from services.kernel.log.awaiting import OutcomeReader
from services.kernel.log.language import published_language
from services.registry import folder
from services.registry.fold import Entry
from tests.faults.planted.patching import swap


def plant() -> None:
    wait, codec = OutcomeReader.append_and_wait, published_language()

    async def under_facility(self, event_log, record, event_id, timeout_s):  # type: ignore[no-untyped-def]
        facility = codec.decode(record.value).submitter.facility_id
        return await wait(
            self, event_log, replace(record, key=facility.encode()), event_id, timeout_s
        )

    def trusting(_codec, record, _partitions):  # type: ignore[no-untyped-def]
        event = codec.decode(record.value)
        return Entry(record, event.prescription_code, event)

    swap(OutcomeReader, "append_and_wait", under_facility)
    swap(folder, "read_entry", trusting)
