"""Tokens, and answers that are none."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from services.kernel.settings import CannotStartError
from services.terminal.client import Reply, SignInRefusedError, UnreachableError
from tests.terminal.artificial import Network, answer, in_turn

WHO = "regulator:RXLOG:terminal:-"


async def test_one_token_serves_many_calls_of_one_caller(tmp_path: Path) -> None:
    network = Network(in_turn(answer(200, {"a": 1})))
    async with network.client(tmp_path) as client:
        for _ in range(3):
            reply = await client.get("oversight", "/alerts", client_id=WHO, params={"limit": 3})
        await client.get("registry", "/x", client_id="clinic:01911:BSM-1:-")
    assert reply == Reply(200, {"a": 1})
    assert network.signed_in == [WHO, "clinic:01911:BSM-1:-"]
    assert str(network.requests[0].url) == "http://oversight/alerts?limit=3"
    assert network.requests[0].headers["authorization"] == f"Bearer {WHO}"


async def test_a_token_that_is_not_taken_is_renewed_once(tmp_path: Path) -> None:
    network = Network(in_turn(answer(401, {"type": "x"}), answer(200), answer(401)))
    async with network.client(tmp_path) as client:
        assert (await client.get("oversight", "/alerts", client_id=WHO)).status == 200
        assert (await client.get("oversight", "/alerts", client_id=WHO)).status == 401
    assert len(network.signed_in) == 3


async def test_a_client_of_a_real_provider_uses_its_own_secret(tmp_path: Path) -> None:
    secret = tmp_path / "own.secret"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    network = Network(in_turn(answer(200)))
    network.issuer = in_turn(answer(200, {"access_token": "t", "expires_in": 300}))
    forms: list[str] = []
    give = network.issuer

    def issuer(request: httpx2.Request) -> httpx2.Response | Exception:
        forms.append(f"{request.url} {request.content.decode()}")
        return give(request)

    network.issuer = issuer
    settings = {
        "token_url": "http://provider/token",
        "client_id": "ministry",
        "client_secret_file": secret,
    }
    async with network.client(tmp_path, **settings) as client:
        await client.get("oversight", "/alerts", client_id=WHO)
    credentials = "grant_type=client_credentials&client_id=ministry&client_secret=s3cret"
    assert forms == [f"http://provider/token {credentials}"]


@pytest.mark.parametrize(
    "failure", [httpx2.ConnectError("x"), httpx2.ReadTimeout("x"), httpx2.RemoteProtocolError("x")]
)
async def test_no_answer_names_the_room(tmp_path: Path, failure: Exception) -> None:
    network = Network(in_turn(failure))
    async with network.client(tmp_path) as client:
        with pytest.raises(UnreachableError, match="oversight"):
            await client.get("oversight", "/alerts", client_id=WHO)
        network.issuer = in_turn(failure)
        with pytest.raises(UnreachableError, match="issuer"):
            await client.get("oversight", "/alerts", client_id="regulator:RXLOG:other:-")


async def test_an_issuer_that_says_no_is_told(tmp_path: Path) -> None:
    network = Network(in_turn(answer(200)))
    network.issuer = in_turn(answer(401, {"error_description": "Send its secret."}))
    async with network.client(tmp_path) as client:
        with pytest.raises(SignInRefusedError, match=r"regulator:RXLOG.*Send its secret\."):
            await client.get("oversight", "/alerts", client_id=WHO)


async def test_a_missing_or_open_secret_is_one_sentence(tmp_path: Path) -> None:
    network = Network(in_turn(answer(200)))
    async with network.client(tmp_path) as client:
        (tmp_path / "room.secret").chmod(0o644)
        with pytest.raises(CannotStartError, match="chmod 600"):
            await client.get("oversight", "/alerts", client_id=WHO)
        (tmp_path / "room.secret").unlink()
        with pytest.raises(CannotStartError, match="rxlog up"):
            await client.get("oversight", "/alerts", client_id=WHO)


async def test_only_paths_of_the_same_room_are_followed(tmp_path: Path) -> None:
    network = Network(
        in_turn(
            answer(202, {}, location="/submissions/a/b", retry_after="2"),
            answer(202, {}, location="http://elsewhere/x"),
            answer(202, {}, location="//elsewhere/x", retry_after="soon"),
            httpx2.Response(200, content=b"<html>"),
        )
    )
    async with network.client(tmp_path) as client:
        replies = [await client.get("oversight", "/a", client_id=WHO) for _ in range(4)]
    assert [reply.location for reply in replies] == ["/submissions/a/b", "", "", ""]
    assert [reply.retry_after_s for reply in replies] == [2.0, None, None, None]
    assert replies[3].document == {}
