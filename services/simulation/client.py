"""The HTTP client of every clinic, pharmacy, payer and regulator of the country.

It keeps the contract of the APIs: one Idempotency-Key per act, the same again when the answer was
lost or the network was out of reach, and the way to a verdict that is late.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx2

from services.kernel import clock
from services.kernel.secret_files import client_secret
from services.simulation.acts import Act, Answer, Room, request_of

PATIENCE_S = 30.0
"""How long an act is repeated, or its late verdict asked for, before it counts as unanswered."""

WAIT_MAX_S = 2.0
FIRST_WAIT_S = 0.1
ANSWER_S = 15.0
RENEW_BEFORE_S = 60.0
SIGN_IN_AT_ONCE = 8
IDLE_MAX = 12
"""Idle connections kept. The pool looks at each of them for each request, so not many."""
_AGAIN = frozenset({0, 429, 502, 503, 504})


@dataclass(frozen=True)
class Addresses:
    """Where the rooms are: URLs without a closing slash."""

    issuer: str
    prescribing: str
    dispensing: str
    claims: str
    registry: str
    oversight: str

    @classmethod
    def of(cls, urls: Mapping[str, str]) -> Self:
        """From the URLs of the processes by name."""
        return cls(
            issuer=urls["issuer"],
            prescribing=urls["prescribing"],
            dispensing=urls["dispensing"],
            claims=urls["claims"],
            registry=urls["registry-api"],
            oversight=urls["oversight-api"],
        )

    def of_room(self, room: Room) -> str:
        return {
            "prescribing": self.prescribing,
            "dispensing": self.dispensing,
            "claims": self.claims,
        }[room]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer; status 0 when there was none."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] | None = None
    body: Any = None

    def wait_s(self, otherwise: float) -> float:
        """How long to wait before asking again."""
        said = (self.headers or {}).get("retry-after", "")
        return min(float(said), WAIT_MAX_S) if said.isdigit() else otherwise


class Client:
    """`master` is the development issuer's secret, of which every client's secret is made."""

    def __init__(
        self,
        addresses: Addresses,
        master: str,
        *,
        connections_max: int = 100,
        transport: httpx2.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.addresses = addresses
        self._master = master
        self._pause = pause
        self._patience_s = patience_s
        self._tokens: dict[str, tuple[str, float]] = {}
        self._renewing: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._http = httpx2.AsyncClient(
            timeout=ANSWER_S,
            limits=httpx2.Limits(
                max_connections=connections_max,
                max_keepalive_connections=IDLE_MAX,
                keepalive_expiry=15,
            ),
            trust_env=False,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._http.aclose()

    async def sign_in(self, client_ids: Iterable[str]) -> None:
        """Get tokens beforehand, so that nobody's first act waits for one."""
        several = asyncio.Semaphore(SIGN_IN_AT_ONCE)

        async def one(client_id: str) -> None:
            async with several:
                await self._token(client_id)

        await asyncio.gather(*(one(client_id) for client_id in client_ids))

    async def perform(self, act: Act) -> Answer:
        """Put an act to the network until there is a verdict, or patience ends.

        `act.key` must be set: who repeats an act repeats its key.
        """
        request = request_of(act)
        room, client_id = self.addresses.of_room(request.room), client_id_of(request.role, act.by)
        began = clock.monotonic()
        post: dict[str, Any] = {"json": request.body, "headers": {"Idempotency-Key": act.key}}
        method, path, options = "POST", request.path, post
        pause = FIRST_WAIT_S
        while True:
            reply = await self._send(method, room + path, client_id, **options)
            if reply.status == 202:
                method, options = "GET", {}
                path = (reply.headers or {})["location"]
            elif reply.status not in _AGAIN and not (method == "GET" and reply.status == 404):
                break
            if clock.monotonic() - began > self._patience_s:
                return Answer(act, 0, seconds=clock.monotonic() - began)
            await self._pause(reply.wait_s(pause))
            pause = min(2 * pause, WAIT_MAX_S)
        body = reply.body if isinstance(reply.body, dict) else {}
        return Answer(act, reply.status, body, reply.content, clock.monotonic() - began)

    async def read(
        self, url: str, client_id: str, params: Mapping[str, str] | None = None
    ) -> Reply:
        """GET, asked again for a while when there is no answer; the last reply."""
        began, pause = clock.monotonic(), FIRST_WAIT_S
        while True:
            reply = await self._send("GET", url, client_id, params=dict(params or {}))
            if reply.status not in _AGAIN or clock.monotonic() - began > self._patience_s:
                return reply
            await self._pause(reply.wait_s(pause))
            pause = min(2 * pause, WAIT_MAX_S)

    async def _send(self, method: str, url: str, client_id: str, **options: Any) -> Reply:
        """One request with a token; a token that is no longer accepted is renewed once."""
        headers = dict(options.pop("headers", {}))
        for is_last in (False, True):
            token = await self._token(client_id)
            if not token:
                return Reply(0)
            headers["Authorization"] = f"Bearer {token}"
            try:
                response = await self._http.request(method, url, headers=headers, **options)
            except httpx2.TransportError:
                return Reply(0)
            if response.status_code != 401 or is_last:
                break
            self._tokens.pop(client_id, None)
        content = response.content
        body = response.json() if content and response.status_code < 500 else None
        return Reply(response.status_code, content, response.headers, body)

    async def _token(self, client_id: str) -> str:
        """A token of this client that is good for a while; empty when the issuer gives none."""
        async with self._renewing[client_id]:
            token, until = self._tokens.get(client_id, ("", 0.0))
            asked_at = clock.monotonic()
            if asked_at < until:
                return token
            form = {
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": client_secret(self._master, client_id),
            }
            try:
                response = await self._http.post(f"{self.addresses.issuer}/token", data=form)
            except httpx2.TransportError:
                return ""
            if response.status_code != 200:
                return ""
            answer = response.json()
            until = asked_at + float(answer["expires_in"]) - RENEW_BEFORE_S
            self._tokens[client_id] = str(answer["access_token"]), until
            return str(answer["access_token"])


def client_id_of(role: str, facility: str) -> str:
    """The machine of a facility; it acts for nobody in particular."""
    return f"{role}:{facility}:-:-"
