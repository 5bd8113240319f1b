"""What a token must look like before and after its signature is checked. Pure functions.

RFC 8725: the algorithm is ours to choose, not the token's; keys come from the issuer's key set,
never from the token; every claim that matters must be there with the type it should have.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from services.kernel.http.strict_json import strict_json

AUDIENCE = "rxlog"
ALGORITHM = "ES256"
TOKEN_CHARACTERS_MAX = 4096
CLAIM_CHARACTERS_MAX = 200
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_HEADERS = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent the request, as its token says. `scope` is the space-separated OAuth2 scope."""

    facility: str
    role: str
    person: str
    licence: str
    client_id: str
    scope: str


class TokenRefusedError(Exception):
    """The token proves nothing; the message is a short reason without any of its content."""


def key_id(token: str) -> str:
    """The `kid` of a token of acceptable form; nothing else in the header is believed."""
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise TokenRefusedError("it is too long")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefusedError("it is not a signed JWT")
    try:
        header, _, _ = (_decoded(part) for part in parts)
        fields = strict_json(header)
    except ValueError:
        raise TokenRefusedError("its form is not valid") from None
    if not isinstance(fields, dict) or set(fields) - _HEADERS or fields.get("alg") != ALGORITHM:
        raise TokenRefusedError("its header is not accepted here")
    kind, named = fields.get("typ", "JWT"), fields.get("kid")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenRefusedError("it is not an access token")
    if not isinstance(named, str) or not named:
        raise TokenRefusedError("it does not name its key")
    return named


def check_claims(
    claims: Any, *, issuer: str, now: float, leeway_seconds: int, lifetime_max_seconds: int
) -> int:
    """Check issuer, audience and times at `now` (seconds since 1970); returns `exp`."""
    if not isinstance(claims, dict):
        raise TokenRefusedError("its claims are not an object")
    if claims.get("iss") != issuer:
        raise TokenRefusedError("it comes from another issuer")
    audience = claims.get("aud")
    if audience != AUDIENCE and not (isinstance(audience, list) and AUDIENCE in audience):
        raise TokenRefusedError("it is meant for another audience")
    expires_at, issued_at = _moment(claims, "exp"), _moment(claims, "iat")
    not_before = _moment(claims, "nbf") if "nbf" in claims else issued_at
    if now >= expires_at + leeway_seconds:
        raise TokenRefusedError("it has expired")
    if max(issued_at, not_before) > now + leeway_seconds:
        raise TokenRefusedError("it is not valid yet")
    if not 0 < expires_at - issued_at <= lifetime_max_seconds:
        raise TokenRefusedError("it was made to live too long")
    return expires_at


def caller_of(claims: dict[str, Any]) -> Caller:
    """Every claim must be there as text; `person`, `licence` and `scope` may be empty."""
    values = {}
    for name in ("sub", "client_id", "facility", "role", "person", "licence", "scope"):
        value = claims.get(name)
        if (
            not isinstance(value, str)
            or len(value) > CLAIM_CHARACTERS_MAX
            or not value.isprintable()
            or (not value and name in ("sub", "client_id", "facility", "role"))
        ):
            raise TokenRefusedError(f"its claim {name} is missing or not valid")
        values[name] = value
    del values["sub"]
    return Caller(**values)


def _decoded(part: str) -> bytes:
    """Base64url in its one canonical spelling."""
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise ValueError("not canonical")
    return data


def _moment(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int:
        raise TokenRefusedError(f"its {name} is missing or not a whole number")
    return value
