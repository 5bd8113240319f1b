"""Bearer tokens: who is calling, and may this role do that.

Tokens are JWTs signed with ES256 and nothing else. A route names the roles it serves with
`require(...)`; what it does not name is refused.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, NamedTuple, Self

import structlog
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer
from joserfc import jws
from joserfc.errors import JoseError
from starlette.requests import HTTPConnection

from services.kernel import clock
from services.kernel.http.claims import (
    ALGORITHM,
    Caller,
    TokenRefusedError,
    caller_of,
    check_claims,
    key_id,
)
from services.kernel.http.jwks import HttpFetch, KeyCache
from services.kernel.http.problems import Problem
from services.kernel.http.strict_json import strict_json
from services.kernel.settings import ApiSettings

__all__ = ["Caller", "TokenRefusedError", "TokenVerifier", "require", "roles_required"]


class _Verified(NamedTuple):
    """A token that was verified: with which key, until when, whose."""

    key_id: str
    key: Any
    expires_at: int
    caller: Caller


class TokenVerifier:
    """Verifies tokens of one issuer for audience `rxlog`.

    `leeway_seconds` forgives clocks that differ, at most 60 s; `lifetime_max_seconds` refuses
    tokens made to live longer. Verified tokens are remembered until they expire, their key being
    looked up each time, so that removing a key from the JWKS ends its tokens.
    """

    def __init__(
        self,
        issuer: str,
        keys: KeyCache,
        *,
        now: Callable[[], datetime] = clock.now,
        leeway_seconds: int = 30,
        lifetime_max_seconds: int = 300,
        remembered_max: int = 4096,
    ) -> None:
        if not 0 <= leeway_seconds <= 60:
            raise ValueError("leeway is at most 60 s")
        self._issuer = issuer
        self._keys = keys
        self._now = now
        self._leeway = leeway_seconds
        self._lifetime_max = lifetime_max_seconds
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()
        self._remembered_max = remembered_max
        self._open = AsyncExitStack()

    @classmethod
    def from_settings(cls, settings: ApiSettings) -> Self:
        """The verifier of a room, fetching keys from `settings.jwks_url`."""
        fetch = HttpFetch(settings.jwks_url)
        verifier = cls(settings.issuer, KeyCache(fetch))
        verifier._open.push_async_exit(fetch)
        return verifier

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._open.aclose()

    async def check(self) -> str | None:
        """Readiness: None when keys are at hand."""
        if not await self._keys.ready():
            return "The token issuer's keys cannot be fetched: start it or correct RXLOG_JWKS_URL."
        return None

    async def verify(self, token: str) -> Caller:
        """The caller this token proves; `TokenRefusedError`, or 503 when no keys are known."""
        name = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(name)
        named = known.key_id if known else key_id(token)
        key = await self._keys.key(named)
        if key is None:
            raise TokenRefusedError("signed with a key the issuer does not have")
        now = self._now().timestamp()
        if known and known.key is key and now < known.expires_at + self._leeway:
            return known.caller
        try:
            signed = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
            claims = strict_json(signed.payload)
        except (JoseError, ValueError):
            raise TokenRefusedError("its signature or form is not valid") from None
        expires_at = check_claims(
            claims,
            issuer=self._issuer,
            now=now,
            leeway_seconds=self._leeway,
            lifetime_max_seconds=self._lifetime_max,
        )
        caller = caller_of(claims)
        self._remembered[name] = _Verified(named, key, expires_at, caller)
        if len(self._remembered) > self._remembered_max:
            self._remembered.popitem(last=False)
        return caller


def require(*roles: str) -> Any:
    """The dependency of a route that serves these roles; 401 and 403 for everybody else.

    `caller: Annotated[Caller, Depends(require("some-role"))]`
    """
    if not roles:
        raise ValueError("name at least one role")
    return _Required(frozenset(roles))


class _Required(HTTPBearer):
    """The security scheme and the check in one: every dependency of a route costs time."""

    def __init__(self, roles: frozenset[str]) -> None:
        super().__init__(
            bearerFormat="JWT",
            scheme_name="HTTPBearer",
            description="Access token, ES256.",
            auto_error=False,
        )
        self.roles = roles

    async def __call__(self, request: HTTPConnection) -> Caller:  # type: ignore[override]
        sent = await super().__call__(request)
        if sent is None:
            raise _unauthenticated("no bearer token was sent", error="")
        try:
            caller: Caller = await request.app.state.verifier.verify(sent.credentials)
        except TokenRefusedError as refusal:
            raise _unauthenticated(str(refusal)) from None
        if caller.role not in self.roles:
            raise _forbidden(caller.role, sorted(self.roles))
        structlog.contextvars.bind_contextvars(facility=caller.facility, role=caller.role)
        return caller


def roles_required(dependant: Dependant) -> frozenset[str]:
    """The roles a route names, empty when it names none."""
    named: frozenset[str] = getattr(dependant.call, "roles", frozenset())
    return named.union(*(roles_required(inner) for inner in dependant.dependencies))


def _unauthenticated(reason: str, error: str = "invalid_token") -> Problem:
    challenge = 'Bearer realm="rxlog"' + (f', error="{error}"' if error else "")
    return Problem(
        "unauthenticated",
        401,
        title="A valid access token is needed",
        title_vi="Cần có mã truy cập hợp lệ",
        detail=f"The token was not accepted: {reason}." if error else f"Refused: {reason}.",
        detail_vi="Mã truy cập bị thiếu, đã hết hạn hoặc không hợp lệ.",
        what_next="Get a token from the issuer and send it as Authorization: Bearer <token>.",
        what_next_vi="Hãy lấy mã truy cập từ máy chủ cấp mã và gửi trong tiêu đề Authorization.",
        headers={"WWW-Authenticate": challenge},
    )


def _forbidden(role: str, needed: list[str]) -> Problem:
    names = " or ".join(needed)
    return Problem(
        "role-not-allowed",
        403,
        title="Your role may not do this",
        title_vi="Vai trò của bạn không được phép thực hiện việc này",
        detail=f"This needs the role {names}; your token has the role {role}.",
        detail_vi=f"Cần vai trò {' hoặc '.join(needed)}; mã truy cập của bạn có vai trò {role}.",
        what_next=f"Send the request with the token of a client registered as {names}.",
        what_next_vi="Hãy dùng mã truy cập của đơn vị đã đăng ký vai trò này.",
        headers={
            "WWW-Authenticate": 'Bearer realm="rxlog", error="insufficient_scope"',
        },
        roles_needed=needed,
    )
