"""The HTTP shell: what a request may be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import httpx2
import pytest

from services.kernel.http.limits import Limits
from tests.kernel.sample_app import GOOD, JSON, KEY, SETTINGS, app, client_of, slug


def nested(depth: int) -> bytes:
    return b'{"note":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}" + b" " * (256 * 1024), JSON, 413),
        (json.dumps(GOOD).encode(), {"Content-Type": "text/plain"}, 415),
        (json.dumps(GOOD).encode(), {}, 415),
        (json.dumps(GOOD).encode(), {"Content-Type": "application/json; charset=utf-16"}, 415),
        (json.dumps(GOOD).encode(), {**JSON, "Content-Encoding": "gzip"}, 415),
        (nested(16), JSON, 400),
        (nested(100_000), JSON, 400),
        (nested(15), JSON, 422),
        (b'{"note":"[[[[[[[[[[[[[[[[[[[[[["}', JSON, 422),
        (b'{"note":"\\"' + b"[" * 20 + b'"}', JSON, 422),
        (b'{"note":"' + b'\\"' * 100_000, JSON, 400),
        (b"{", JSON, 400),
        (b'{"note":NaN}', JSON, 400),
        (b'{"note":1e999999}', JSON, 422),
        (b'{"note":' + b"1" * 5000 + b"}", JSON, 400),
        (b'{"code":"abc","code":"abd"}', JSON, 400),
        (b'{"note":"\\u0000"}', JSON, 400),
        (b'{"note":"\\\\u0000"}', JSON, 422),
        (b'{"note":"\xff"}', JSON, 400),
        (b'{"note":"\\ud800"}', JSON, 422),
        (b'{"\\ud800":1}', JSON, 422),
        (b"[]", JSON, 422),
        (b"", JSON, 422),
        (json.dumps(GOOD).encode(), {"Content-Type": 'Application/JSON; charset="UTF-8"'}, 201),
    ],
)
async def test_bodies_are_what_they_say_they_are(
    client: httpx2.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    response = await client.post("/orders", content=body, headers={**KEY, **headers})
    assert response.status_code == status
    if status >= 400:
        slug(response)


async def test_a_chunked_body_is_counted_while_it_arrives(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10_000_000:
            sent += 65_536
            yield b" " * 65_536

    response = await client.post("/orders", content=endless(), headers={**KEY, **JSON})
    assert (response.status_code, slug(response)) == (413, "request-too-large")
    assert response.headers["connection"] == "close"


async def test_a_body_that_trickles_is_given_up() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with client_of(app(limits=Limits(body_seconds=0.02))) as client:
        response = await client.post("/orders", content=never(), headers={**KEY, **JSON})
    assert (response.status_code, slug(response)) == (408, "request-too-slow")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/orders/1", {"X-A": "a" * 17_000}, 431),
        ("/orders/1", {f"X-{n}": "a" for n in range(120)}, 431),
        ("/orders/1?" + "q" * 9_000, {}, 414),
        ("/orders/1%00", {}, 400),
        ("/orders/1?q=%00", {}, 400),
    ],
)
async def test_heads_are_limited(
    client: httpx2.AsyncClient, path: str, headers: dict[str, str], status: int
) -> None:
    assert (await client.get(path, headers=headers)).status_code == status


async def test_a_header_that_decides_comes_once(client: httpx2.AsyncClient) -> None:
    twice = [("Authorization", "Bearer clinic"), ("Authorization", "Bearer payer")]
    response = await client.request("GET", "/orders/1", headers=twice)
    assert (response.status_code, slug(response)) == (400, "unreadable-request")


async def test_what_is_too_much_at_once_is_turned_away_and_told_when_to_come_back() -> None:
    """Given a process that takes one request at a time, while one is under way, then another one is
    turned away, a look-up is answered, and afterwards there is room again."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await go_on.wait()
        yield json.dumps(GOOD).encode()

    def order(client: httpx2.AsyncClient, content: Any) -> Awaitable[httpx2.Response]:
        return client.post("/orders", content=content, headers={**KEY, **JSON})

    one_at_a_time = SETTINGS.model_copy(update={"calls_at_once_max": 1})
    async with client_of(app(one_at_a_time)) as client:
        first = asyncio.ensure_future(order(client, slow()))
        await begun.wait()
        second = await order(client, json.dumps(GOOD).encode())
        looked_up = await client.get("/orders/1")
        go_on.set()
        assert (await first).status_code == 201
        third = await order(client, json.dumps(GOOD).encode())
    assert (second.status_code, slug(second)) == (503, "busy")
    assert second.headers["retry-after"] == "2"
    assert "same Idempotency-Key" in second.json()["what_next"]
    assert (looked_up.status_code, third.status_code) == (200, 201)
