"""The issuer's public keys (JWKS), cached so that the issuer may be down for a while.

Keys are fetched again when they are older than `refresh_seconds` and when a token names an unknown
key, but never more often than every `retry_seconds`. When fetching fails the last good keys stay
in use for `stale_seconds`; after that no token can be verified and callers get 503.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx2
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.kernel import clock
from services.kernel.http.problems import unavailable
from services.kernel.http.strict_json import strict_json

KEYS_MAX = 20
ANSWER_BYTES_MAX = 64 * 1024
FIRST_RETRY_SECONDS = 0.2
_log = structlog.get_logger(__name__)

Fetch = Callable[[], Awaitable[bytes]]


class KeyCache:
    """Public ES256 keys by key id. `fetch` gives the JWKS document's bytes or raises."""

    def __init__(
        self,
        fetch: Fetch,
        *,
        monotonic: Callable[[], float] = clock.monotonic,
        refresh_seconds: float = 300.0,
        retry_seconds: float = 5.0,
        stale_seconds: float = 3600.0,
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._refresh_seconds = refresh_seconds
        self._retry_seconds = retry_seconds
        self._stale_seconds = stale_seconds
        self._keys: dict[str, ECKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._beside: asyncio.Future[None] | None = None

    async def key(self, key_id: str) -> ECKey | None:
        """The key of that id, None when the issuer does not have it; 503 when no keys are known.

        Only a token with an unknown key waits for the issuer; a due refresh runs beside.
        """
        if key_id not in self._keys:
            await self._refresh()
        elif self._age() > self._refresh_seconds and (self._beside is None or self._beside.done()):
            self._beside = asyncio.ensure_future(self._refresh())
        if self._age() > self._stale_seconds:
            raise unavailable("The token issuer")
        return self._keys.get(key_id)

    async def ready(self) -> bool:
        """Whether keys are at hand, fetching them when they are not."""
        if self._age() > self._refresh_seconds:
            await self._refresh()
        return self._age() <= self._stale_seconds

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    async def _refresh(self) -> None:
        seen = self._tried_at
        async with self._fetching:
            now = self._monotonic()
            pause = self._retry_seconds if self._keys else FIRST_RETRY_SECONDS
            if self._tried_at != seen or now - self._tried_at < pause:
                return  # another caller has just tried
            self._tried_at = now
            try:
                keys = public_keys(await self._fetch())
            except (httpx2.HTTPError, OSError, ValueError, TimeoutError) as error:
                _log.warning("issuer keys not fetched", error=type(error).__name__)
                return
            self._keys, self._fetched_at = keys, now


def public_keys(document: bytes) -> dict[str, ECKey]:
    """The usable keys of a JWKS document: P-256, for signatures, with an id, public part only.

    Raises `ValueError` when it is no key set or holds no usable key.
    """
    if len(document) > ANSWER_BYTES_MAX:
        raise ValueError("the key set is too large")
    parsed = strict_json(document)
    entries = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list) or len(entries) > KEYS_MAX:
        raise ValueError("not a key set")
    keys = {}
    for entry in entries:
        if _usable(entry):
            try:
                keys[str(entry["kid"])] = ECKey.import_key(entry)
            except (JoseError, ValueError) as error:
                _log.warning("issuer key not usable", error=type(error).__name__)
    if not keys:
        raise ValueError("no usable key")
    return keys


def _usable(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("kid"), str)
        and entry.get("kty") == "EC"
        and entry.get("crv") == "P-256"
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "ES256") == "ES256"
        and "d" not in entry
    )


class HttpFetch:
    """Fetches the JWKS document over HTTP: one fixed address, no redirects, bounded answer."""

    def __init__(
        self,
        url: str,
        timeout_seconds: float = 3.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        self._client = httpx2.AsyncClient(
            timeout=timeout_seconds, follow_redirects=False, trust_env=False, transport=transport
        )

    async def __call__(self) -> bytes:
        body = b""
        async with self._client.stream("GET", self._url) as response:
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise ValueError("the key set is too large")
        return body

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._client.aclose()
