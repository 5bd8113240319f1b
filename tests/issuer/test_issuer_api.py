"""The development issuer: tokens for who knows the secret, and a key set that verifies them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from services.issuer.__main__ import build
from services.issuer.credentials import LIFETIME_SECONDS, ROLES, client_secret
from services.issuer.settings import Settings
from services.kernel.http.jwks import KeyCache
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.tokens import Caller, TokenVerifier
from services.kernel.settings import CannotStartError

ISSUER = "http://issuer.test"
CLINIC = "clinic:01234:p-1:000123/HNO-CCHN"


def settings(folder: Path) -> Settings:
    return Settings(port=1, secrets_dir=folder, issuer=ISSUER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture
def app(folder: Path) -> FastAPI:
    return build(settings(folder))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ISSUER) as one:
        yield one


def secret_of(folder: Path, client_id: str) -> str:
    return client_secret((folder / "room.secret").read_text().strip(), client_id)


def form(folder: Path, client_id: str = CLINIC, **more: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret_of(folder, client_id),
        **more,
    }


async def verified(client: httpx2.AsyncClient, token: str) -> Caller:
    async def fetch() -> bytes:
        return (await client.get("/jwks.json")).content

    return await TokenVerifier(ISSUER, KeyCache(fetch)).verify(token)


async def test_a_token_says_who_the_client_is(client: httpx2.AsyncClient, folder: Path) -> None:
    response = await client.post("/token", data=form(folder))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", LIFETIME_SECONDS)
    assert await verified(client, answer["access_token"]) == Caller(
        facility="01234",
        role="clinic",
        person="p-1",
        licence="000123/HNO-CCHN",
        client_id=CLINIC,
        scope="rxlog",
    )


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_gets_tokens(client: httpx2.AsyncClient, folder: Path, role: str) -> None:
    response = await client.post("/token", data=form(folder, f"{role}:01234:-:-"))
    caller = await verified(client, response.json()["access_token"])
    assert (caller.role, caller.person, caller.licence) == (role, "", "")


@pytest.mark.parametrize("encode", [True, False])
async def test_basic_takes_ids_with_colons(
    client: httpx2.AsyncClient, folder: Path, encode: bool
) -> None:
    """RFC 6749 2.3.1 has the id form-encoded; most clients do not do it."""
    name = CLINIC.replace(":", "%3A").replace("/", "%2F") if encode else CLINIC
    pair = base64.b64encode(f"{name}:{secret_of(folder, CLINIC)}".encode()).decode()
    response = await client.post(
        "/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {pair}"},
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("change", "error", "status"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"grant_type": ""}, "unsupported_grant_type", 400),
        ({"client_secret": "0" * 64}, "invalid_client", 401),
        ({"client_secret": ""}, "invalid_client", 401),
        ({"client_secret": "é"}, "invalid_client", 401),
        ({"client_id": "pharmacy:01234:p-1:-"}, "invalid_client", 401),
        ({"client_id": ""}, "invalid_client", 401),
    ],
)
async def test_wrong_credentials_get_the_rfcs_error(
    client: httpx2.AsyncClient, folder: Path, change: dict[str, str], error: str, status: int
) -> None:
    response = await client.post("/token", data={**form(folder), **change})
    assert (response.status_code, response.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    "client_id",
    [
        "clinic",
        "admin:01234:p:l",
        "clinic:0123:p:l",
        "clinic:012345:p:l",
        "clinic:01234::l",
        "clinic:01234:p:l:x",
        "clinic:01234:p:l\n",
        " clinic:01234:p:l",
    ],
)
async def test_an_id_of_another_form_gets_nothing(
    client: httpx2.AsyncClient, folder: Path, client_id: str
) -> None:
    """Even with the secret that belongs to it."""
    response = await client.post("/token", data=form(folder, client_id))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_malformed_requests(client: httpx2.AsyncClient, folder: Path) -> None:
    good = form(folder)
    twice = await client.post(
        "/token",
        content=b"grant_type=client_credentials&grant_type=client_credentials",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    both = await client.post("/token", data=good, headers={"Authorization": "Basic eDp5"})
    assert (both.status_code, both.json()["error"]) == (400, "invalid_request")
    for header in ("Basic !", "Basic eDo=", "Bearer x", "Basic eA=="):
        response = await client.post(
            "/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": header},
        )
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert response.headers["www-authenticate"] == 'Basic realm="rxlog"'
    assert (await client.post("/token", json=good)).status_code == 415
    assert (await client.post("/token")).json()["error"] == "invalid_request"


async def test_discovery_leads_to_token_and_keys(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/.well-known/openid-configuration")).json()
    assert document["issuer"] == ISSUER
    assert document["token_endpoint"] == f"{ISSUER}/token"
    assert document["jwks_uri"] == f"{ISSUER}/jwks.json"


async def test_the_key_set_is_public_only(client: httpx2.AsyncClient) -> None:
    (key,) = (await client.get("/jwks.json")).json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


async def test_it_warns_of_itself(client: httpx2.AsyncClient) -> None:
    assert "FOR DEMO AND TESTS ONLY" in (await client.get("/docs")).text


async def test_keys_survive_a_restart(client: httpx2.AsyncClient, folder: Path) -> None:
    before = (await client.get("/jwks.json")).json()
    again = build(settings(folder))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(again), base_url=ISSUER) as second:
        assert (await second.get("/jwks.json")).json() == before
    assert (folder / "issuer.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "nonsense"])
def test_a_broken_key_file_is_one_sentence(folder: Path, text: str) -> None:
    folder.mkdir()
    path = folder / "issuer.key"
    path.touch(mode=0o600)
    path.write_text(text)
    with pytest.raises(CannotStartError, match="remove it, a new one is made"):
        build(settings(folder))


async def test_a_room_gets_its_own_token(app: FastAPI, folder: Path) -> None:
    """Room, issuer and verifier agree on ids and secrets."""
    client_id = "service:rxlog:registry:-"
    token = RoomToken(f"{ISSUER}/token", client_id, secret_of(folder, client_id))
    async with (
        Peer("issuer", ISSUER, token, transport=httpx2.ASGITransport(app)) as issuer,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ISSUER) as client,
    ):
        assert (await issuer.get("/jwks.json")).status == 200
        caller = await verified(client, token._token)
    assert (caller.role, caller.person, caller.client_id) == ("service", "registry", client_id)
