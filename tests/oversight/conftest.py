"""The oversight room as an application on a real Postgres, in a schema of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pydantic import SecretStr

from services.issuer.credentials import claims
from services.kernel import clock
from services.kernel.folding.mechanism import Folder, Folding
from services.kernel.folding.telling import Tell
from services.kernel.http.jwks import KeyCache
from services.kernel.http.tokens import TokenVerifier
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.kernel.settings import DatabaseSettings
from services.kernel.store.database import open_pool
from services.oversight.__main__ import DUMPS, MIGRATIONS, build_api
from services.oversight.folder import AlertFolder, DeadLetterFolder
from services.oversight.settings import ApiProcess
from tests.network.waiting import until
from tests.oversight.artificial import CODEC

if TYPE_CHECKING:
    from infra.local.network import LocalNetwork

ISSUER = "http://issuer.test"
SCHEMA = "oversight_test"
ROOM = "oversight-under-test"
SIGNING_KEY = ECKey.generate_key("P-256", {"kid": "k1"})


def bearer(role: str) -> dict[str, str]:
    """The header of a caller with this role."""
    content = claims(
        f"{role}:01234:tester:-", issuer=ISSUER, now=int(clock.now().timestamp()), token_id="1"
    )
    header = {"alg": "ES256", "kid": "k1"}
    return {"Authorization": f"Bearer {jwt.encode(header, content, SIGNING_KEY)}"}


async def _keys() -> bytes:
    return json.dumps(KeySet([SIGNING_KEY]).as_dict(private=False)).encode()


@dataclass
class Worker:
    """The mechanism with one of the room's folders, and what it would have published."""

    folding: Folding
    published: list[Record] = field(default_factory=list)

    async def apply(self, *records: LogRecord) -> int:
        """Fold records of one or more partitions; returns how many were due."""
        fetch: dict[int, list[LogRecord]] = {}
        for record in records:
            fetch.setdefault(record.partition, []).append(record)
        return (await self.folding.apply(fetch)).records


class _Noting:
    """A folder that notes its results: the mechanism publishes none in these tests."""

    def __init__(self, folder: Folder, published: list[Record]) -> None:
        self.name, self.topic = folder.name, folder.topic
        self.is_read_once_told = False
        self._folder, self._published = folder, published

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord], _tell: Tell
    ) -> None:
        await self._folder.fold(database, records, self._published.extend)


@pytest.fixture(scope="session")
async def tables(postgres_url: Callable[[str], str]) -> AsyncIterator[asyncpg.Pool]:
    """A pool on the room's tables; the registry's role may create schemas."""
    settings = DatabaseSettings(
        room="test", secrets_dir=Path(), postgres_url=SecretStr(postgres_url("registry"))
    )
    async with open_pool(settings, SCHEMA, migrations=MIGRATIONS) as opened:
        yield opened
        await opened.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.fixture
async def pool(tables: asyncpg.Pool) -> asyncpg.Pool:
    """The same, with every table empty."""
    names = ", ".join(dump.name for dump in DUMPS)
    await tables.execute(f"TRUNCATE fold_position, lookup, {names}")
    return tables


async def worker(pool: asyncpg.Pool, folder: Folder, partitions: range) -> Worker:
    published: list[Record] = []
    folding = Folding(pool, _Noting(folder, published), publish=None)
    await folding.take(partitions)
    return Worker(folding, published)


@pytest.fixture
async def alerts(pool: asyncpg.Pool) -> Worker:
    """The worker that folds the alerts."""
    return await worker(pool, AlertFolder(CODEC), range(3))


@pytest.fixture
async def dead_letters(pool: asyncpg.Pool) -> Worker:
    """The worker that folds the dead letters."""
    return await worker(pool, DeadLetterFolder(CODEC), range(1))


@pytest.fixture(scope="session")
async def room(
    tables: asyncpg.Pool,
    network: LocalNetwork,
    postgres_url: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[FastAPI]:
    """The API; the registry is away."""
    settings = ApiProcess(
        room=ROOM,
        port=1,
        secrets_dir=tmp_path_factory.mktemp("secrets"),
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks.json",
        registry_url="http://127.0.0.1:9",
        token_url="http://127.0.0.1:9/token",
        postgres_url=SecretStr(postgres_url("registry")),
        kafka_bootstrap=network.kafka_bootstrap,
    )
    app = build_api(settings, TokenVerifier(ISSUER, KeyCache(_keys)), SCHEMA)
    async with app.router.lifespan_context(app):
        await _knows_the_places(app)
        yield app


async def _knows_the_places(app: FastAPI) -> None:
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://oversight") as one:

        async def caught_up() -> bool:
            return "facilities" not in (await one.get("/readyz")).json().get("checks", {})

        await until(caught_up, "the reading of the directory")


@pytest.fixture
async def client(room: FastAPI, pool: asyncpg.Pool) -> AsyncIterator[httpx2.AsyncClient]:
    """A regulator."""
    transport = httpx2.ASGITransport(room)
    async with httpx2.AsyncClient(transport=transport, base_url="http://oversight") as one:
        one.headers.update(bearer("regulator"))
        yield one


async def get(client: httpx2.AsyncClient, path: str, **params: Any) -> Any:
    """The answer to a question that may be asked."""
    response = await client.get(path, params=params)
    assert response.status_code == 200, response.text
    return response.json()
