"""What the three writers share: append a submission, wait for its outcome, answer with it.

201 it holds, 409 refused with the reason, 422 the same key with other content, 202 the verdict is
late (the record is on the log), 503 the append failed or its fate is unknown. Never an optimistic
yes. Answers are built from the first record with the event id only, so a repeat of a request gets
the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from services.contracts.described import described
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission
from services.contracts.terms import Submitter
from services.kernel.clock import now
from services.kernel.http.idempotency import event_id
from services.kernel.http.problems import Problem
from services.kernel.http.tokens import Caller
from services.kernel.log.awaiting import OutcomeReader, VerdictLateError
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import AppendFailedError, EventLog, Record
from services.kernel.settings import KafkaSettings
from services.kernel.telemetry import traceparent
from services.kernel.writing.envelope import Envelope
from services.topology import LOG, OUTCOMES

DELIVERY_TIMEOUT_MS = 4_000
RETRY_AFTER_S = 2


def envelope(operation: str, code: str, caller: Caller, key: str, submitter: Submitter) -> Envelope:
    """The same client, operation, prescription and key name one and the same event."""
    return Envelope(event_id(caller.client_id, operation, key, code), code, submitter, now())


class Writer:
    """One room's way onto the log."""

    def __init__(self, settings: KafkaSettings, codec: Codec) -> None:
        self._room = settings.room
        self._codec = codec
        self._timeout_s = settings.verdict_timeout_ms / 1000
        self._bootstrap = settings.kafka_bootstrap
        self._log: EventLog
        self._outcomes: OutcomeReader

    async def __aenter__(self) -> Writer:
        self._log = EventLog(
            self._bootstrap, self._room, delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=0
        )
        self._outcomes = OutcomeReader(
            self._bootstrap, OUTCOMES.name, f"{self._room}-outcomes", self._codec.decode
        )
        self._outcomes.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._outcomes.stop()
        self._log.close()

    async def check(self) -> str | None:
        """Readiness: outcomes are being read."""
        return None if self._outcomes.is_ready() else "the outcomes are not being read yet"

    async def submit(self, submission: Submission) -> SubmissionJudged | Response:
        """Append a submission and return its outcome, or the 202 answer when that is late.

        Raises the 503 problem when the append failed or its fate is unknown.
        """
        headers = cloud_event_headers(
            event_id=submission.event_id,
            event_type=type(submission).__name__,
            source=f"rxlog/{self._room}",
            subject=submission.prescription_code,
            traceparent=traceparent(),
        )
        record = Record(
            LOG.name,
            submission.prescription_code.encode(),
            self._codec.encode(submission),
            headers,
        )
        try:
            outcome: SubmissionJudged = await self._outcomes.append_and_wait(
                self._log, record, submission.event_id, self._timeout_s
            )
        except VerdictLateError:
            return late(submission)
        except AppendFailedError as error:
            raise not_appended(error) from error
        return outcome

    async def answer(self, submission: Submission) -> Response:
        """Submit and answer over HTTP."""
        return answer(await self.submit(submission))


def answer(outcome: SubmissionJudged | Response, **more: Any) -> Response:
    """The HTTP answer to an outcome, with `more` members; raises the problem of a refusal."""
    if isinstance(outcome, Response):
        return outcome
    if outcome.verdict == "REFUSED":
        raise refusal(outcome)
    if outcome.verdict == "UNREADABLE":
        raise not_appended(AppendFailedError("the record was unreadable", unknown=False))
    return _json(201, described(outcome) | more)


def refusal(outcome: SubmissionJudged) -> Problem:
    """409 with every reason and what to do next (422 for the same key with other content)."""
    document = described(outcome)
    first = document["reasons"][0] if document["reasons"] else {}
    return Problem(
        outcome.result,
        422 if outcome.result == "same-id-other-content" else 409,
        title=first.get("message", outcome.result),
        title_vi=first.get("message_vi", outcome.result),
        what_next=first.get("what_next", ""),
        what_next_vi=first.get("what_next_vi", ""),
        **{
            name: plain_value(document[name])
            for name in (
                "prescription_code",
                "event_id",
                "submission",
                "verdict",
                "result",
                "prescription_status",
                "held_until",
                "remaining",
                "reasons",
                "log",
            )
        },
    )


def late(submission: Submission) -> Response:
    """202: the record is on the log, its verdict is late; where to ask for it.

    The place names what was asked as well, so that nobody who used a key twice reads the verdict on
    another request.
    """
    place = f"/submissions/{submission.prescription_code}/{submission.event_id}"
    location = f"{place}?content={submission.content_hash.hex()}"
    content = {
        "prescription_code": submission.prescription_code,
        "event_id": submission.event_id,
        "submission": type(submission).__name__,
        "verdict": "late",
        "message": "It is recorded, the verdict is not there yet. Do not hand anything over.",
        "message_vi": "Đã ghi nhận, chưa có kết quả. Chưa giao thuốc.",
        "what_next": "Ask at Location, or send the same request again with the same key.",
        "what_next_vi": "Hỏi lại theo Location, hoặc gửi lại yêu cầu với cùng khóa.",
    }
    headers = {"Location": location, "Retry-After": str(RETRY_AFTER_S)}
    return _json(202, content, headers)


def not_appended(error: AppendFailedError) -> Problem:
    """503: nothing is known to be recorded; the same key makes a repeat safe."""
    return Problem(
        "not-recorded",
        503,
        title="The network cannot record anything right now",
        title_vi="Hệ thống hiện chưa ghi nhận được",
        detail=(
            "It is not known whether this was recorded."
            if error.unknown
            else "Nothing was recorded."
        ),
        detail_vi="Chưa rõ đã ghi nhận hay chưa." if error.unknown else "Chưa ghi nhận gì.",
        what_next="Send the same request again with the same Idempotency-Key.",
        what_next_vi="Hãy gửi lại yêu cầu với cùng Idempotency-Key.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def plain_value(value: Any) -> Any:
    """Times as ISO 8601 text, for documents that are written by the standard library."""
    if isinstance(value, datetime):
        return value.isoformat()
    return msgspec.to_builtins(value)


def _json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(content), status, dict(headers or {}), media_type="application/json"
    )
