"""Starts the development issuer: `python -m services.issuer`. Never start it in a real network."""

from __future__ import annotations

import structlog
from fastapi import FastAPI

from services.issuer import api
from services.issuer.keys import new_key, read_key
from services.issuer.settings import Settings
from services.kernel import telemetry
from services.kernel.http.web import make_app, serve
from services.kernel.secret_files import random_hex, read_or_make_secret
from services.kernel.settings import CannotStartError, load, refuse

DESCRIPTION = (
    "FOR DEMO AND TESTS ONLY: it trusts whoever holds its master secret. "
    "A real network uses its own OpenID provider."
)


def build(settings: Settings) -> FastAPI:
    """The application. Reads `issuer.key` and `room.secret`, making them on the first start."""
    key = read_key(read_or_make_secret(settings.secrets_dir / "issuer.key", new_key))
    master = read_or_make_secret(settings.secrets_dir / "room.secret", random_hex)
    return make_app(
        "RxLog development issuer",
        settings,
        routers=[api.routes(settings.issuer, key, master)],
        description=DESCRIPTION,
        public=api.PUBLIC,
        media_types=api.MEDIA_TYPES,
    )


def main() -> None:
    settings = load(Settings)
    telemetry.configure(settings.room, settings.log_level)
    try:
        app = build(settings)
    except CannotStartError as error:
        refuse(str(error))
    structlog.get_logger(__name__).warning("development issuer: for demo and tests only")
    serve(app, settings)


if __name__ == "__main__":
    main()
