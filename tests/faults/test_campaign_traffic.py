"""The clients of the traffic keep the contract of the APIs, and every call is a line."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from infra.faults.history import Call
from infra.faults.traffic import clients as clients_module
from infra.faults.traffic.clients import Clients, Tokens
from infra.faults.traffic.errands import errand, look_up
from infra.faults.traffic.population import Population
from services.kernel.http.idempotency import event_id
from services.simulation.acts import Cancel, Issue, Release, Reserve

CODE = "01901abcdefg-c"
GRANTED = {
    "prescription_code": CODE,
    "event_id": "e-1",
    "verdict": "accepted",
    "result": "granted",
    "holder": "01921",
    "remaining": [{"line": 1, "quantity": "20"}],
    "log": {"partition": 3, "offset": 7, "recorded_at": "2026-11-22T08:00:00Z"},
}


@dataclass
class Room:
    """A room that answers from a list, and notes what it was asked. `None` breaks the line."""

    answers: list[web.Response | None]
    takes_s: float = 0.0
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/token":
            self.tokens += 1
            return web.json_response({"access_token": f"t{self.tokens}", "expires_in": 300})
        key = request.headers.get("Idempotency-Key", "")
        self.asked.append((request.method, request.path, key))
        await asyncio.sleep(self.takes_s)
        answer = self.answers.pop(0)
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return answer


@asynccontextmanager
async def _asking(room: Room, calls: list[Call]) -> AsyncIterator[Clients]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", room.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    doors = {key: [url] for key in ("prescribing", "dispensing", "claims", "registry-api")}
    tokens = Tokens(url, "master")
    async with Clients(doors, tokens, calls.append, random.Random(1)) as made:
        yield made
    await runner.cleanup()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_module, "PAUSE_FIRST_S", 0.001)
    monkeypatch.setattr(clients_module, "PAUSE_MAX_S", 0.002)


def _ok() -> web.Response:
    return web.json_response(GRANTED, status=201)


async def test_after_503_and_a_broken_line_the_same_key_comes_again() -> None:
    room, calls = Room([web.Response(status=503), None, _ok()]), []
    async with _asking(room, calls) as clients:
        call = await clients.run(errand(Reserve(by="01921", code=CODE, key="key-12345"), "p0"))
    assert call is not None
    assert (call.outcome, call.result, call.partition, call.offset) == ("ok", "granted", 3, 7)
    assert room.asked == [("POST", f"/prescriptions/{CODE}/reserve", "key-12345")] * 3
    assert [one.outcome for one in calls] == ["unknown", "unknown", "ok"]
    assert len({one.submission for one in calls}) == 1
    assert calls[1].returned_at is None


async def test_a_late_verdict_is_asked_for_where_the_answer_says() -> None:
    late = web.json_response(
        {"prescription_code": CODE, "event_id": "e-1", "verdict": "late"},
        status=202,
        headers={"Location": f"/submissions/{CODE}/e-1"},
    )
    room, calls = Room([late, web.Response(status=404), _ok()]), []
    async with _asking(room, calls) as clients:
        call = await clients.run(errand(Reserve(by="01921", code=CODE, key="key-12345"), "p0"))
    assert call is not None
    assert call.outcome == "ok"
    assert [method for method, _, _ in room.asked] == ["POST", "GET", "GET"]
    assert [(one.outcome, one.is_question) for one in calls] == [
        ("late", False),
        ("late", True),
        ("ok", True),
    ]


async def test_a_question_that_fails_is_followed_by_the_request_itself() -> None:
    late = web.json_response(
        {"verdict": "late"}, status=202, headers={"Location": f"/submissions/{CODE}/e-1"}
    )
    room, calls = Room([late, web.Response(status=503), _ok()]), []
    async with _asking(room, calls) as clients:
        await clients.run(errand(Reserve(by="01921", code=CODE, key="key-12345"), "p0"))
    assert [method for method, _, _ in room.asked] == ["POST", "GET", "POST"]


async def test_a_token_that_is_not_accepted_is_renewed() -> None:
    room, calls = Room([web.Response(status=401), _ok()]), []
    async with _asking(room, calls) as clients:
        call = await clients.run(errand(Reserve(by="01921", code=CODE, key="key-12345"), "p0"))
    assert call is not None
    assert room.tokens == 2


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_what_is_wrong_is_not_repeated(status: int) -> None:
    room, calls = Room([web.json_response({}, status=status)]), []
    async with _asking(room, calls) as clients:
        call = await clients.run(errand(Reserve(by="01921", code=CODE, key="key-12345"), "p0"))
    assert call is not None
    assert call.outcome == "failed"


async def test_a_hasty_caller_waits_longer_for_a_network_that_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a room that takes longer than a hasty caller waits, when it is asked again and again,
    then the caller comes to wait for its answer, and knows how often it heard nothing."""
    monkeypatch.setattr(clients_module, "HASTY_S", 0.01)
    monkeypatch.setattr(clients_module, "HASTY_PAUSE_S", 0.01)
    room, calls, heard = Room([_ok() for _ in range(99)], takes_s=0.2), [], Counter[str]()
    asked = errand(Reserve(by="01921", code=CODE, key="key-12345"), "p0")
    async with _asking(room, calls) as clients:
        call = await clients.run(asked, 30.0, is_hasty=True, heard=heard)
    assert call is not None
    assert call.is_answered
    assert heard["201"] == 1
    assert heard["silence"] == len(calls) - 1 > 0


async def test_a_caller_who_gives_up_knows_nothing() -> None:
    room, calls = Room([web.Response(status=503)]), []
    reserve = errand(Reserve(by="01921", code=CODE, key="key-12345"), "p0")
    async with _asking(room, calls) as clients:
        assert await clients.run(reserve, attempts_max=1) is None
    assert [one.outcome for one in calls] == ["unknown"]


async def test_a_replacement_is_two_lines_the_cancellation_of_which_nobody_is_told() -> None:
    population = Population(1, "t")
    plain = population.plain(random.Random(1))
    act = Issue(by=plain.clinic, draft=population.draft(plain), replaces=CODE, key="key-12345")
    room, calls = Room([_ok()]), []
    async with _asking(room, calls) as clients:
        await clients.run(errand(act, "p0"))
    cancel, issue = calls
    assert (cancel.operation, cancel.outcome, cancel.code) == ("cancel", "unknown", CODE)
    assert cancel.event_id == event_id(f"clinic:{plain.clinic}:p0:L1", "replace", "key-12345", CODE)
    assert (issue.operation, issue.outcome) == ("issue", "ok")


def test_an_errand_says_what_it_is_about() -> None:
    sent = errand(Release(by="01921", code=CODE, key="key-12345"), "p1")
    assert sent.asked.client == sent.client_id == "pharmacy:01921:p1:L1"
    assert sent.asked.event_id == event_id(sent.client_id, "release", "key-12345", CODE)
    other = sent.with_other_content(reason="other")
    assert other.asked.key == sent.asked.key
    assert other.asked.body_sha256 != sent.asked.body_sha256
    assert look_up(CODE, "01991").method == "GET"
    assert errand(Cancel(by="01901", code=CODE, key="k" * 8), "p0").door == "prescribing"


def test_everybody_is_in_the_directory_and_the_seed_decides() -> None:
    one, same, other = Population(1, "a"), Population(1, "a"), Population(2, "a")
    assert (one.clinics, one.pharmacies) == (same.clinics, same.pharmacies)
    assert one.pharmacies != other.pharmacies
    codes = {one.plain(random.Random(n)).code for n in range(200)}
    assert len(codes) == 200
    record = one.record(one.plain(random.Random(1)))
    assert record.valid_from < record.occurred_at < record.valid_until
    assert record.lines
