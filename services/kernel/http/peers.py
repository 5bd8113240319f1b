"""Calls from room to room over HTTP.

A room calls with a token of its own (`role` service), which it gets from the issuer with client
credentials, or forwards the bearer token of the caller it acts for. Each attempt has a deadline; a
connection that could not be made is tried again, and so is a temporary failure (502, 503, 504, a
broken or silent connection) of a call that may safely be repeated.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx2
import stamina

from services.kernel import clock, telemetry
from services.kernel.http.problems import TYPE_PREFIX, Problem, unavailable
from services.kernel.secret_files import client_secret, random_hex, read_or_make_secret, read_secret
from services.kernel.settings import ApiSettings

TIMEOUT_SECONDS = 3.0
ATTEMPTS_MAX = 3
RENEW_BEFORE_SECONDS = 60.0
ANSWER_BYTES_MAX = 8 * 1024 * 1024
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_TEMPORARY = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """What a peer answered: its status and its decoded JSON (None when there was no body)."""

    status: int
    body: Any

    @property
    def problem(self) -> str:
        """Slug of the problem document, empty when it is none."""
        kind = self.body.get("type", "") if isinstance(self.body, dict) else ""
        return kind.removeprefix(TYPE_PREFIX) if isinstance(kind, str) else ""


class _TemporaryError(Exception):
    """An answer that may be another one in a moment."""


class RoomToken:
    """The token a room calls others with, renewed before it expires.

    With the development issuer the client id is `service:rxlog:<room>:-` and the secret is derived
    from `room.secret`; with another provider both come from the settings.
    """

    def __init__(self, token_url: str, client_id: str, secret: str) -> None:
        self._url = token_url
        self._credentials = {"client_id": client_id, "client_secret": secret}
        self._token = ""
        self._renew_at = float("-inf")
        self._renewing = asyncio.Lock()

    @classmethod
    def from_settings(cls, settings: ApiSettings) -> Self:
        """Reads the secret; makes `room.secret` when this is the first process to need it."""
        client_id = settings.client_id or f"service:rxlog:{settings.room}:-"
        if settings.client_secret_file is not None:
            secret = read_secret(settings.client_secret_file)
        else:
            master = read_or_make_secret(settings.secrets_dir / "room.secret", random_hex)
            secret = client_secret(master, client_id)
        token_url = settings.token_url or f"{settings.issuer.rstrip('/')}/token"
        return cls(token_url, client_id, secret)

    async def get(self, client: httpx2.AsyncClient) -> str:
        """A token that is good for some time yet. Raises a 503 problem when there is none."""
        async with self._renewing:
            if clock.monotonic() >= self._renew_at:
                await self._renew(client)
            return self._token

    def forget(self, token: str) -> None:
        """The token was not accepted: the next call gets another one."""
        if token == self._token:
            self._renew_at = float("-inf")

    async def _renew(self, client: httpx2.AsyncClient) -> None:
        asked_at = clock.monotonic()
        form = {"grant_type": "client_credentials", **self._credentials}
        try:
            response = await client.post(self._url, data=form)
            response.raise_for_status()
            answer = response.json()
            self._token = str(answer["access_token"])
            lifetime = float(answer["expires_in"])
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            raise unavailable("The token issuer") from error
        self._renew_at = asked_at + max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)


class Peer:
    """One room as seen from another: `name` for messages, `url` without a closing slash."""

    def __init__(
        self,
        name: str,
        url: str,
        token: RoomToken,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        attempts_max: int = ATTEMPTS_MAX,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._name = name
        self._url = url
        self._token = token
        self._attempts_max = attempts_max
        self._client = httpx2.AsyncClient(
            timeout=timeout_seconds,
            limits=httpx2.Limits(max_connections=100, keepalive_expiry=15),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._client.aclose()

    async def get(
        self, path: str, *, params: Mapping[str, str] | None = None, bearer: str = ""
    ) -> Reply:
        """GET, repeated when it fails for a moment. `bearer`: the caller's token to forward."""
        return await self._call("GET", path, bearer=bearer, repeatable=True, params=params)

    async def post(
        self,
        path: str,
        body: Any,
        *,
        repeatable: bool = False,
        idempotency_key: str = "",
        bearer: str = "",
    ) -> Reply:
        """POST JSON. `repeatable` says that doing it twice is doing it once."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        repeatable = repeatable or bool(idempotency_key)
        return await self._call(
            "POST", path, bearer=bearer, repeatable=repeatable, headers=headers, json=body
        )

    async def _call(
        self,
        method: str,
        path: str,
        *,
        bearer: str,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Reply:
        """The peer's answer, whatever its status below 500; a 503 problem when there is none.

        A token of our own that is no longer accepted (the issuer changed its keys, its clock was
        wrong) is renewed once.
        """
        token = bearer or await self._token.get(self._client)
        request["headers"] = headers or {}
        reply = await self._with_token(token, method, path, repeatable=repeatable, **request)
        if reply.status != 401 or bearer:
            return reply
        self._token.forget(token)
        token = await self._token.get(self._client)
        return await self._with_token(token, method, path, repeatable=repeatable, **request)

    async def _with_token(
        self,
        token: str,
        method: str,
        path: str,
        *,
        repeatable: bool,
        headers: Mapping[str, str],
        **request: Any,
    ) -> Reply:
        all_headers = {"Authorization": f"Bearer {token}", **headers}
        if trace := telemetry.traceparent():
            all_headers["traceparent"] = trace
        on: tuple[type[Exception], ...] = _UNSENT
        if repeatable:
            on = (httpx2.TransportError, _TemporaryError)
        try:
            async for attempt in stamina.retry_context(
                on=on, attempts=self._attempts_max, wait_initial=0.05, wait_max=0.5
            ):
                with attempt:
                    return await self._once(method, path, headers=all_headers, **request)
        except (httpx2.HTTPError, _TemporaryError) as error:
            raise self._unavailable() from error
        raise AssertionError("a retry ends with an answer or an error")

    async def _once(self, method: str, path: str, **request: Any) -> Reply:
        response = await self._client.request(method, self._url + path, **request)
        if response.status_code in _TEMPORARY:
            raise _TemporaryError(str(response.status_code))
        if response.status_code >= 500 or len(response.content) > ANSWER_BYTES_MAX:
            raise self._unavailable()
        try:
            return Reply(response.status_code, response.json() if response.content else None)
        except json.JSONDecodeError:
            raise self._unavailable() from None

    def _unavailable(self) -> Problem:
        return unavailable(f"The room {self._name}")
