"""Tokens for the identity room, and calls to it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from services.issuer.credentials import claims
from services.kernel import clock

ISSUER = "http://issuer.test"
SIGNING_KEY = ECKey.generate_key("P-256", {"kid": "k1"})

Room = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


def bearer(role: str) -> dict[str, str]:
    """The header of a caller with this role."""
    content = claims(
        f"{role}:01234:tester:-", issuer=ISSUER, now=int(clock.now().timestamp()), token_id="1"
    )
    header = {"alg": "ES256", "kid": "k1"}
    return {"Authorization": f"Bearer {jwt.encode(header, content, SIGNING_KEY)}"}


async def keys() -> bytes:
    """The key set of the tokens' issuer."""
    return json.dumps(KeySet([SIGNING_KEY]).as_dict(private=False)).encode()


NAME = "BỆNH NHÂN MẪU 0042"
_numbers = itertools.count(1)


def fresh_number() -> dict[str, str]:
    """A citizen number nobody has had in this run; 999 is no place of birth."""
    return {"kind": "citizen", "value": f"999{next(_numbers):09d}"}


def behalf(facility: str = "01234") -> dict[str, str]:
    return {"facility": facility, "role": "clinic", "person": "p1"}


async def seal(
    client: httpx2.AsyncClient, number: dict[str, str], event_id: str = "event-0001", **fields: str
) -> dict[str, Any]:
    body = {"identifier": number, "event_id": event_id, "fields": fields or {"name": NAME}}
    response = await client.post("/patients/seal", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def unseal(
    client: httpx2.AsyncClient, sealed: dict[str, Any], event_id: str = "event-0001", **more: Any
) -> httpx2.Response:
    body = {**sealed, "event_id": event_id, "caller": behalf(), "purpose": "treatment", **more}
    return await client.post("/patients/unseal", json=body)


async def look_up(
    client: httpx2.AsyncClient, number: dict[str, str], facility: str
) -> httpx2.Response:
    body = {"identifier": number, "caller": behalf(facility), "purpose": "shown document"}
    return await client.post("/patients/lookup", json=body)


async def erase(client: httpx2.AsyncClient, ref: str, **params: str) -> httpx2.Response:
    return await client.delete(
        f"/patients/{ref}/key", params=params, headers=bearer("patient-services")
    )


async def reads(client: httpx2.AsyncClient, ref: str, **params: int) -> Any:
    response = await client.get(
        f"/patients/{ref}/reads", params=params, headers=bearer("patient-services")
    )
    assert response.status_code == 200, response.text
    return response.json()


def slug(response: httpx2.Response) -> str:
    return str(response.json()["type"]).removeprefix("urn:rxlog:problem:")
