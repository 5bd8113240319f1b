"""The registry's tables and its API for the tests of look-ups and ticks."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import pytest
from confluent_kafka.admin import NewTopic

from infra.kafka.topics import client
from infra.local.network import LocalNetwork
from tests.network.registry_room import SCHEMA, Asking, Worker, api, emptied, tables


@pytest.fixture(scope="session")
async def registry_tables(postgres_url: Callable[[str], str]) -> AsyncIterator[asyncpg.Pool]:
    async with tables(postgres_url, SCHEMA) as pool:
        yield pool


@pytest.fixture
async def registry_pool(registry_tables: asyncpg.Pool) -> asyncpg.Pool:
    """The registry's tables, empty."""
    return await emptied(registry_tables)


@pytest.fixture
async def worker(registry_pool: asyncpg.Pool) -> Worker:
    """Folds into them."""
    one = Worker(registry_pool)
    await one.take()
    return one


@pytest.fixture(scope="session")
async def registry_api(
    registry_tables: asyncpg.Pool,
    postgres_url: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Asking]:
    app = api(postgres_url, tmp_path_factory.mktemp("secrets"))
    async with app.router.lifespan_context(app):
        yield Asking(app)


@pytest.fixture
async def asking(registry_api: Asking, registry_pool: asyncpg.Pool) -> Asking:
    """The look-ups over them."""
    return registry_api


PARTITIONS = 3
CREATED_WITHIN_S = 30.0


@pytest.fixture
def topic(network: LocalNetwork) -> Iterator[str]:
    """A topic of the test's own."""
    name, admin = f"test-{uuid.uuid4().hex}", client(network.kafka_bootstrap)
    admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result(CREATED_WITHIN_S)
    yield name
    admin.delete_topics([name])[name].result(CREATED_WITHIN_S)
