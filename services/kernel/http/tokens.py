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
from typing import Annotated, Any, Self

import structlog
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jws
from joserfc.errors import JoseError

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

_BEARER = HTTPBearer(bearerFormat="JWT", description="Access token, ES256.", auto_error=False)


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
        self._remembered: OrderedDict[bytes, tuple[Any, int, Caller]] = OrderedDict()
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
        key = await self._keys.key(key_id(token))
        if key is None:
            raise TokenRefusedError("signed with a key the issuer does not have")
        now = self._now().timestamp()
        name = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(name)
        if known and known[0] is key and now < known[1] + self._leeway:
            return known[2]
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
        self._remembered[name] = (key, expires_at, caller)
        if len(self._remembered) > self._remembered_max:
            self._remembered.popitem(last=False)
        return caller


def require(*roles: str) -> Any:
    """The dependency of a route that serves these roles; 401 and 403 for everybody else.

    `caller: Annotated[Caller, Depends(require("some-role"))]`
    """
    if not roles:
        raise ValueError("name at least one role")
    allowed = frozenset(roles)

    async def authorised(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> Caller:
        if credentials is None:
            raise _unauthenticated("no bearer token was sent", error="")
        try:
            caller: Caller = await request.app.state.verifier.verify(credentials.credentials)
        except TokenRefusedError as refusal:
            raise _unauthenticated(str(refusal)) from None
        if caller.role not in allowed:
            raise _forbidden(caller.role, sorted(allowed))
        structlog.contextvars.bind_contextvars(facility=caller.facility, role=caller.role)
        return caller

    authorised.roles = allowed  # type: ignore[attr-defined]
    return authorised


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
