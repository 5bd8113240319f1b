"""An outcome in words: what writers answer with and look-ups show."""

from __future__ import annotations

from typing import Any

from services.contracts.outcomes import Remaining, SubmissionJudged
from services.contracts.reasons import HAPPENINGS, RESULTS, fill, text_of
from services.contracts.terms import Reason, plain


def described(outcome: SubmissionJudged) -> dict[str, Any]:
    """An outcome as people and programs read it, in the same bytes however often it is asked."""
    en, vi = _message(outcome)
    return {
        "prescription_code": outcome.prescription_code,
        "event_id": outcome.event_id,
        "submission": outcome.submission,
        "verdict": outcome.verdict.lower(),
        "result": outcome.result,
        "message": en,
        "message_vi": vi,
        "prescription_status": outcome.status,
        "holder": outcome.holder,
        "held_until": outcome.held_until,
        "valid_until": outcome.valid_until,
        "remaining": [_remaining(left) for left in outcome.remaining],
        "reasons": [_reason(outcome, reason) for reason in outcome.reasons],
        "log": {
            "partition": outcome.log_partition,
            "offset": outcome.first_offset,
            "recorded_at": outcome.first_recorded_at,
        },
    }


def _message(outcome: SubmissionJudged) -> tuple[str, str]:
    """What became of it in one sentence; refusals say it in their reasons."""
    if outcome.submission == "TimeTicked":
        text, details = HAPPENINGS[outcome.result], outcome.reasons[0].details
        return fill(text.en, details), fill(text.vi, details)
    told = RESULTS.get(outcome.result)
    return (told.en, told.vi) if told else ("", "")


def _remaining(left: Remaining) -> dict[str, Any]:
    """What remains of a line; of a batched one also what may be collected now."""
    told: dict[str, Any] = {"line": left.line, "quantity": plain(left.quantity)}
    if left.collectable is not None:
        told["collectable"] = plain(left.collectable)
    return told


def _reason(outcome: SubmissionJudged, reason: Reason) -> dict[str, Any]:
    text, details = text_of(outcome, reason.code), {"code": reason.code, **reason.details}
    line = {} if reason.line is None else {"line": reason.line}
    return {
        "code": reason.code,
        **line,
        "details": reason.details,
        "message": fill(text.en, details),
        "message_vi": fill(text.vi, details),
        "what_next": fill(text.next_en, details),
        "what_next_vi": fill(text.next_vi, details),
        "source": text.source,
    }
