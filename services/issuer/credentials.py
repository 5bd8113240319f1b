"""Client ids, client secrets and the claims they stand for. Pure functions.

A client id says who the client is: `<role>:<facility>:<person>:<licence>`, with `-` for a person
or licence there is none of. Its secret is derived from the id and the issuer's master secret, so
nothing needs to be registered before a demo or a test.
"""

from __future__ import annotations

import hmac
import re
from typing import Any

from services.kernel.http.claims import AUDIENCE
from services.kernel.secret_files import client_secret

__all__ = ["AUDIENCE", "LIFETIME_SECONDS", "ROLES", "claims", "client_secret", "secret_is_right"]

ROLES = ("clinic", "pharmacy", "payer", "regulator", "patient-services", "service")
LIFETIME_SECONDS = 300
_CLIENT_ID = re.compile(
    rf"(?P<role>{'|'.join(ROLES)})"
    r":(?P<facility>[0-9A-Za-z]{5})"
    r":(?P<person>[\w.-]{1,40})"
    r":(?P<licence>[\w./-]{1,60})"
)


def secret_is_right(master: str, client_id: str, secret: str) -> bool:
    """Whether the id has the form of one and the secret belongs to it."""
    expected = client_secret(master, client_id)
    same = hmac.compare_digest(expected.encode(), secret.encode())
    return same and _CLIENT_ID.fullmatch(client_id) is not None


def claims(client_id: str, *, issuer: str, now: int, token_id: str) -> dict[str, Any]:
    """The claims of the client's token, issued at `now` (seconds since 1970)."""
    match = _CLIENT_ID.fullmatch(client_id)
    if match is None:
        raise ValueError("not a client id")
    named = {name: "" if text == "-" else text for name, text in match.groupdict().items()}
    return {
        "iss": issuer,
        "sub": client_id,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": token_id,
        "client_id": client_id,
        "scope": AUDIENCE,
        **named,
    }
