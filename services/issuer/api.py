"""The issuer's three addresses: token, key set, discovery."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, Request
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.responses import JSONResponse

from services.issuer import credentials
from services.kernel import clock

TOKEN_PATH = "/token"
KEYS_PATH = "/jwks.json"
DISCOVERY_PATH = "/.well-known/openid-configuration"
PUBLIC = (TOKEN_PATH, KEYS_PATH, DISCOVERY_PATH)
MEDIA_TYPES = {TOKEN_PATH: "application/x-www-form-urlencoded"}

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            MEDIA_TYPES[TOKEN_PATH]: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                    },
                }
            }
        },
    }
}


class OAuthError(Exception):
    """An error of RFC 6749 section 5.2: `code` is the RFC's."""

    def __init__(self, code: str, description: str, *, basic: bool = False) -> None:
        super().__init__(code)
        self.code, self.description, self.basic = code, description, basic

    def response(self) -> JSONResponse:
        headers = {"WWW-Authenticate": 'Basic realm="rxlog"'} if self.basic else {}
        body = {"error": self.code, "error_description": self.description}
        return JSONResponse(body, 401 if self.code == "invalid_client" else 400, headers)


def routes(issuer: str, key: ECKey, master: str) -> APIRouter:
    """The routes of an issuer named `issuer` that signs with `key`."""
    router = APIRouter(tags=["tokens"])
    key_id = key.thumbprint()
    public_key = {
        **key.as_dict(private=False),
        "kid": key_id,
        "use": "sig",
        "alg": "ES256",
    }

    @router.post(TOKEN_PATH, openapi_extra=_FORM)
    async def token(request: Request) -> JSONResponse:
        """Client credentials (RFC 6749 4.4): HTTP Basic, or client_id and client_secret as form."""
        try:
            client_id = authenticated(
                await request.body(), request.headers.get("authorization", ""), master
            )
        except OAuthError as error:
            return error.response()
        content = credentials.claims(
            client_id,
            issuer=issuer,
            now=int(clock.now().timestamp()),
            token_id=clock.new_uuid().hex,
        )
        header = {"alg": "ES256", "kid": key_id, "typ": "at+jwt"}
        return JSONResponse(
            {
                "access_token": jwt.encode(header, content, key, algorithms=["ES256"]),
                "token_type": "Bearer",
                "expires_in": credentials.LIFETIME_SECONDS,
                "scope": content["scope"],
            }
        )

    @router.get(KEYS_PATH)
    async def keys() -> dict[str, Any]:
        """The public signing key as a key set (RFC 7517)."""
        return {"keys": [public_key]}

    @router.get(DISCOVERY_PATH)
    async def discovery() -> dict[str, Any]:
        """What a client needs to know (OpenID Connect Discovery)."""
        return {
            "issuer": issuer,
            "token_endpoint": issuer + TOKEN_PATH,
            "jwks_uri": issuer + KEYS_PATH,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    return router


def authenticated(body: bytes, authorization: str, master: str) -> str:
    """The client id of a token request. Raises `OAuthError`."""
    form = _form(body)
    basic = bool(authorization)
    if form.get("grant_type") is None:
        raise OAuthError("invalid_request", "Send grant_type=client_credentials.")
    if form["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is issued here.")
    if basic and "client_secret" in form:
        raise OAuthError("invalid_request", "Send the secret once: by Basic or in the form.")
    if basic:
        client_id, secret = _basic(authorization)
    else:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if not credentials.secret_is_right(master, client_id, secret):
        raise OAuthError(
            "invalid_client",
            "Send <role>:<facility>:<person>:<licence> and its secret.",
            basic=basic,
        )
    return client_id


def _form(body: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20
        )
    except ValueError:
        raise OAuthError("invalid_request", "The body is not a form.") from None
    if any(len(values) != 1 for values in fields.values()):
        raise OAuthError("invalid_request", "A field is given twice.")
    return {name: values[0] for name, values in fields.items()}


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret of HTTP Basic. The id has colons itself, so the last one separates."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        pair = base64.b64decode(encoded, validate=True).decode() if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    client_id, separator, secret = pair.rpartition(":")
    if not separator:
        raise OAuthError("invalid_client", "Authorization is not HTTP Basic.", basic=True)
    return unquote_plus(client_id), unquote_plus(secret)
