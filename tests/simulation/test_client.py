"""The client keeps the contract: the same key again, and the way to a late verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2

from services.simulation.acts import Reserve
from services.simulation.client import PATIENCE_S, Addresses, Client
from tests.simulation.network_in_memory import ROOMS

ACT = Reserve(by="01921", code="01901abcdefg-c", key="key-0001")
GRANTED = httpx2.Response(201, json={"verdict": "accepted", "result": "granted"})


class Rooms:
    """Gives the answers one after the other and remembers what was asked."""

    def __init__(
        self, *answers: httpx2.Response | Exception, patience_s: float = PATIENCE_S
    ) -> None:
        self.asked: list[httpx2.Request] = []
        self.tokens: list[str] = []
        self.pauses: list[float] = []
        self._answers: Iterator[httpx2.Response | Exception] = iter(answers)
        urls = {name: f"http://{name}" for name in ROOMS}
        self.client = Client(
            Addresses(**urls),
            "secret",
            transport=httpx2.MockTransport(self._answer),
            pause=self._pause,
            patience_s=patience_s,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "issuer":
            token = f"token-{len(self.tokens)}"
            self.tokens.append(token)
            return httpx2.Response(200, json={"access_token": token, "expires_in": 300})
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def headers(self, name: str) -> list[Any]:
        return [request.headers.get(name) for request in self.asked]


async def test_an_act_is_one_request_with_key_and_token() -> None:
    rooms = Rooms(GRANTED)
    answer = await rooms.client.perform(ACT)
    assert (answer.status, answer.verdict, answer.result) == (201, "accepted", "granted")
    (request,) = rooms.asked
    assert str(request.url) == "http://dispensing/prescriptions/01901abcdefg-c/reserve"
    assert rooms.headers("idempotency-key") == ["key-0001"]
    assert rooms.headers("authorization") == ["Bearer token-0"]


async def test_what_was_not_recorded_is_sent_again_with_the_same_key() -> None:
    gone = httpx2.ConnectError("gone")
    busy = httpx2.Response(503, headers={"Retry-After": "1"})
    rooms = Rooms(gone, busy, GRANTED)
    assert (await rooms.client.perform(ACT)).result == "granted"
    assert rooms.headers("idempotency-key") == ["key-0001"] * 3
    assert rooms.pauses == [0.1, 1.0]
    assert len(rooms.tokens) == 1


async def test_a_late_verdict_is_asked_for_where_the_answer_says() -> None:
    late = httpx2.Response(202, headers={"Location": "/submissions/x/y", "Retry-After": "2"})
    not_yet = httpx2.Response(404, headers={"Retry-After": "2"})
    rooms = Rooms(late, not_yet, GRANTED)
    assert (await rooms.client.perform(ACT)).result == "granted"
    assert [request.method for request in rooms.asked] == ["POST", "GET", "GET"]
    assert rooms.asked[-1].url.path == "/submissions/x/y"


async def test_a_token_no_longer_accepted_is_renewed_once() -> None:
    rooms = Rooms(httpx2.Response(401), GRANTED)
    assert (await rooms.client.perform(ACT)).result == "granted"
    assert rooms.headers("authorization") == ["Bearer token-0", "Bearer token-1"]
    refused = Rooms(httpx2.Response(401), httpx2.Response(401))
    assert (await refused.client.perform(ACT)).status == 401


async def test_a_refusal_is_an_answer() -> None:
    body = {"verdict": "refused", "result": "expired", "reasons": [{"code": "expired"}]}
    answer = await Rooms(httpx2.Response(409, json=body)).client.perform(ACT)
    assert (answer.status, answer.reasons) == (409, ("expired",))


async def test_patience_ends() -> None:
    rooms = Rooms(httpx2.Response(503), patience_s=0)
    answer = await rooms.client.perform(ACT)
    assert (answer.status, answer.verdict) == (0, "")
