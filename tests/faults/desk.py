"""Where the callers of a scenario stand: they submit, wait for the verdict, and it is on record.

Without HTTP the desk does what a writer's room does, with the product's own parts and without any
planted bug; with a room's URL it is the room that is asked.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast

import httpx2
import msgspec

from infra.faults.checks.calls import OPERATIONS
from infra.faults.history import (
    Asked,
    Call,
    HistoryWriter,
    Operation,
    abandoned,
    answered,
    clock,
    digest,
)
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import (
    PrescriptionCancelled,
    PrescriptionClaimed,
    PrescriptionDispensed,
    PrescriptionIssued,
    Submission,
)
from services.contracts.terms import plain
from services.kernel.http.problems import Problem
from services.kernel.log.awaiting import OutcomeReader, VerdictLateError
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import AppendFailedError, EventLog, Record
from services.kernel.writing.answering import answer, late, not_appended
from tests.builders import WHEN_SENT, ticked

PATIENCE_S = 60.0
"""How long a caller waits for a verdict that is not hopeless; nothing comes near it."""


class Timed(EventLog):
    """Appends with the moment the scenario says, on a topic whose producers set the time."""

    at: datetime

    def _produce(self, record: Record, delivered: object) -> None:
        self._producer.produce(
            record.topic,
            key=record.key,
            value=record.value,
            headers=record.headers,
            partition=record.partition,
            timestamp=round(self.at.timestamp() * 1000),
            on_delivery=delivered,
        )


class Desk:
    """Sends submissions and keeps the history of calls."""

    def __init__(
        self,
        codec: Codec,
        log: EventLog,
        http: httpx2.AsyncClient,
        *,
        bootstrap: str,
        log_topic: str,
        outcome_topic: str,
        history_file: Path,
        until_hopeless: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self.log = log
        self.history: list[Call] = []
        self.history_file = history_file
        self._codec = codec
        self._topic = log_topic
        self._outcomes = OutcomeReader(bootstrap, outcome_topic, "test-outcomes", codec.decode)
        self._writer = HistoryWriter(history_file)
        self._http = http
        self._keys = itertools.count(1)
        self._until_hopeless = until_hopeless

    async def __aenter__(self) -> Self:
        self._outcomes.start()
        while not self._outcomes.is_ready():
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._outcomes.stop()
        self._writer.__exit__(*exc)

    def record(self, submission: Submission) -> Record:
        """The record of a submission, as a writer's room makes it; who does not say when it
        happened means now."""
        if submission.occurred_at == WHEN_SENT:
            at = self.log.at if isinstance(self.log, Timed) else datetime.now(UTC)
            submission = msgspec.structs.replace(submission, occurred_at=at)
        headers = cloud_event_headers(
            event_id=submission.event_id,
            event_type=type(submission).__name__,
            source="rxlog/test",
            subject=submission.prescription_code,
        )
        key = submission.prescription_code.encode()
        return Record(self._topic, key, self._codec.encode(submission), headers)

    async def send(self, submission: Submission, key: str = "") -> Call:
        """Submit and wait for the verdict; the call is in the history."""
        asked = _asked(submission, key or submission.event_id)
        begun = clock()
        try:
            outcome = await self._verdict(submission)
            response = late(submission) if outcome is None else answer(outcome)
        except VerdictLateError:
            response = late(submission)
        except AppendFailedError as error:
            response = not_appended(error).response()
        except Problem as problem:
            response = problem.response()
        return self._note(
            answered(asked, begun, clock(), response.status_code, bytes(response.body))
        )

    async def _verdict(self, submission: Submission) -> SubmissionJudged | None:
        """The outcome of a new record of the submission; None when it will never come."""
        waiting = asyncio.ensure_future(
            self._outcomes.append_and_wait(
                self.log, self.record(submission), submission.event_id, PATIENCE_S
            )
        )
        if self._until_hopeless is None:
            return cast("SubmissionJudged", await waiting)
        hopeless = asyncio.ensure_future(self._until_hopeless(submission.event_id))
        try:
            await asyncio.wait({waiting, hopeless}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return cast("SubmissionJudged", waiting.result())
            hopeless.result()  # raises what kept it from looking
            return None
        finally:
            for task in (waiting, hopeless):
                task.cancel()
            await asyncio.gather(waiting, hopeless, return_exceptions=True)

    async def append(self, *records: Record) -> None:
        """Put records on the log that nobody waits for."""
        await self.log.append_all(records)

    async def tick(self, partition: int) -> None:
        """Let log time pass in a partition, and wait for nobody."""
        value = self._codec.encode(ticked(partition))
        await self.append(Record(self._topic, None, value, [], partition))

    async def give_up(self, submission: Submission) -> None:
        """A caller appended and died: nobody knows what became of it."""
        self._note(abandoned(_asked(submission, submission.event_id), clock()))
        await self.append(self.record(submission))

    async def ask(
        self,
        operation: Operation,
        url: str,
        token: str,
        *,
        code: str,
        facility: str,
        body: bytes = b"{}",
        key: str = "",
        **more: Any,
    ) -> Call:
        """Ask a room over HTTP; the call is in the history."""
        key = key or f"key-{next(self._keys):04d}"
        asked = Asked(
            client=f"{facility}-counter",
            operation=operation,
            code=code,
            key=key,
            body_sha256=digest(body),
            facility=facility,
            **more,
        )
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        begun = clock()
        try:
            if operation == "lookup":
                response = await self._http.get(url, headers=headers)
            else:
                response = await self._http.post(url, headers=headers, content=body)
        except httpx2.HTTPError:
            return self._note(abandoned(asked, begun))
        return self._note(answered(asked, begun, clock(), response.status_code, response.content))

    def _note(self, call: Call) -> Call:
        self.history.append(call)
        self._writer.write(call)
        return call


def _asked(submission: Submission, key: str) -> Asked:
    facility = submission.submitter.facility_id
    lines: dict[str, str] = {}
    if isinstance(submission, PrescriptionIssued | PrescriptionDispensed | PrescriptionClaimed):
        lines = {str(line.line): plain(line.quantity) for line in submission.lines}
    names = getattr(submission, "dispense_event_id", None) or getattr(submission, "claim_id", None)
    if isinstance(submission, PrescriptionCancelled):
        names = submission.replaced_by
    return Asked(
        client=f"{facility}-counter",
        operation=OPERATIONS[type(submission).__name__],
        code=submission.prescription_code,
        key=key,
        event_id=submission.event_id,
        body_sha256=submission.content_hash.hex(),
        facility=facility,
        lines=lines,
        names=names,
        releases=getattr(submission, "release_reservation", False),
        owing=getattr(submission, "owing", False),
    )
