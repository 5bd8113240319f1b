"""What callers were told beside the log: each kind of broken word is found."""

from __future__ import annotations

from msgspec.structs import replace

from infra.faults.history import Call, abandoned, digest
from services.contracts.outcomes import SubmissionJudged
from tests.builders import CODE, OTHER_PHARMACY, dispensed, issued, reserved
from tests.faults.left_behind import Left, after, changed
from tests.faults.telling import answer_to, asked, called, late_answer


def _granted() -> tuple[Left, SubmissionJudged]:
    left = after(issued(), reserved(event_id="e"))
    return left, left.outcomes[1]


def _with(left: Left, *calls: Call) -> set[str]:
    left.history = list(calls)
    return left.broken()


def test_true_answers_are_no_violation() -> None:
    left, outcome = _granted()
    told = called(answer_to(outcome))
    repeat = called(answer_to(outcome), 5)
    unknown = abandoned(asked(), 3)
    question = called(answer_to(outcome), 7, is_question=True)
    bad_input = called((422, b"{}"), key="key-2")
    assert _with(left, told, repeat, unknown, question, bad_input) == set()


def test_an_acknowledged_record_that_is_not_on_the_log() -> None:
    left, outcome = _granted()
    lost = called(answer_to(changed(outcome, event_id="lost")), key="key-2")
    assert _with(left, lost) == {"what was acknowledged is on the log"}


def test_a_late_answer_without_a_record() -> None:
    left, _ = _granted()
    assert _with(left, called(late_answer("e"))) == set()
    assert _with(left, called(late_answer("lost"))) == {"what was acknowledged is on the log"}


def test_an_answer_that_is_not_the_verdict() -> None:
    left, outcome = _granted()
    for lie in (
        changed(outcome, result="already-held"),
        changed(outcome, holder=OTHER_PHARMACY),
        changed(outcome, first_offset=0),
        changed(outcome, remaining=()),
        changed(outcome, status="active"),
    ):
        assert _with(left, called(answer_to(lie))) == {"answers are the verdicts on the log"}


def test_repeats_with_other_answers() -> None:
    left, outcome = _granted()
    first = called(answer_to(outcome))
    status, body = answer_to(outcome)
    other = called((status, body.replace(b'"message":"', b'"message":"Oh. ')), 5)
    assert _with(left, first, other) == {"same key, same answer"}


def test_a_repeat_that_became_a_second_event() -> None:
    left = after(issued(), reserved(event_id="e"), reserved(event_id="f"))
    first, second = (called(answer_to(outcome)) for outcome in left.outcomes[1:])
    assert "one request, one event" in _with(left, first, second)
    lost_answer = abandoned(asked(), 0.0)
    assert "one request, one event" in _with(left, lost_answer, second)
    two_requests = called(answer_to(left.outcomes[2]), key="key-2")
    assert _with(left, first, two_requests) == set()


def test_records_of_callers_outside_the_history_are_left_alone() -> None:
    left = after(issued(), reserved(), dispensed(), dispensed(pharmacy=OTHER_PHARMACY))
    assert _with(left, called(answer_to(left.outcomes[1]))) == set()


def test_another_body_under_the_same_key_must_be_refused() -> None:
    left, outcome = _granted()
    first = called(answer_to(outcome))
    other = called(answer_to(outcome), 5, body_sha256=digest(b"other"))
    assert "same key, same answer" in _with(left, first, other)


def test_another_body_under_the_same_key_that_was_refused_is_right() -> None:
    left = after(issued(), reserved(event_id="e"), reserved(event_id="e", content="other"))
    first = called(answer_to(left.outcomes[1]))
    refused = called(answer_to(left.outcomes[2]), 5, body_sha256=digest(b"other"))
    assert _with(left, first, refused) == set()
    same_body = called(answer_to(left.outcomes[2]), 5)
    assert "same key, same answer" in _with(left, same_body)


def test_a_replacement_with_another_body_is_refused_in_the_words_of_what_it_replaces() -> None:
    """The cancellation is judged first, so the refusal names the former prescription."""
    left = after(issued(), reserved(event_id="e"), reserved(event_id="e", content="other"))
    first = replace(called(answer_to(left.outcomes[1]), operation="issue"), code="the new one")
    refused = called(
        answer_to(left.outcomes[2]), 5, operation="issue", body_sha256=digest(b"other")
    )
    assert "same key, same answer" not in _with(left, first, refused)
    same_body = called(answer_to(left.outcomes[2]), 5, operation="issue")
    assert "same key, same answer" in _with(left, first, same_body)


def test_sentences_name_call_and_place() -> None:
    left, outcome = _granted()
    left.history = [called(answer_to(changed(outcome, result="already-held")))]
    [violation] = left.violations()
    for word in (CODE, "reserve", "key-1", "0/1", "already-held", "granted"):
        assert word in violation.sentence
