"""A writer answers once the record is handed to the producer; the broker will surely take it.

Breaks: what was acknowledged is on the log.
Caught by: what was acknowledged is on the log.
Scenario: the broker refuses submissions.
"""

from __future__ import annotations

from services.kernel.log.awaiting import OutcomeReader
from services.kernel.log.event_log import Position
from services.kernel.writing import answering
from tests.faults.planted.bugs.answer_on_the_append import expected
from tests.faults.planted.patching import swap


def plant() -> None:
    submit = answering.Writer.submit

    async def hasty(self, submission):  # type: ignore[no-untyped-def]
        async def produce_only(_self, event_log, record, _event_id, _timeout_s):  # type: ignore[no-untyped-def]
            event_log._produce(record, lambda _error, _message: None)
            return expected(submission, Position(0, 0))

        wait = swap(OutcomeReader, "append_and_wait", produce_only)
        try:
            return await submit(self, submission)
        finally:
            swap(OutcomeReader, "append_and_wait", wait)

    swap(answering.Writer, "submit", hasty)
