"""The reviewer beside the fold: one part of its work that fails keeps no other part back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from services.contracts.alerts import WatermarkAdvanced
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.settings import DatabaseSettings
from services.kernel.store.database import open_pool
from services.surveillance.__main__ import MIGRATIONS
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.watermark import Told
from services.surveillance.reviewer import Reviewer
from services.surveillance.settings import WorkerProcess
from services.surveillance.store import counters
from services.topology import FACTS, LOG
from tests.surveillance.artificial import SHIPPED, at

pytestmark = pytest.mark.network

SCHEMA = "scratch_reviewer"
CODEC = published_language()
NOW = 1_000.0


class Topic:
    """What was appended."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def append_all(self, records: Sequence[Record]) -> None:
        self.records += records


@pytest.fixture
async def pool(postgres_url: Callable[[str], str]) -> AsyncIterator[asyncpg.Pool]:
    """Empty tables of surveillance in a schema of their own."""
    settings = DatabaseSettings(
        room="test", secrets_dir=Path(), postgres_url=SecretStr(postgres_url("surveillance"))
    )
    async with open_pool(settings, SCHEMA, migrations=MIGRATIONS) as opened:
        try:
            yield opened
        finally:
            await opened.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.mark.parametrize("failure", [KeyError("a rule"), OSError("no broker")])
async def test_a_review_that_fails_keeps_no_watermark_back(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """Given a log known until a moment, when a review fails, by a mistake or for want of a broker,
    then the watermark is told all the same, on which the alerts of patients become final."""

    async def fails(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(Reviewer, "_review", fails)
    async with pool.acquire() as connection:
        known = Told(at(3), LOG.partitions)
        everywhere = {(p, q): known for p in range(FACTS.partitions) for q in range(LOG.partitions)}
        await counters.save_log_times(connection, everywhere)
    topic: Any = Topic()
    reviewer = Reviewer(
        WorkerProcess.model_construct(review_every_s=900.0),
        CODEC,
        MeasureParameters(SHIPPED.document),
        migrations=MIGRATIONS,
    )
    await reviewer._work(pool, topic, NOW)
    told = {CODEC.decode(record.value) for record in topic.records}
    assert [type(one) for one in told] == [WatermarkAdvanced]
