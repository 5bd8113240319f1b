"""An append that failed is answered like a verdict that is late: the record will be there soon.

Breaks: 202 says that the record is on the log.
Caught by: what was acknowledged is on the log.
Scenario: the broker refuses submissions.
"""

from __future__ import annotations

from services.kernel.http.problems import Problem
from services.kernel.writing import answering
from tests.faults.planted.patching import swap


def plant() -> None:
    submit = answering.Writer.submit

    async def soothing(self, submission):  # type: ignore[no-untyped-def]
        try:
            return await submit(self, submission)
        except Problem:
            return answering.late(submission)

    swap(answering.Writer, "submit", soothing)
