"""The issuer's signing key."""

from __future__ import annotations

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.kernel.settings import CannotStartError


def new_key() -> str:
    """A fresh P-256 key as PEM text."""
    return ECKey.generate_key("P-256").as_pem(private=True).decode()


def read_key(pem: str) -> ECKey:
    """The signing key. Raises `CannotStartError` when the text is none."""
    try:
        key = ECKey.import_key(pem)
    except (JoseError, ValueError):
        key = None
    if key is None or key.curve_name != "P-256" or not key.is_private:
        raise CannotStartError(
            "issuer.key is not a P-256 private key in PEM form: remove it, a new one is made."
        )
    return key
