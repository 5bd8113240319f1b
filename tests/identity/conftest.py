"""The identity room as an application on a real Postgres, in a schema of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from pydantic import SecretStr

from infra.local.network import LocalNetwork
from services.identity.__main__ import build
from services.identity.settings import Settings
from services.kernel.http.jwks import KeyCache
from services.kernel.http.tokens import TokenVerifier
from tests.identity.identity_room import ISSUER, Room, bearer, keys


@pytest.fixture(scope="session")
def room(network: LocalNetwork, postgres_url: Callable[[str], str]) -> Room:
    """Starts the room: `async with room(secrets_dir, schema) as client`."""

    @asynccontextmanager
    async def started(
        secrets_dir: Path, schema: str, **settings: Any
    ) -> AsyncIterator[httpx2.AsyncClient]:
        configured = Settings(
            port=1,
            secrets_dir=secrets_dir,
            issuer=ISSUER,
            jwks_url=f"{ISSUER}/jwks.json",
            kafka_bootstrap=network.kafka_bootstrap,
            # This role may create schemas; the room itself only needs to own its one.
            postgres_url=SecretStr(postgres_url("registry")),
            **settings,
        )
        app = build(configured, TokenVerifier(ISSUER, KeyCache(keys)), schema)
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://identity") as client,
        ):
            client.headers.update(bearer("service"))
            yield client

    return started


@pytest.fixture(scope="session")
async def database(postgres_url: Callable[[str], str]) -> AsyncIterator[asyncpg.Connection]:
    """A look behind the room; drops the schemas of the tests in the end."""
    connection = await asyncpg.connect(postgres_url("registry"))
    drop = "DROP SCHEMA IF EXISTS identity_test, identity_other CASCADE"
    await connection.execute(drop)
    yield connection
    await connection.execute(drop)
    await connection.close()


@pytest.fixture(scope="session")
async def client(
    room: Room, database: asyncpg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with the token of a room."""
    async with room(tmp_path_factory.mktemp("secrets"), "identity_test") as one:
        yield one
