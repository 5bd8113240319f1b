"""Sends errands and keeps the contract: the same key again after 503 or silence, the way to a late
verdict after 202. Every call that goes out is a line of the history."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import aiohttp
import msgspec

from infra.faults.history import Call, abandoned, answered, clock
from infra.faults.traffic.errands import Errand
from services.kernel.secret_files import client_secret

SILENCE_S = 6.0
"""No answer for so long is no answer."""

PAUSE_FIRST_S, PAUSE_MAX_S = 0.2, 2.0
HASTY_PAUSE_S = 0.15
RENEW_BEFORE_S = 60.0
HASTY_S = 1.5
HASTY_SHARE = 0.2
"""A hasty caller gives up an answer after so long, and after this share of the time it has been
asking for when that is longer: a network that answers slowly is asked slowly."""

CONNECTION_ERRORS = (aiohttp.ClientError, TimeoutError, ConnectionError)


@dataclass
class Tokens:
    """Access tokens by client, kept until shortly before they end."""

    issuer: str
    master: str
    known: dict[str, tuple[str, float]] = field(default_factory=dict)
    _asking: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def of(self, session: aiohttp.ClientSession, client_id: str) -> str:
        """The client's token; empty when the issuer gives none now."""
        async with self._asking[client_id]:
            token, until = self.known.get(client_id, ("", 0.0))
            if clock() < until:
                return token
            form = {
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": client_secret(self.master, client_id),
            }
            asked_at = clock()
            try:
                async with session.post(f"{self.issuer}/token", data=form) as response:
                    if response.status != 200:
                        return ""
                    told = msgspec.json.decode(await response.read())
            except CONNECTION_ERRORS:
                return ""
            token = str(told["access_token"])
            self.known[client_id] = token, asked_at + float(told["expires_in"]) - RENEW_BEFORE_S
            return token

    def forget(self, client_id: str) -> None:
        self.known.pop(client_id, None)


class Clients:
    """`doors` maps a room to the URLs of its processes, without a closing slash. `note` is told
    every call, `overheard` every answer with its body. There are two sets of connections, so that
    a repeat may come over another one."""

    def __init__(
        self,
        doors: Mapping[str, Sequence[str]],
        tokens: Tokens,
        note: Callable[[Call], None],
        rng: random.Random,
    ) -> None:
        self.tokens = tokens
        self.overheard: Callable[[Call, bytes], None] | None = None
        self._doors = doors
        self._note = note
        self._rng = rng
        self._sessions: list[aiohttp.ClientSession] = []
        self.under_way = 0

    async def __aenter__(self) -> Self:
        for _ in range(2):
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=15)
            timeout = aiohttp.ClientTimeout(total=SILENCE_S)
            self._sessions.append(aiohttp.ClientSession(connector=connector, timeout=timeout))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for session in self._sessions:
            await session.close()

    async def run(
        self,
        errand: Errand,
        patience_s: float = 120.0,
        *,
        attempts_max: int | None = None,
        door: str = "",
        is_hasty: bool = False,
        heard: Counter[str] | None = None,
    ) -> Call | None:
        """Put an errand to the network until there is a verdict.

        None when patience ended first, or the caller gave up after `attempts_max` attempts: then
        what became of it is not known to anybody here. `door` is the one URL to go to; a hasty
        caller does not wait as long as it is asked to. `heard` counts what came back.
        """
        self.under_way += 1
        heard = Counter() if heard is None else heard
        try:
            return await self._run(errand, patience_s, attempts_max, door, heard, is_hasty=is_hasty)
        finally:
            self.under_way -= 1

    async def _run(
        self,
        errand: Errand,
        patience_s: float,
        attempts_max: int | None,
        door: str,
        heard: Counter[str],
        *,
        is_hasty: bool,
    ) -> Call | None:
        began, location = clock(), ""
        pause, attempts = PAUSE_FIRST_S, 0
        while True:
            base = door or self._rng.choice(self._doors[errand.door])
            wait_s = SILENCE_S
            if is_hasty:
                wait_s = min(max(HASTY_S, HASTY_SHARE * (clock() - began)), SILENCE_S)
            call, headers = await self._once(errand, base, location, wait_s)
            heard[_heard(call)] += 1
            attempts += 1
            if call is not None:
                if call.is_answered or (call.outcome == "failed" and call.status not in (401, 429)):
                    return call
                if call.status == 401:
                    self.tokens.forget(errand.client_id)
                location = headers.get("Location", location) if call.outcome == "late" else ""
            if clock() - began > patience_s or (
                attempts_max is not None and attempts >= attempts_max
            ):
                return None
            said = headers.get("Retry-After", "")
            asked_pause = float(said) if said.isdigit() else pause
            if is_hasty:
                asked_pause = HASTY_PAUSE_S
            await asyncio.sleep(min(asked_pause, PAUSE_MAX_S) * self._rng.uniform(0.5, 1.0))
            pause = min(2 * pause, PAUSE_MAX_S)

    async def _once(
        self, errand: Errand, base: str, location: str, wait_s: float
    ) -> tuple[Call | None, Mapping[str, str]]:
        """One call; None when it could not even be made for want of a token."""
        session = self._rng.choice(self._sessions)
        token = await self.tokens.of(session, errand.client_id)
        if not token:
            return None, {}
        method, path = ("GET", location) if location else (errand.method, errand.path)
        headers = {"Authorization": f"Bearer {token}"}
        if method == "POST":
            headers["Idempotency-Key"] = errand.asked.key
            headers["Content-Type"] = "application/json"
        called_at = clock()
        if errand.cancels is not None and method == "POST":
            self._note(abandoned(errand.cancels, called_at))  # nobody is told what came of it
        data = errand.body if method == "POST" else None
        url = base + path
        timeout = aiohttp.ClientTimeout(total=wait_s)
        try:
            async with session.request(
                method, url, data=data, headers=headers, timeout=timeout
            ) as response:
                body = await response.read()
        except CONNECTION_ERRORS:
            call = abandoned(errand.asked, called_at)
            self._note(call)
            return call, {}
        call = answered(
            errand.asked, called_at, clock(), response.status, body, is_question=bool(location)
        )
        self._note(call)
        if self.overheard is not None:
            self.overheard(call, body)
        return call, response.headers


def _heard(call: Call | None) -> str:
    if call is None:
        return "no token"
    return "silence" if call.status is None else str(call.status)
