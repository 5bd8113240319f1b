"""The registry's tables and its API for the tests of look-ups and ticks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

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
