"""Composition root of the identity room: `python -m services.identity`."""

from __future__ import annotations

from fastapi import FastAPI

from services.identity.api import routes
from services.identity.keeping import Keeper
from services.identity.settings import SCHEMA, Settings
from services.kernel import telemetry
from services.kernel.http.tokens import TokenVerifier
from services.kernel.http.web import make_app, serve
from services.kernel.log.event_log import AppendFailedError
from services.kernel.log.language import published_language
from services.kernel.settings import load
from services.kernel.store import database


def build(
    settings: Settings, verifier: TokenVerifier | None = None, schema: str = SCHEMA
) -> FastAPI:
    """The room's application; nothing is connected before it starts."""
    keeper = Keeper(settings, published_language(), schema)
    return make_app(
        "RxLog identity",
        settings,
        verifier=verifier or TokenVerifier.from_settings(settings),
        lifespan=lambda _app: keeper.opened(),
        routers=[routes(keeper)],
        description="Patient references, and the keys that seal what is personal. For rooms only.",
        checks={
            "postgres": lambda: database.check(keeper.pool),
            "erasures": keeper.erasing.check,
        },
        outages={**database.OUTAGES, AppendFailedError: "The log of erasures"},
    )


def main() -> None:
    settings = load(Settings)
    telemetry.configure(settings.room, settings.log_level)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
