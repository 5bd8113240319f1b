"""Composition root of the dispensing room: settings, adapters, run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.contracts.directories import FacilityListed, LawPublished, MedicineListed
from services.dispensing.api import Counter, routes
from services.dispensing.settings import Settings
from services.kernel import telemetry
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.tokens import TokenVerifier
from services.kernel.http.web import make_app, serve
from services.kernel.log.following import Followed, NotCaughtUpError
from services.kernel.log.language import published_language
from services.kernel.settings import load
from services.kernel.writing.answering import Writer
from services.topology import FACILITIES, LAW, MEDICINES
from services.vietnam.catalogue import DrugCatalogue, RegistrationNumbers
from services.vietnam.directory import FacilityDirectory
from services.vietnam.law_book import LawBook, NoLawError


def build(settings: Settings) -> FastAPI:
    """The room's application; nothing is connected before it starts."""
    registry = Peer("registry", settings.registry_url, RoomToken.from_settings(settings))
    codec, numbers, law = published_language(), RegistrationNumbers(), LawBook()
    writer = Writer(settings, codec)
    facilities = Followed(settings, FACILITIES.name, codec, FacilityListed)
    medicines = Followed(settings, MEDICINES.name, codec, MedicineListed, numbers.take)
    published = Followed(settings, LAW.name, codec, LawPublished, law.take)
    counter = Counter(
        writer=writer,
        directory=FacilityDirectory(facilities),
        catalogue=DrugCatalogue(medicines, numbers),
        law=law,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with registry, writer, facilities, medicines, published:
            yield

    async def law_check() -> str | None:
        return await published.check() or law.missing

    return make_app(
        "RxLog dispensing",
        settings,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        routers=[routes(counter, registry)],
        description="Pharmacies reserve, release, dispense and reverse.",
        checks={
            "outcomes": writer.check,
            "facilities": facilities.check,
            "medicines": medicines.check,
            "law": law_check,
        },
        outages={NotCaughtUpError: "The directory", NoLawError: "The published law"},
    )


def main() -> None:
    settings = load(Settings)
    telemetry.configure(settings.room, settings.log_level)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
