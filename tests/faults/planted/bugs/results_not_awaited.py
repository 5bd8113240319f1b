"""Results are handed to the producer and the transaction commits without waiting for the broker;
one that is not delivered is a line in the log.

Breaks: every record has its outcome: results are acknowledged before the commit.
Caught by: one outcome per record; the tables say what the log says.
Scenario: the broker refuses results.
"""

from __future__ import annotations

import structlog

from services.kernel.log.event_log import EventLog
from tests.faults.planted.patching import swap

log = structlog.get_logger(__name__)


def plant() -> None:
    def delivered(error, _message):  # type: ignore[no-untyped-def]
        if error is not None:
            log.warning("a result was not delivered", error=str(error))

    async def handed_over(self, records):  # type: ignore[no-untyped-def]
        for record in records:
            self._produce(record, delivered)

    swap(EventLog, "append_all", handed_over)
