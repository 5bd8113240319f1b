"""However many records a fetch brings, the tables hold the same: few are written in one statement,
many are copied."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg
import pytest

from infra.bench.submissions import records
from services.kernel.folding.mechanism import partition_of
from services.registry.store.writing import COPIED_FROM, channel
from services.topology import LOG
from tests.builders import at
from tests.network.registry_room import CODEC, SCHEMA, Log, Worker, dump, emptied
from tests.network.waiting import until

pytestmark = pytest.mark.network


def realistic_log(count: int) -> Log:
    """Prescriptions with all that becomes of them, repeats and unreadable records among them."""
    log, moment = Log(), at(0)
    for number, record in enumerate(records(2026, count, moment, CODEC)):
        assert record.key is not None
        partition = partition_of(record.key.decode(), LOG.partitions)
        appended: datetime = moment + timedelta(seconds=number)
        log.append_raw(appended, partition, record.key, record.value or b"")
    return log


async def test_the_tables_are_the_same_however_the_log_is_cut(registry_pool: asyncpg.Pool) -> None:
    log, found = realistic_log(3 * COPIED_FROM), []
    for at_once in (7, COPIED_FROM - 1, COPIED_FROM, len(log.records)):
        await emptied(registry_pool)
        worker = Worker(registry_pool)
        await worker.take()
        await worker.catch_up(log, at_once=at_once)
        by_code = sorted((one.key or b"", one.topic, one.value or b"") for one in worker.results)
        found.append((await dump(registry_pool), by_code))
    tables, _ = found[0]
    assert {name for name, rows in tables.items() if rows} == set(tables), "no table is empty"
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("at_once", [1, COPIED_FROM])
async def test_everybody_with_news_is_named_in_the_notices(
    registry_pool: asyncpg.Pool, worker: Worker, at_once: int
) -> None:
    log, heard = realistic_log(COPIED_FROM), set[str]()
    async with registry_pool.acquire() as listener:
        await listener.add_listener(
            channel(SCHEMA), lambda *notice: heard.update(str(notice[3]).split(" "))
        )
        await worker.catch_up(log, at_once=at_once)
        rows = await registry_pool.fetch("SELECT DISTINCT facility_id FROM concern")

        async def all_are_named() -> bool:
            await listener.execute("SELECT")  # what was sent meanwhile arrives with its answer
            return heard == {row["facility_id"] for row in rows}

        await until(all_are_named, "that everybody is named")
        await listener.reset()
