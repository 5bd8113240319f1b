"""The issuer's keys: cached, refreshed, kept through an outage, and only the usable ones."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, KeySet, RSAKey

from services.kernel.http.jwks import HttpFetch, KeyCache, public_keys
from services.kernel.http.problems import Problem

RSA_KEY = RSAKey.generate_key(2048, {"kid": "k1"})
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
JWKS = json.dumps(KeySet([KEY]).as_dict(private=False)).encode()
URL = "http://issuer.test/jwks.json"


class Source:
    """An issuer that can be down and can rotate its keys; counts how often it is asked."""

    def __init__(self, document: bytes = JWKS) -> None:
        self.document = document
        self.down = False
        self.asked = 0
        self.seconds = 0.0
        self.cache = KeyCache(
            self, monotonic=lambda: self.seconds, refresh_seconds=300, stale_seconds=3600
        )

    async def __call__(self) -> bytes:
        self.asked += 1
        if self.down:
            raise OSError("down")
        return self.document

    async def settled_key(self, name: str) -> ECKey | None:
        """Ask, let the refresh beside it finish, ask again."""
        await self.cache.key(name)
        if self.cache._beside is not None:
            await self.cache._beside
        return await self.cache.key(name)


async def test_keys_are_fetched_once_for_many_tokens() -> None:
    source = Source()
    for _ in range(5):
        assert await source.cache.key("k1") is not None
    assert source.asked == 1


async def test_unknown_keys_do_not_make_us_flood_the_issuer() -> None:
    source = Source()
    for _ in range(100):
        assert await source.cache.key("nobody") is None
    assert source.asked == 1
    source.seconds += 6
    assert await source.cache.key("nobody") is None
    assert source.asked == 2


async def test_a_new_key_is_found_and_a_removed_one_is_gone() -> None:
    source = Source()
    assert await source.cache.key("k1") is not None
    new = ECKey.generate_key("P-256", {"kid": "k2"})
    source.document = json.dumps(KeySet([new]).as_dict(private=False)).encode()
    source.seconds += 6
    assert await source.cache.key("k2") is not None
    assert await source.cache.key("k1") is None


async def test_the_last_good_keys_outlive_the_issuer_for_an_hour() -> None:
    source = Source()
    await source.cache.key("k1")
    source.down = True
    source.seconds = 3599
    assert await source.settled_key("k1") is not None
    source.seconds = 3601
    with pytest.raises(Problem) as problem:
        await source.settled_key("k1")
    assert problem.value.status == 503
    source.down = False
    source.seconds += 6
    assert await source.cache.ready()
    assert await source.cache.key("k1") is not None


async def test_without_any_keys_the_answer_is_503_not_401() -> None:
    source = Source()
    source.down = True
    with pytest.raises(Problem) as problem:
        await source.cache.key("k1")
    assert problem.value.status == 503
    assert not await source.cache.ready()


async def fetched(answer: httpx2.Response) -> bytes:
    transport = httpx2.MockTransport(lambda _request: answer)
    async with HttpFetch(URL, transport=transport) as fetch:
        return await fetch()


async def test_keys_come_over_http() -> None:
    assert await fetched(httpx2.Response(200, content=JWKS)) == JWKS


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(302, headers={"Location": "http://evil.test/jwks.json"}),
        httpx2.Response(404, content=JWKS),
        httpx2.Response(500),
        httpx2.Response(200, content=b" " * 70_000),
    ],
)
async def test_other_answers_are_no_keys(answer: httpx2.Response) -> None:
    with pytest.raises(ValueError):
        await fetched(answer)


def bad_entry(**changes: Any) -> bytes:
    entry = {**KEY.as_dict(private=False), **changes}
    return json.dumps({"keys": [{k: v for k, v in entry.items() if v is not ...}]}).encode()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": []}',
        b'{"keys": ["k1"]}',
        b"<html>",
        b'{"keys": [' + b",".join([b"{}"] * 21) + b"]}",
        b" " * 70_000,
        bad_entry(kid=...),
        bad_entry(kid=1),
        bad_entry(use="enc"),
        bad_entry(alg="ES384"),
        bad_entry(crv="P-384"),
        bad_entry(kty="oct", k="AAAA"),
        bad_entry(x="AAAA"),
        json.dumps(KeySet([KEY]).as_dict(private=True)).encode(),
        json.dumps(KeySet([RSA_KEY]).as_dict(private=False)).encode(),
    ],
)
def test_a_key_set_without_a_usable_key_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError):
        public_keys(document)
