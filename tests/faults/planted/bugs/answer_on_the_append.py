"""A writer answers as soon as the record is on the log, with what it will surely be judged.

Breaks: a caller acts on the verdict, never on the append.
Caught by: answers are the verdicts on the log; linearizability.
Scenario: requests over HTTP.
"""

from __future__ import annotations

from datetime import timedelta

from services.contracts.outcomes import SubmissionJudged
from services.kernel.clock import now
from services.kernel.log.awaiting import OutcomeReader
from services.kernel.writing import answering
from tests.faults.planted.patching import swap

EXPECTED = {
    "DispensingReserved": "granted",
    "ReservationReleased": "released",
    "PrescriptionDispensed": "dispensed",
}


def expected(submission, position):  # type: ignore[no-untyped-def]
    """What a hopeful writer takes for the outcome."""
    kind, at = type(submission).__name__, now()
    holds = kind == "DispensingReserved"
    return SubmissionJudged(
        outcome_id=f"{position.partition}-{position.offset}",
        event_id=submission.event_id,
        submission=kind,
        prescription_code=submission.prescription_code,
        facility_id=submission.submitter.facility_id,
        log_partition=position.partition,
        log_offset=position.offset,
        recorded_at=at,
        verdict="RECORDED" if kind == "PrescriptionDispensed" else "ACCEPTED",
        result=EXPECTED[kind],
        first_offset=position.offset,
        first_recorded_at=at,
        status="reserved" if holds else "active",
        holder=submission.submitter.facility_id if holds else None,
        held_until=at + timedelta(minutes=30) if holds else None,
    )


def plant() -> None:
    submit = answering.Writer.submit

    async def hopeful(self, submission):  # type: ignore[no-untyped-def]
        async def append_only(_self, event_log, record, _event_id, _timeout_s):  # type: ignore[no-untyped-def]
            return expected(submission, await event_log.append(record))

        wait = swap(OutcomeReader, "append_and_wait", append_only)
        try:
            return await submit(self, submission)
        finally:
            swap(OutcomeReader, "append_and_wait", wait)

    swap(answering.Writer, "submit", hopeful)
