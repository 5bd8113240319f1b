"""Token verification: one valid token, and every way of not being one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from services.kernel.http.jwks import KeyCache
from services.kernel.http.tokens import Caller, TokenRefusedError, TokenVerifier

ISSUER = "http://issuer.test"
NOW = 1_800_000_000
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "k1"})
RSA_KEY = RSAKey.generate_key(2048, {"kid": "k1"})
P384_KEY = ECKey.generate_key("P-384", {"kid": "k1"})
JWKS = json.dumps(KeySet([KEY]).as_dict(private=False)).encode()

GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "clinic:01234:p1:l1",
    "aud": "rxlog",
    "iat": NOW,
    "exp": NOW + 300,
    "client_id": "clinic:01234:p1:l1",
    "facility": "01234",
    "role": "clinic",
    "person": "p1",
    "licence": "000123/HNO-CCHN",
    "scope": "rxlog",
}
HEADER = {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None) -> str:
    """A token signed with the issuer's key; a claim given as `...` is left out."""
    content = {k: v for k, v in {**GOOD, **(claims or {})}.items() if v is not ...}
    return jwt.encode({**HEADER, **(header or {})}, content, KEY, algorithms=["ES256"])


def signed_with(key: Any, algorithm: str) -> str:
    header = {**HEADER, "alg": algorithm}
    return jwt.encode(header, GOOD, key, algorithms=[algorithm])


def raw(header: bytes, payload: bytes, signature: bytes = b"s" * 64) -> str:
    return ".".join(b64(part) for part in (header, payload, signature))


def hand_signed(header: bytes, payload: bytes) -> str:
    """Signed with the right key over bytes no library would write."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    algorithm = jwt.JWSRegistry.algorithms["ES256"]
    return f"{signing_input}.{b64(algorithm.sign(signing_input.encode(), KEY))}"


def head(**members: Any) -> bytes:
    return json.dumps({**HEADER, **members}).encode()


def body(**claims: Any) -> bytes:
    return json.dumps({**GOOD, **claims}).encode()


def hmac_with_public_key() -> str:
    """The classic confusion: HS256 with the public key's text as secret."""
    pem = KEY.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing_input = f"{b64(head(alg='HS256'))}.{b64(body())}"
    return f"{signing_input}.{b64(hmac.new(pem, signing_input.encode(), hashlib.sha256).digest())}"


def swapped_payload() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{b64(body(role='regulator'))}.{signature}"


def respelled() -> str:
    """The same signature bytes in another base64 spelling."""
    token = signed()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


FORGED: dict[str, Callable[[], str]] = {
    # not a signed JWT
    "empty": lambda: "",
    "dots": lambda: "..",
    "one part": lambda: "abc",
    "two parts": lambda: signed().rsplit(".", 1)[0],
    "four parts": lambda: signed() + ".x",
    "JWE shape": lambda: "a.b.c.d.e",
    "too long": lambda: signed() + "A" * 5000,
    "not base64": lambda: "!!!." + signed().split(".", 1)[1],
    "padded base64": lambda: signed() + "==",
    "respelled signature": respelled,
    "white space": lambda: signed().replace(".", ". "),
    "header no JSON": lambda: raw(b"{", body()),
    "header a list": lambda: raw(b"[]", body()),
    "header deep": lambda: raw(b"[" * 1500, body()),
    "header not UTF-8": lambda: raw(b"\xff{}", body()),
    "header twice alg": lambda: hand_signed(
        b'{"alg":"none","alg":"ES256","kid":"k1","typ":"JWT"}', body()
    ),
    # algorithm
    "none": lambda: raw(head(alg="none"), body(), b""),
    "None": lambda: raw(head(alg="None"), body(), b""),
    "no alg": lambda: raw(b'{"kid":"k1"}', body()),
    "alg a list": lambda: hand_signed(head(alg=["ES256"]), body()),
    "HS256 with public key": hmac_with_public_key,
    "HS256": lambda: signed_with(OctKey.generate_key(256, {"kid": "k1"}), "HS256"),
    "RS256": lambda: signed_with(RSA_KEY, "RS256"),
    "ES384": lambda: signed_with(P384_KEY, "ES384"),
    "alg in small letters": lambda: hand_signed(head(alg="es256"), body()),
    # signature
    "signature empty": lambda: signed().rsplit(".", 1)[0] + ".",
    "signature zero": lambda: raw(head(), body(), bytes(64)),
    "signature short": lambda: signed()[:-4],
    "signature of other token": lambda: (
        signed().rsplit(".", 1)[0] + "." + signed({"role": "payer"}).rsplit(".", 1)[1]
    ),
    "payload swapped": swapped_payload,
    "other key, same kid": lambda: signed_with(OTHER_KEY, "ES256"),
    # header members that bring their own key or meaning
    "embedded jwk": lambda: hand_signed(head(jwk=KEY.as_dict(private=False)), body()),
    "jku": lambda: hand_signed(head(jku="http://evil.test/jwks.json"), body()),
    "x5u": lambda: hand_signed(head(x5u="http://evil.test/cert.pem"), body()),
    "crit": lambda: hand_signed(head(crit=["x"], x=1), body()),
    "b64 false": lambda: hand_signed(head(b64=False, crit=["b64"]), body()),
    "zip": lambda: hand_signed(head(zip="DEF"), body()),
    "id token type": lambda: signed(header={"typ": "dpop+jwt"}),
    "typ a number": lambda: hand_signed(head(typ=1), body()),
    "no kid": lambda: hand_signed(b'{"alg":"ES256"}', body()),
    "unknown kid": lambda: signed(header={"kid": "k2"}),
    "kid empty": lambda: signed(header={"kid": ""}),
    "kid a path": lambda: signed(header={"kid": "../../dev/null"}),
    "kid a number": lambda: hand_signed(head(kid=1), body()),
    # payload form
    "payload a list": lambda: hand_signed(head(), b"[]"),
    "payload no JSON": lambda: hand_signed(head(), b"claims"),
    "payload NaN": lambda: hand_signed(head(), body()[:-1] + b',"exp2":NaN}'),
    "claim twice": lambda: hand_signed(head(), body()[:-1] + b',"role":"regulator"}'),
    # issuer and audience
    "other issuer": lambda: signed({"iss": "http://evil.test"}),
    "issuer with slash": lambda: signed({"iss": ISSUER + "/"}),
    "issuer a list": lambda: signed({"iss": [ISSUER]}),
    "no issuer": lambda: signed({"iss": ...}),
    "other audience": lambda: signed({"aud": "account"}),
    "audience prefix": lambda: signed({"aud": "rxlog2"}),
    "audience list of others": lambda: signed({"aud": ["a", "b"]}),
    "audience nested": lambda: signed({"aud": [["rxlog"]]}),
    "no audience": lambda: signed({"aud": ...}),
    # times
    "expired": lambda: signed({"iat": NOW - 400, "exp": NOW - 100}),
    "expired beyond the leeway": lambda: signed({"iat": NOW - 300, "exp": NOW - 30}),
    "no exp": lambda: signed({"exp": ...}),
    "exp text": lambda: signed({"exp": str(NOW + 300)}),
    "exp true": lambda: signed({"exp": True}),
    "exp fractional": lambda: signed({"exp": NOW + 0.5}),
    "exp infinite": lambda: hand_signed(head(), body(exp=float("inf"))),
    "exp null": lambda: signed({"exp": None}),
    "no iat": lambda: signed({"iat": ...}),
    "issued tomorrow": lambda: signed({"iat": NOW + 86_400, "exp": NOW + 86_700}),
    "not before tomorrow": lambda: signed({"nbf": NOW + 86_400}),
    "nbf text": lambda: signed({"nbf": "now"}),
    "lives too long": lambda: signed({"exp": NOW + 301}),
    "ends before it begins": lambda: signed({"iat": NOW + 20, "exp": NOW + 10}),
    # who
    **{
        f"no {name}": lambda name=name: signed({name: ...})
        for name in ("sub", "client_id", "facility", "role", "person", "licence", "scope")
    },
    **{
        f"{name} empty": lambda name=name: signed({name: ""})
        for name in ("sub", "client_id", "facility", "role")
    },
    "role a list": lambda: signed({"role": ["clinic"]}),
    "facility a number": lambda: signed({"facility": 1234}),
    "person endless": lambda: signed({"person": "p" * 201}),
    "licence with line end": lambda: signed({"licence": "1\r\nX: y"}),
}


def verifier_at(now: float = NOW, issuer: str = ISSUER) -> TokenVerifier:
    async def fetch() -> bytes:
        return JWKS

    return TokenVerifier(
        issuer, KeyCache(fetch), now=lambda: datetime.fromtimestamp(now, UTC), leeway_seconds=30
    )


async def test_a_valid_token_names_its_caller() -> None:
    expected = Caller(
        facility="01234",
        role="clinic",
        person="p1",
        licence="000123/HNO-CCHN",
        client_id="clinic:01234:p1:l1",
        scope="rxlog",
    )
    assert expected == await verifier_at().verify(signed())


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["account", "rxlog"]},
        {"nbf": NOW},
        {"iat": NOW + 29, "exp": NOW + 300},
        {"iat": NOW - 300, "exp": NOW - 29},
        {"person": "", "licence": "", "scope": ""},
    ],
)
async def test_what_is_within_the_rules_is_accepted(claims: dict[str, Any]) -> None:
    assert (await verifier_at().verify(signed(claims))).facility == "01234"


@pytest.mark.parametrize("name", FORGED)
async def test_no_forged_token_is_accepted(name: str) -> None:
    token = FORGED[name]()
    with pytest.raises(TokenRefusedError) as refused:
        await verifier_at().verify(token)
    assert "k1" not in str(refused.value)


def test_the_matrix_is_wide_enough() -> None:
    assert len(FORGED) >= 60


@given(st.integers(min_value=0, max_value=10_000), st.sampled_from("ABCdef019-_.=! \x00é"))
async def test_one_changed_character_is_enough(position: int, character: str) -> None:
    token = signed()
    position %= len(token)
    changed = token[:position] + character + token[position + 1 :]
    if changed == token:
        return
    with pytest.raises(TokenRefusedError):
        await verifier_at().verify(changed)


async def test_a_remembered_token_still_expires() -> None:
    moment = [float(NOW)]

    async def fetch() -> bytes:
        return JWKS

    verifier = TokenVerifier(
        ISSUER, KeyCache(fetch), now=lambda: datetime.fromtimestamp(moment[0], UTC)
    )
    token = signed()
    await verifier.verify(token)
    await verifier.verify(token)
    moment[0] = NOW + 331
    with pytest.raises(TokenRefusedError):
        await verifier.verify(token)


def test_a_leeway_above_a_minute_is_refused() -> None:
    with pytest.raises(ValueError, match="60 s"):
        TokenVerifier(ISSUER, KeyCache(lambda: None), leeway_seconds=61)  # type: ignore[arg-type, return-value]
