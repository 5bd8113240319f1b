"""Calls between rooms: tokens, retries, and what a caller is told when a room is away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina

from services.kernel import telemetry
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.problems import Problem
from services.kernel.secret_files import client_secret
from services.kernel.settings import ApiSettings

Answer = httpx2.Response | Exception


class Network:
    """Answers in turn what it is told to; remembers what it was asked."""

    def __init__(self, *answers: Answer, lifetime: float = 300) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []
        self.tokens = 0
        self.lifetime = lifetime
        self.issuer_down = False

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/token":
            if self.issuer_down:
                raise httpx2.ConnectError("down")
            self.tokens += 1
            return httpx2.Response(
                200, json={"access_token": f"t{self.tokens}", "expires_in": self.lifetime}
            )
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ok(body: Any = None) -> httpx2.Response:
    return httpx2.Response(200, json=body)


def temporary() -> httpx2.Response:
    return httpx2.Response(503, json={"type": "urn:rxlog:problem:unavailable"})


@pytest.fixture
def peer() -> Callable[[Network], Peer]:
    def make(network: Network) -> Peer:
        token = RoomToken("http://issuer/token", "service:rxlog:test:-", "s")
        return Peer("registry", "http://registry", token, transport=httpx2.MockTransport(network))

    return make


@pytest.fixture(autouse=True)
def without_waiting() -> Any:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


async def test_a_call_carries_the_rooms_token_and_the_trace(peer: Any) -> None:
    network = Network(ok({"a": 1}), ok())
    async with peer(network) as registry:
        telemetry.begin_request("", "")
        reply = await registry.get("/x", params={"q": "é"})
        await registry.get("/y")
    assert (reply.status, reply.body, reply.problem) == (200, {"a": 1}, "")
    first = network.requests[0]
    assert str(first.url) == "http://registry/x?q=%C3%A9"
    assert first.headers["authorization"] == "Bearer t1"
    assert first.headers["traceparent"] == telemetry.traceparent()
    assert network.tokens == 1


async def test_the_callers_own_token_is_forwarded_when_given(peer: Any) -> None:
    network = Network(ok())
    async with peer(network) as registry:
        await registry.get("/x", bearer="callers")
    assert network.requests[0].headers["authorization"] == "Bearer callers"
    assert network.tokens == 0


async def test_a_token_is_renewed_before_it_expires(peer: Any) -> None:
    network = Network(ok(), ok(), lifetime=0)
    async with peer(network) as registry:
        await registry.get("/x")
        await registry.get("/x")
    assert network.tokens == 2


async def test_a_token_that_is_no_longer_accepted_is_renewed_once(peer: Any) -> None:
    """The issuer's clock was wrong when it was made, or its keys were changed."""
    network = Network(httpx2.Response(401), ok({"n": 1}), *[httpx2.Response(401)] * 2)
    async with peer(network) as registry:
        assert (await registry.get("/x")).body == {"n": 1}
        assert (await registry.get("/x")).status == 401
    used = [request.headers["authorization"] for request in network.requests]
    assert used == ["Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"]


async def test_a_callers_token_that_is_not_accepted_is_the_callers_affair(peer: Any) -> None:
    network = Network(httpx2.Response(401))
    async with peer(network) as registry:
        assert (await registry.get("/x", bearer="callers")).status == 401


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.ConnectError("x"),
        httpx2.ReadTimeout("x"),
        httpx2.RemoteProtocolError("x"),
        temporary(),
    ],
)
async def test_a_repeatable_call_outlives_a_moment(peer: Any, failure: Answer) -> None:
    network = Network(failure, failure, ok({"n": 3}))
    async with peer(network) as registry:
        assert (await registry.get("/x")).body == {"n": 3}
    assert len(network.requests) == 3


async def test_a_write_is_repeated_only_when_it_was_not_sent(peer: Any) -> None:
    network = Network(httpx2.ConnectError("x"), ok(), httpx2.ReadTimeout("x"), temporary())
    async with peer(network) as registry:
        assert (await registry.post("/x", {})).status == 200
        for _ in range(2):
            with pytest.raises(Problem) as problem:
                await registry.post("/x", {})
            assert problem.value.status == 503
    assert len(network.requests) == 4


async def test_a_write_with_a_key_may_be_repeated(peer: Any) -> None:
    network = Network(httpx2.ReadTimeout("x"), temporary(), ok())
    async with peer(network) as registry:
        await registry.post("/x", {"a": 1}, idempotency_key="k" * 8)
    assert {request.headers["idempotency-key"] for request in network.requests} == {"k" * 8}


async def test_attempts_are_bounded_and_end_in_a_problem(peer: Any) -> None:
    network = Network(*[httpx2.ConnectError("x")] * 10)
    async with peer(network) as registry:
        with pytest.raises(Problem) as problem:
            await registry.get("/x")
    assert (problem.value.status, problem.value.slug) == (503, "unavailable")
    assert problem.value.headers["Retry-After"] == "2"
    assert len(network.requests) == 3


async def test_a_refusal_is_an_answer(peer: Any) -> None:
    document = {"type": "urn:rxlog:problem:not-found", "status": 404}
    async with peer(Network(httpx2.Response(404, json=document))) as registry:
        reply = await registry.get("/x")
    assert (reply.status, reply.problem) == (404, "not-found")


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(500),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, content=b" " * 9_000_000),
    ],
)
async def test_nonsense_is_no_answer(peer: Any, answer: httpx2.Response) -> None:
    async with peer(Network(answer)) as registry:
        with pytest.raises(Problem):
            await registry.get("/x")


async def test_redirects_are_not_followed(peer: Any) -> None:
    network = Network(httpx2.Response(307, headers={"Location": "http://elsewhere/"}))
    async with peer(network) as registry:
        assert (await registry.get("/x")).status == 307
    assert len(network.requests) == 1


async def test_without_the_issuer_it_is_503(peer: Any) -> None:
    network = Network(ok())
    network.issuer_down = True
    async with peer(network) as registry:
        with pytest.raises(Problem) as problem:
            await registry.get("/x")
    assert problem.value.status == 503
    assert not network.requests


def settings(folder: Path, **more: Any) -> ApiSettings:
    return ApiSettings(
        room="prescribing",
        port=1,
        secrets_dir=folder,
        issuer="http://issuer/",
        jwks_url="http://issuer/jwks.json",
        **more,
    )


def test_the_rooms_secret_comes_from_the_shared_file(tmp_path: Path) -> None:
    token = RoomToken.from_settings(settings(tmp_path))
    master = (tmp_path / "room.secret").read_text().strip()
    client_id = "service:rxlog:prescribing:-"
    assert token._credentials == {
        "client_id": client_id,
        "client_secret": client_secret(master, client_id),
    }
    assert token._url == "http://issuer/token"


def test_another_provider_brings_its_own_id_and_secret(tmp_path: Path) -> None:
    secret = tmp_path / "given.secret"
    secret.touch(mode=0o600)
    secret.write_text("given\n")
    token = RoomToken.from_settings(
        settings(
            tmp_path,
            client_id="rxlog-prescribing",
            client_secret_file=secret,
            token_url="http://provider/realms/x/token",
        )
    )
    assert token._credentials == {"client_id": "rxlog-prescribing", "client_secret": "given"}
    assert token._url == "http://provider/realms/x/token"
