"""The HTTP client of the terminal: a token of the right caller with every call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx2

from services.kernel import clock
from services.kernel.http.problems import TYPE_PREFIX
from services.kernel.secret_files import client_secret, read_secret
from services.kernel.settings import CannotStartError
from services.terminal.settings import Room, Settings

ANSWER_S = 30.0
"""Longer than oversight keeps a question open and than a verdict may take."""


class UnreachableError(Exception):
    """A room gave no answer at all; the text names it."""


class SignInRefusedError(Exception):
    """The issuer gives this client no token; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; status 0 when there was none. `body` is its JSON, None when it has none.

    `location` is the path it points to, `retry_after_s` None when it does not say.
    """

    status: int
    body: Any
    retry_after_s: float | None = None
    location: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The body as an object; empty when it is none."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def problem(self) -> str:
        """Slug of the problem document, empty when it is none."""
        return str(self.document.get("type", "")).removeprefix(TYPE_PREFIX)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renew_at: float


class Client:
    """Calls rooms on behalf of any client whose secret the settings lead to."""

    def __init__(
        self,
        settings: Settings,
        *,
        connections_max: int = 20,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._tokens: dict[str, _Token] = {}
        self._signing_in: dict[str, asyncio.Lock] = {}
        self._http = httpx2.AsyncClient(
            timeout=ANSWER_S,
            limits=httpx2.Limits(max_connections=connections_max, keepalive_expiry=15),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._http.aclose()

    async def get(
        self, room: Room, path: str, *, client_id: str, params: Mapping[str, Any] | None = None
    ) -> Reply:
        """GET as a client. Raises `UnreachableError` or `SignInRefusedError`."""
        return await self._call(room, "GET", path, client_id, {}, params=dict(params or {}))

    async def post(
        self, room: Room, path: str, body: Any, *, client_id: str, idempotency_key: str
    ) -> Reply:
        """POST JSON as a client. Raises `UnreachableError` or `SignInRefusedError`."""
        headers = {"Idempotency-Key": idempotency_key}
        return await self._call(room, "POST", path, client_id, headers, json=body)

    async def _call(
        self,
        room: Room,
        method: str,
        path: str,
        client_id: str,
        headers: dict[str, str],
        **request: Any,
    ) -> Reply:
        url = self._settings.url(room) + path
        named = self._settings.client_id or client_id
        headers["Authorization"] = f"Bearer {await self._token(named)}"
        reply = await self._once(room, method, url, headers=headers, **request)
        if reply.status == 401:  # the issuer was renewed, or our clock runs behind
            self._tokens.pop(named, None)
            headers["Authorization"] = f"Bearer {await self._token(named)}"
            reply = await self._once(room, method, url, headers=headers, **request)
        return reply

    async def _token(self, client_id: str) -> str:
        async with self._signing_in.setdefault(client_id, asyncio.Lock()):
            token = self._tokens.get(client_id)
            if token is None or clock.monotonic() >= token.renew_at:
                token = self._tokens[client_id] = await self._sign_in(client_id)
            return token.text

    async def _sign_in(self, client_id: str) -> _Token:
        asked_at = clock.monotonic()
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": self._secret(client_id),
        }
        url = self._settings.tokens
        reply = await self._once("issuer", "POST", url, data=form)
        if reply.status in (400, 401, 403):
            said = str(reply.document.get("error_description", "no reason given"))
            raise SignInRefusedError(f"{client_id}: {said}")
        try:
            lifetime_s = float(reply.document["expires_in"])
            return _Token(str(reply.document["access_token"]), asked_at + lifetime_s / 2)
        except (KeyError, TypeError, ValueError):
            raise UnreachableError("issuer") from None

    def _secret(self, client_id: str) -> str:
        if self._settings.client_secret_file is not None:
            return _read(self._settings.client_secret_file)
        return client_secret(_read(self._settings.master_secret_file), client_id)

    async def _once(self, room: str, method: str, url: str, **request: Any) -> Reply:
        try:
            response = await self._http.request(method, url, **request)
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise UnreachableError(room) from error
        return Reply(
            response.status_code,
            _json(response.content),
            _seconds(response.headers),
            _path(response.headers),
        )


def _read(path: Any) -> str:
    try:
        return read_secret(path)
    except OSError:
        raise CannotStartError(
            f"The secret {path} cannot be read: start the network with `rxlog up`, or set "
            "RXLOG_SECRETS_DIR to the folder of its secrets."
        ) from None


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _path(headers: Mapping[str, str]) -> str:
    said = headers.get("location", "")
    return said if said.startswith("/") and not said.startswith("//") else ""


def _seconds(headers: Mapping[str, str]) -> float | None:
    said = headers.get("retry-after", "")
    return float(said) if said.isdigit() else None
