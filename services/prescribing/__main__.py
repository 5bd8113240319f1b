"""Composition root of the prescribing room: settings, adapters, run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from services.contracts.directories import (
    FacilityListed,
    LawPublished,
    MedicineListed,
    PractitionerListed,
)
from services.kernel import telemetry
from services.kernel.http.peers import Peer, RoomToken
from services.kernel.http.tokens import TokenVerifier
from services.kernel.http.web import make_app, serve
from services.kernel.log.following import Followed, NotCaughtUpError
from services.kernel.log.language import published_language
from services.kernel.secret_files import random_hex, read_or_make_secret
from services.kernel.settings import load
from services.kernel.writing.answering import Writer
from services.prescribing.api import routes
from services.prescribing.issuing import Issuing
from services.prescribing.settings import Settings
from services.topology import FACILITIES, LAW, MEDICINES, PRACTITIONERS
from services.vietnam.catalogue import DrugCatalogue, RegistrationNumbers
from services.vietnam.directory import FacilityDirectory
from services.vietnam.law_book import LawBook, NoLawError
from services.vietnam.practitioners import PractitionerDirectory


def build(settings: Settings) -> FastAPI:
    """The room's application; nothing is connected before it starts."""
    token = RoomToken.from_settings(settings)
    identity = Peer("identity", settings.identity_url, token)
    registry = Peer("registry", settings.registry_url, token)
    codec, numbers, law = published_language(), RegistrationNumbers(), LawBook()
    writer = Writer(settings, codec)
    facilities = Followed(settings, FACILITIES.name, codec, FacilityListed)
    people = Followed(settings, PRACTITIONERS.name, codec, PractitionerListed)
    medicines = Followed(settings, MEDICINES.name, codec, MedicineListed, numbers.take)
    published = Followed(settings, LAW.name, codec, LawPublished, law.take)
    secret = read_or_make_secret(settings.secrets_dir / "prescription-codes.secret", random_hex)
    issuing = Issuing(
        writer=writer,
        identity=identity,
        directory=FacilityDirectory(facilities),
        practitioners=PractitionerDirectory(people),
        catalogue=DrugCatalogue(medicines, numbers),
        law=law,
        code_secret=secret.encode(),
        code_attempts_max=settings.code_attempts_max,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in (identity, registry, writer, facilities, people, medicines, published):
                await stack.enter_async_context(part)
            yield

    async def law_check() -> str | None:
        return await published.check() or law.missing

    return make_app(
        "RxLog prescribing",
        settings,
        verifier=TokenVerifier.from_settings(settings),
        lifespan=lifespan,
        routers=[routes(issuing, registry)],
        description="Clinics issue, cancel and replace prescriptions.",
        checks={
            "outcomes": writer.check,
            "facilities": facilities.check,
            "practitioners": people.check,
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
