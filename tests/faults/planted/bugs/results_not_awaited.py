"""Results are handed to the producer and the transaction commits without waiting for the broker.

Breaks: every record has its outcome: results are acknowledged before the commit.
Caught by: one outcome per record; the tables say what the log says.
Scenario: the broker refuses results.
"""

from __future__ import annotations

from services.kernel.log.event_log import EventLog
from tests.faults.planted.patching import swap


def plant() -> None:
    async def handed_over(self, records):  # type: ignore[no-untyped-def]
        for record in records:
            self._produce(record, lambda _error, _message: None)

    swap(EventLog, "append_all", handed_over)
