"""What callers were told beside what lies on the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from infra.faults.checks.pairing import OTHER_CONTENT, Judged
from infra.faults.checks.violations import Violation
from infra.faults.history import Call, Operation
from services.contracts.outcomes import SubmissionJudged
from services.contracts.terms import plain

ACKNOWLEDGED = "what was acknowledged is on the log"
ANSWERS = "answers are the verdicts on the log"
SAME_ANSWER = "same key, same answer"
ONE_EVENT = "one request, one event"

SUBMISSIONS: dict[Operation, str] = {
    "issue": "PrescriptionIssued",
    "cancel": "PrescriptionCancelled",
    "reserve": "DispensingReserved",
    "release": "ReservationReleased",
    "dispense": "PrescriptionDispensed",
    "reverse": "DispenseReversed",
    "claim": "PrescriptionClaimed",
    "withdraw": "ClaimWithdrawn",
}
OPERATIONS = {kind: operation for operation, kind in SUBMISSIONS.items()}


def check_calls(history: Sequence[Call], judged: Sequence[Judged]) -> Iterator[Violation]:
    """Every acknowledged call has its record and its verdict; repeats got the same answer."""
    firsts = {
        (one.record.code, one.event.event_id): one
        for one in judged
        if one.event is not None and one.first is None
    }
    submitted = [call for call in history if call.operation in SUBMISSIONS]
    for call in submitted:
        if call.outcome in ("ok", "refused", "late"):
            yield from _check_acknowledged(call, firsts)
    by_submission: defaultdict[tuple[str, str, str, str], list[Call]] = defaultdict(list)
    bodies: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for call in submitted:
        by_submission[call.submission].append(call)
        if not call.is_question:
            bodies[_key_of(call)].add(call.body_sha256)
    for calls in by_submission.values():
        yield from _check_repeats(calls, bodies[_key_of(calls[0])])
    yield from _check_nothing_sent_twice(by_submission, firsts)


def describe(call: Call) -> str:
    """A call in words."""
    return (
        f"{call.operation} of {call.code or 'a new prescription'} by {call.client} with key "
        f"{call.key} (called at {call.called_at:.3f}, answered {call.status})"
    )


def _check_acknowledged(call: Call, firsts: dict[tuple[str, str], Judged]) -> Iterator[Violation]:
    if call.result == OTHER_CONTENT or call.event_id is None:
        return  # told about the repeats below; a 409 before the log names no event
    one = firsts.get((call.code, call.event_id))
    if one is None:
        yield Violation(
            ACKNOWLEDGED,
            f"{describe(call)} was told event {call.event_id}, and no readable record of "
            f"{call.code} has it",
        )
        return
    if call.outcome == "late":
        return  # that its record has one outcome is checked with the records
    if call.partition is not None and (call.partition, call.offset) != one.record.place:
        yield Violation(
            ANSWERS,
            f"{describe(call)} was told the place {call.partition}/{call.offset}, the record "
            f"lies at {one.where}",
        )
    if one.outcome is not None:
        for name, told, is_so in _told_beside(call, one.outcome):
            if told != is_so:
                yield Violation(
                    ANSWERS,
                    f"{describe(call)} was told {name} {told}, the outcome of {one.where} says "
                    f"{is_so}",
                )


def _told_beside(call: Call, outcome: SubmissionJudged) -> Iterator[tuple[str, object, object]]:
    yield "the result", call.result, outcome.result
    yield "the verdict", call.verdict, outcome.verdict.lower()
    yield "the status", call.prescription_status, outcome.status
    left = {str(line.line): plain(line.quantity) for line in outcome.remaining}
    yield "what remains", call.remaining, left
    if call.outcome == "ok":  # a refusal names the holder in its reasons only
        yield "the holder", call.holder, outcome.holder
    is_refusal = outcome.verdict == "REFUSED"
    if is_refusal != (call.outcome == "refused"):
        yield "the answer", call.status, "409" if is_refusal else "201"


def _key_of(call: Call) -> tuple[str, ...]:
    """What an Idempotency-Key names: an issue has no code before its answer, and a replacement
    that is refused names the prescription it would replace."""
    return call.client, call.operation, "" if call.operation == "issue" else call.code, call.key


def _check_repeats(calls: Sequence[Call], sent: Collection[str]) -> Iterator[Violation]:
    """Same key and body: the same bytes; other body: 422. `sent` are the bodies under the key."""
    answered = [call for call in calls if call.is_answered]
    events = {call.event_id for call in answered if call.event_id is not None}
    if len(events) > 1:
        yield Violation(
            ONE_EVENT,
            f"{describe(answered[0])} and its repeats were told different events: "
            f"{', '.join(sorted(events))}",
        )
    bodies: dict[tuple[str, bool], Call] = {}
    for call in answered:
        first = bodies.setdefault((call.body_sha256, call.is_question), call)
        if first.answer_sha256 != call.answer_sha256:
            yield Violation(
                SAME_ANSWER,
                f"{describe(first)} and {describe(call)} asked for the same and got different "
                f"answers ({first.result}, {call.result})",
            )
    accepted = {
        call.body_sha256
        for call in answered
        if call.result != OTHER_CONTENT and not call.is_question
    }
    if len(accepted) > 1:
        yield Violation(
            SAME_ANSWER,
            f"{describe(answered[0])} was repeated with another body and not refused for it",
        )
    if len(sent) == 1 and any(call.result == OTHER_CONTENT for call in answered):
        yield Violation(
            SAME_ANSWER,
            f"{describe(answered[0])} was repeated with the same body and refused as another one",
        )


def _check_nothing_sent_twice(
    by_submission: dict[tuple[str, str, str, str], list[Call]],
    firsts: dict[tuple[str, str], Judged],
) -> Iterator[Violation]:
    """A facility's events on one prescription are no more than the requests it made, so a repeat
    never became a second event. Facilities and operations outside the history are left out."""
    asked: defaultdict[tuple[Operation, str, str], set[tuple[str, str]]] = defaultdict(set)
    for calls in by_submission.values():
        call = calls[-1]
        code = next((call.code for call in calls if call.code), "")
        asked[call.operation, call.facility, code].add((call.client, call.key))
    appended: defaultdict[tuple[Operation, str, str], list[Judged]] = defaultdict(list)
    for one in firsts.values():
        if one.event is not None:
            operation = OPERATIONS[type(one.event).__name__]
            appended[operation, one.event.submitter.facility_id, one.record.code].append(one)
    for (operation, facility, code), keys in asked.items():
        found = appended.get((operation, facility, code), [])
        if code and len(found) > len(keys):
            yield Violation(
                ONE_EVENT,
                f"{facility} asked {len(keys)} time(s) to {operation} {code}, and the log has "
                f"{len(found)} events of it, at {', '.join(one.where for one in found)}",
            )
