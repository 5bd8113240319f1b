"""Composition root of the claims room: settings, adapters, run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.claims.api import Desk, routes
from services.claims.settings import Settings
from services.kernel import telemetry
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.tokens import TokenVerifier
from services.kernel.http.web import make_app, serve
from services.kernel.log.language import published_language
from services.kernel.settings import load
from services.kernel.writing.answering import Writer
from services.vietnam.directory import FacilityDirectory
from services.vietnam.law import LAW_FILE, Law


def build(settings: Settings) -> FastAPI:
    """The room's application; nothing is connected before it starts."""
    registry = Peer("registry", settings.registry_url, RoomToken.from_settings(settings))
    writer = Writer(settings, published_language())
    desk = Desk(
        writer=writer,
        directory=FacilityDirectory.load(settings.facilities_file),
        law=Law.load(LAW_FILE),
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with registry, writer:
            yield

    return make_app(
        "RxLog claims",
        settings,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        routers=[routes(desk, registry)],
        description="Payers and pharmacies claim reimbursement and withdraw claims.",
        checks={"outcomes": writer.check},
    )


def main() -> None:
    settings = load(Settings)
    telemetry.configure(settings.room, settings.log_level)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
