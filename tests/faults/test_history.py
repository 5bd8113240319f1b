"""The record of calls: what an answer becomes in it, and that it survives a killed writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.faults.history import HistoryWriter, abandoned, answered, read
from tests.builders import CODE, PHARMACY, issued, reserved
from tests.faults.left_behind import after
from tests.faults.telling import answer_to, asked, called, late_answer


def test_a_grant_is_kept_with_all_it_told() -> None:
    outcome = after(issued(), reserved(event_id="e")).outcomes[1]
    call = called(answer_to(outcome))
    assert (call.outcome, call.status, call.result, call.verdict) == (
        "ok",
        201,
        "granted",
        "accepted",
    )
    assert (call.holder, call.remaining, call.event_id) == (PHARMACY, {"1": "20"}, "e")
    assert (call.partition, call.offset, call.prescription_status) == (0, 1, "reserved")
    assert call.held_until is not None


def test_a_refusal_is_final_and_its_request_id_is_left_out() -> None:
    outcome = after(reserved()).outcomes[0]
    call = called(answer_to(outcome))
    assert (call.outcome, call.result) == ("refused", "unknown-prescription")
    status, body = answer_to(outcome)
    other = called((status, body.replace(b"fresh each time", b"another")))
    assert call.answer_sha256 == other.answer_sha256


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, "failed"), (404, "failed"), (422, "failed"), (429, "failed"), (500, "unknown"),
     (503, "unknown"), (408, "unknown")],
)  # fmt: skip
def test_other_answers(status: int, outcome: str) -> None:
    assert called((status, b'{"title": "no"}')).outcome == outcome


def test_the_same_key_with_another_body_is_a_final_refusal() -> None:
    told = after(issued(), reserved(event_id="e"), reserved(event_id="e", content="other"))
    status, body = answer_to(told.outcomes[2])
    assert status == 422
    assert called((status, body)).outcome == "refused"


def test_a_late_verdict_and_the_question_for_it() -> None:
    assert called(late_answer("e")).outcome == "late"
    assert called((404, b"{}"), is_question=True).outcome == "late"


def test_a_look_up_tells_the_holder_and_what_remains() -> None:
    body = (
        b'{"status": "reserved", "as_of": "2026-11-16T01:00:00Z", "reservation":'
        b' {"pharmacy_id": "01P01", "until": "2026-11-16T01:30:00Z"},'
        b' "lines": [{"line": 1, "remaining": "12"}]}'
    )
    call = called((200, body), operation="lookup")
    assert (call.result, call.holder, call.remaining) == ("reserved", "01P01", {"1": "12"})


def test_a_look_up_tells_that_there_is_no_such_prescription() -> None:
    problem = b'{"type": "urn:rxlog:problem:not-found", "status": 404, "title": "Not found"}'
    missing = called((404, problem), operation="lookup")
    assert (missing.outcome, missing.result) == ("ok", "missing")
    assert missing.prescription_status == ""


def test_a_minted_code_is_taken_from_the_answer() -> None:
    outcome = after(issued()).outcomes[0]
    assert called(answer_to(outcome), operation="issue", code="").code == CODE


def test_an_answer_that_is_no_json_is_not_believed() -> None:
    call = answered(asked(), 0, 1, 502, b"<html>")
    assert (call.outcome, call.event_id) == ("unknown", None)


def test_what_was_written_is_read_and_a_torn_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    calls = [called(late_answer("e")), abandoned(asked(key="key-2"), 3.0)]
    with HistoryWriter(path) as writer:
        for call in calls:
            writer.write(call)
    with path.open("ab") as torn:
        torn.write(b'{"client": "killed in the mid')
    assert list(read(path)) == calls
