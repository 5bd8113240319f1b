"""The registry on a real Postgres, in a schema of its own: a log made by hand, the mechanism that
folds it, and the API over what it came to. The time of every record is the test's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pydantic import SecretStr

from services.contracts.submissions import Submission, TimeTicked
from services.issuer.credentials import claims
from services.kernel import clock
from services.kernel.folding.mechanism import Folding, partition_of
from services.kernel.folding.telling import Tell
from services.kernel.http.jwks import KeyCache
from services.kernel.http.tokens import TokenVerifier
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.kernel.settings import DatabaseSettings
from services.kernel.store.database import open_pool
from services.registry.__main__ import MIGRATIONS, build_api
from services.registry.folder import RegistryFolder
from services.registry.settings import ApiProcess
from services.registry.store.dumps import DUMPS
from services.topology import LOG

ISSUER = "http://issuer.test"
SCHEMA = "registry_test"
SIGNING_KEY = ECKey.generate_key("P-256", {"kid": "k1"})
CODEC = published_language()
CONNECTIONS_MAX = 3

Event = Submission | TimeTicked


def bearer(role: str, facility: str) -> dict[str, str]:
    """The header of a caller of this facility."""
    content = claims(
        f"{role}:{facility}:tester:-", issuer=ISSUER, now=int(clock.now().timestamp()), token_id="1"
    )
    header = {"alg": "ES256", "kid": "k1"}
    return {"Authorization": f"Bearer {jwt.encode(header, content, SIGNING_KEY)}"}


async def keys() -> bytes:
    return json.dumps(KeySet([SIGNING_KEY]).as_dict(private=False)).encode()


class Log:
    """Records as the broker would give them out; nothing is folded before `fold`."""

    def __init__(self) -> None:
        self._next: Counter[int] = Counter()
        self.records: list[LogRecord] = []

    def append(self, at: datetime, event: Event) -> LogRecord:
        """One record; a tick goes into the partition it names."""
        if isinstance(event, TimeTicked):
            key, partition = None, event.partition
        else:
            key = event.prescription_code.encode()
            partition = partition_of(event.prescription_code, LOG.partitions)
        return self.append_raw(at, partition, key, CODEC.encode(event))

    def append_raw(self, at: datetime, partition: int, key: bytes | None, value: bytes):
        offset = self._next[partition]
        self._next[partition] += 1
        milliseconds = round(at.timestamp() * 1000)
        record = LogRecord(LOG.name, partition, offset, milliseconds, key, value, ())
        self.records.append(record)
        return record

    def tick(self, at: datetime, code: str) -> LogRecord:
        """A tick in the partition of a code."""
        partition = partition_of(code, LOG.partitions)
        return self.append(at, TimeTicked(tick_id=f"tick-{at}", partition=partition))


class Worker:
    """The mechanism with the registry's folder, and what it would have published."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.name, self.topic = RegistryFolder.name, RegistryFolder.topic
        self.is_read_once_told = False
        self.published: list[Record] = []
        self._folder = RegistryFolder(CODEC)
        self._folding = Folding(pool, self, None)
        self._folded = 0

    @property
    def results(self) -> list[Record]:
        """What was published about prescriptions: without that time passed, which has no key."""
        return [record for record in self.published if record.key is not None]

    async def take(self) -> None:
        await self._folding.take(range(LOG.partitions))

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord], _tell: Tell
    ) -> None:
        await self._folder.fold(database, records, self.published.extend)

    async def catch_up(self, log: Log, *, at_once: int = 1000) -> None:
        """Fold what was appended since, `at_once` records in a fetch."""
        while self._folded < len(log.records):
            part = log.records[self._folded : self._folded + at_once]
            self._folded += len(part)
            fetch: dict[int, list[LogRecord]] = {}
            for record in part:
                fetch.setdefault(record.partition, []).append(record)
            applied = await self._folding.apply(fetch)
            assert applied.records == len(part)


@asynccontextmanager
async def tables(postgres_url: Callable[[str], str], schema: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a schema of its own with the registry's tables."""
    settings = DatabaseSettings(
        room="test", secrets_dir=Path(), postgres_url=SecretStr(postgres_url("registry"))
    )
    async with open_pool(settings, schema, migrations=MIGRATIONS) as opened:
        yield opened
        await opened.execute(f"DROP SCHEMA {schema} CASCADE")


async def emptied(pool: asyncpg.Pool) -> asyncpg.Pool:
    names = ", ".join(("fold_position", "lookup", *(dump.name for dump in DUMPS)))
    await pool.execute(f"TRUNCATE {names}")
    return pool


async def dump(pool: asyncpg.Pool) -> dict[str, list[Any]]:
    """Everything the log brought about."""
    return {one.name: [tuple(row) for row in await pool.fetch(one.query)] for one in DUMPS}


def api(postgres_url: Callable[[str], str], secrets: Path) -> FastAPI:
    """The API over the tables; the identity room is away."""
    settings = ApiProcess(
        room="registry-under-test",
        port=1,
        secrets_dir=secrets,
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks.json",
        identity_url="http://127.0.0.1:9",
        token_url="http://127.0.0.1:9/token",
        postgres_url=SecretStr(postgres_url("registry")),
        postgres_connections_max=CONNECTIONS_MAX,
    )
    return build_api(settings, TokenVerifier(ISSUER, KeyCache(keys)), SCHEMA)


class Asking:
    """Anybody's requests to the API."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://registry", timeout=60
        )

    async def get(self, role: str, facility: str, path: str, **params: Any) -> httpx2.Response:
        given = {name: value for name, value in params.items() if value is not None}
        return await self._http.get(path, params=given, headers=bearer(role, facility))

    @property
    def waiting(self) -> int:
        """How many wait for news."""
        return int(self.app.state.news.waiting)

    async def told(self, role: str, facility: str, path: str, **params: Any) -> Any:
        """The answer to a question that may be asked."""
        response = await self.get(role, facility, path, **params)
        assert response.status_code == 200, response.text
        return response.json()
