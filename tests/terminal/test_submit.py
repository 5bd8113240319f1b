"""Submitting: one prescription, one request; repeats are the same event; nothing is half-taken."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.terminal.client import Reply
from services.terminal.files import find
from services.terminal.submit import (
    WAIT_MAX_S,
    Result,
    Sender,
    client_id,
    exit_code,
    idempotency_key,
    refusal_of,
)
from services.vietnam.decision_808 import parse
from services.vietnam.draft import Prescriber, PrescriptionDraft
from tests.terminal.artificial import Network, answer, document, in_turn, written

ACCEPTED = answer(201, {"verdict": "accepted"})
DOWN = httpx2.ConnectError("down")
SAMPLES = Path(__file__).parents[2] / "services" / "vietnam" / "samples"


class Waits:
    """Counts waiting instead of doing it; the clock of the terminal stands still meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        monkeypatch.setattr("services.kernel.clock.monotonic", lambda: sum(self.seconds))

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    return Waits(monkeypatch)


async def submitted(
    network: Network, tmp_path: Path, waits: Waits, *documents: Any, **given: Any
) -> list[Result]:
    """Submit these documents as one list."""
    folder = tmp_path / "files"
    written(folder, "list.json", list(documents))
    return await submitted_files(network, tmp_path, waits, folder, **given)


async def submitted_files(
    network: Network, tmp_path: Path, waits: Waits, *paths: Path, **given: Any
) -> list[Result]:
    files, _ = find(paths)
    async with network.client(tmp_path) as client:
        sender = Sender(client, pause=waits, **given)
        return [result async for result in sender.results(files)]


def draft(**changes: Any) -> PrescriptionDraft:
    parsed = parse(document(**changes))
    assert isinstance(parsed, PrescriptionDraft)
    return parsed


async def test_a_prescription_is_sent_as_its_clinic_and_prescriber(
    tmp_path: Path, waits: Waits
) -> None:
    network = Network(in_turn(ACCEPTED))
    (result,) = await submitted(network, tmp_path, waits, document())
    assert (result.fate, result.code, result.problems) == ("accepted", "019110000001-c", ())
    assert network.signed_in == ["clinic:01911:BSM-01911-1:-"]
    (request,) = network.requests
    assert request.url == "http://prescribing/prescriptions"
    sent = json.loads(request.content)
    assert PrescriptionDraft.model_validate(sent) == draft()
    assert request.headers["idempotency-key"] == idempotency_key(draft())


def test_the_key_is_that_of_the_content_not_of_its_spelling() -> None:
    quantity = document()["thong_tin_don_thuoc"]
    spelled = draft(
        ma_don_thuoc="01911000000 1-C".replace(" ", ""),
        gioi_tinh="3",
        thong_tin_don_thuoc=[quantity[0] | {"so_luong": "10,0"}],
    )
    assert idempotency_key(spelled) == idempotency_key(draft())
    assert idempotency_key(draft(dia_chi="Số 4")) != idempotency_key(draft())
    key = idempotency_key(draft(ma_don_thuoc="mã sai"))
    assert all("!" <= character <= "~" for character in key)
    assert len(key) <= 200


def test_who_prescribes_may_be_said_beside_the_file() -> None:
    alone = document()
    del alone["ma_lien_thong_bac_si"], alone["ma_lien_thong_co_so_kham_chua_benh"]
    parsed = parse(alone, Prescriber(person_id="BSM-2", licence="000123/HNO-CCHN"))
    assert isinstance(parsed, PrescriptionDraft)
    assert client_id(alone, parsed) == "clinic:01911:BSM-2:000123/HNO-CCHN"


async def test_each_prescription_of_a_list_stands_for_itself(tmp_path: Path, waits: Waits) -> None:
    network = Network(in_turn(ACCEPTED))
    wrong = document(2, gioi_tinh=9, ngay_sinh_benh_nhan="1991-11-30")
    results = await submitted(network, tmp_path, waits, document(1), wrong, "text", document(3))
    assert [(r.place, r.fate) for r in results] == [
        (1, "accepted"),
        (2, "invalid"),
        (3, "invalid"),
        (4, "accepted"),
    ]
    assert {problem.field for problem in results[1].problems} == {
        "gioi_tinh",
        "ngay_sinh_benh_nhan",
    }
    assert len(network.requests) == 2


async def test_results_come_in_the_order_of_the_files_whoever_answers_first(
    tmp_path: Path, waits: Waits
) -> None:
    most = at_once = 0

    class Slow(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            nonlocal most, at_once
            if request.url.path == "/token":
                return answer(200, {"access_token": "t", "expires_in": 300})
            at_once += 1
            most = max(most, at_once)
            number = int(json.loads(request.content)["prescription_code"][5:12])
            for _ in range(20 - number):
                await asyncio.sleep(0)
            at_once -= 1
            return answer(201, {})

    network = Network(in_turn(ACCEPTED))
    written(tmp_path, "list.json", [document(number) for number in range(20)])
    async with network.client(tmp_path) as client:
        client._http = httpx2.AsyncClient(transport=Slow())
        sender = Sender(client, parallel=4, pause=waits)
        results = [r async for r in sender.results(find([tmp_path / "list.json"])[0])]
    assert [r.place for r in results] == list(range(1, 21))
    assert most == 4


async def test_of_two_with_one_code_the_first_in_the_file_is_sent_first(
    tmp_path: Path, waits: Waits
) -> None:
    arrived: list[str] = []

    def room(request: httpx2.Request) -> httpx2.Response:
        arrived.append(json.loads(request.content)["patient"]["address"])
        return answer(503) if arrived == ["one"] else answer(201, {})

    results = await submitted(
        Network(room), tmp_path, waits, document(dia_chi="one"), document(dia_chi="two")
    )
    assert arrived == ["one", "one", "two"]
    assert [r.fate for r in results] == ["accepted", "accepted"]


async def test_what_has_no_answer_is_sent_again_with_the_same_key(
    tmp_path: Path, waits: Waits
) -> None:
    network = Network(in_turn(DOWN, answer(503, None, retry_after="2"), answer(429), ACCEPTED))
    (result,) = await submitted(network, tmp_path, waits, document())
    assert result.fate == "accepted"
    assert len({request.headers["idempotency-key"] for request in network.requests}) == 1
    assert waits.seconds == [0.5, 2.0, 2.0]


async def test_a_late_verdict_is_asked_for_and_nothing_is_sent_twice(
    tmp_path: Path, waits: Waits
) -> None:
    place = "/submissions/019110000001-c/e1"
    not_yet = answer(404, {"type": "urn:rxlog:problem:no-verdict-yet"}, retry_after="2")
    network = Network(in_turn(answer(202, {}, location=place), not_yet, ACCEPTED))
    (result,) = await submitted(network, tmp_path, waits, document())
    assert result.fate == "accepted"
    assert [(r.method, r.url.path) for r in network.requests] == [
        ("POST", "/prescriptions"),
        ("GET", place),
        ("GET", place),
    ]


async def test_a_verdict_that_never_comes_is_said_so(tmp_path: Path, waits: Waits) -> None:
    network = Network(in_turn(answer(202, {}, location="/submissions/c/e")))
    results = await submitted(network, tmp_path, waits, document(1), document(2), parallel=1)
    assert [r.fate for r in results] == ["late", "late"]
    assert 60 <= sum(waits.seconds) < 60 + WAIT_MAX_S, "the second one is not waited for as long"
    assert exit_code(r.fate for r in results) == 2


async def test_a_network_that_is_down_is_noticed_once(tmp_path: Path, waits: Waits) -> None:
    network = Network(in_turn(DOWN))
    documents = [document(number) for number in range(50)]
    results = await submitted(network, tmp_path, waits, *documents, parallel=2)
    assert {r.fate for r in results} == {"unconfirmed"}
    assert len(network.requests) < 20
    assert exit_code(r.fate for r in results) == 2


async def test_every_reason_of_a_refusal_is_told(tmp_path: Path, waits: Waits) -> None:
    fields = {
        "type": "urn:rxlog:problem:invalid-input",
        "errors": [
            {"field": "lines[0].days_supply", "reason": "say the days", "reason_vi": "ghi số ngày"}
        ],
    }
    taken = {
        "type": "urn:rxlog:problem:code-taken",
        "reasons": [
            {
                "code": "code-taken",
                "line": 2,
                "message": "Taken.",
                "message_vi": "Đã dùng.",
                "what_next": "Use another.",
                "what_next_vi": "Dùng mã khác.",
            }
        ],
    }
    network = Network(in_turn(answer(422, fields), answer(409, taken), answer(413)))
    results = await submitted(
        network, tmp_path, waits, *(document(number) for number in range(3)), parallel=1
    )
    assert [r.fate for r in results] == ["refused"] * 3
    told = [problem for r in results for problem in r.problems]
    assert [(t.field, t.vi, t.next_en) for t in told[:2]] == [
        ("thong_tin_don_thuoc[0].cach_dung", "ghi số ngày", ""),
        ("thong_tin_don_thuoc[1]", "Đã dùng.", "Use another."),
    ]
    assert told[2].en == "HTTP 413"
    assert exit_code(r.fate for r in results) == 1


def test_a_problem_without_reasons_tells_its_title() -> None:
    document = {"title": "Not here", "title_vi": "Không có", "what_next": "Ask.", "type": "x"}
    (told,) = refusal_of(Reply(403, document))
    assert (told.en, told.vi, told.next_en) == ("Not here", "Không có", "Ask.")


async def test_advice_and_what_is_not_kept_are_notes_on_an_accepted_one(
    tmp_path: Path, waits: Waits
) -> None:
    entry = {"field": "lines[0]", "reason": "look", "reason_vi": "xem lại"}
    advice = [entry | {"what_next": "Check it.", "what_next_vi": "Hãy kiểm tra."}]
    network = Network(in_turn(answer(201, {"advice": advice})))
    (result,) = await submitted(network, tmp_path, waits, document(signature="abc"))
    assert [note.field for note in result.notes] == ["thong_tin_don_thuoc[0]", "signature"]
    assert (result.notes[0].next_vi, result.notes[0].next_en) == ("Hãy kiểm tra.", "Check it.")
    assert exit_code([result.fate]) == 0


async def test_a_prescriber_the_issuer_does_not_take_is_one_bad_prescription(
    tmp_path: Path, waits: Waits
) -> None:
    network = Network(in_turn(ACCEPTED))
    network.issuer = in_turn(
        answer(401, {"error": "invalid_client", "error_description": "Send another."}),
        answer(200, {"access_token": "t", "expires_in": 300}),
    )
    strange = document(1, ma_lien_thong_bac_si="BS 1/2")
    results = await submitted(network, tmp_path, waits, strange, document(2), parallel=1)
    assert [r.fate for r in results] == ["refused", "accepted"]
    assert "Send another." in results[0].problems[0].en


async def test_the_shipped_samples_are_read(tmp_path: Path, waits: Waits) -> None:
    network = Network(in_turn(ACCEPTED))
    results = await submitted_files(network, tmp_path, waits, SAMPLES / "808")
    assert len(results) >= 50
    assert {r.fate for r in results} == {"accepted"}
    wrong = await submitted_files(network, tmp_path, waits, SAMPLES / "808-wrong")
    assert {"invalid", "bad-file"} <= {r.fate for r in wrong}
