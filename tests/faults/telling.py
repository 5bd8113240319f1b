"""Calls of a history in few words, with the answers the rooms would have given."""

from __future__ import annotations

from typing import Any

from infra.faults.history import Asked, Call, answered, digest
from services.contracts.outcomes import SubmissionJudged
from services.kernel.http.problems import Problem
from services.kernel.writing.answering import answer, late
from tests.builders import CODE, PHARMACY, reserved

Answer = tuple[int, bytes]


def answer_to(outcome: SubmissionJudged) -> Answer:
    """Status and body of the room's answer to an outcome."""
    try:
        response = answer(outcome)
    except Problem as problem:
        response = problem.response(request_id="fresh each time")
    return response.status_code, bytes(response.body)


def late_answer(event_id: str) -> Answer:
    """The 202 to a submission with this event id."""
    response = late(reserved(event_id=event_id))
    return response.status_code, bytes(response.body)


def asked(operation: str = "reserve", **more: Any) -> Asked:
    """A pharmacy's call, unless something else is said."""
    fields: dict[str, Any] = {
        "client": f"{more.get('facility', PHARMACY)}-counter",
        "operation": operation,
        "code": CODE,
        "key": "key-1",
        "body_sha256": digest(b"{}"),
        "facility": PHARMACY,
    }
    return Asked(**fields | more)


def called(told: Answer, at_s: float = 0.0, *, is_question: bool = False, **more: Any) -> Call:
    """The call that got this answer, a tenth of a second after it was made."""
    return answered(asked(**more), at_s, at_s + 0.1, *told, is_question=is_question)
