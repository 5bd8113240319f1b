"""The feed of changes on a real Postgres: complete, in order, and prompt."""

from __future__ import annotations

import asyncio

import asyncpg
import httpx2
import pytest

from tests.oversight.artificial import OTHER_PATIENT, raised, records, retracted, revised
from tests.oversight.conftest import ROOM, Worker, get

pytestmark = pytest.mark.network


async def test_the_feed_tells_every_change_of_every_partition_in_order(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised(1), revised(1)]))
    await alerts.apply(*records([raised(2, subject=OTHER_PATIENT)], partition=2))
    first = await get(client, "/alerts/feed", limit=2)
    assert [c["change_id"] for c in first["changes"]] == ["cob-0001.1", "cob-0002.1"]
    assert first["more"]
    rest = await get(client, "/alerts/feed", after=first["after"])
    assert [c["change_id"] for c in rest["changes"]] == ["cob-0001.2"]
    assert not rest["more"]
    none = await get(client, "/alerts/feed", after=rest["after"])
    assert none == {"changes": [], "after": rest["after"], "more": False}


async def test_the_feed_goes_on_from_a_list(client: httpx2.AsyncClient, alerts: Worker) -> None:
    await alerts.apply(*records([raised(1)]))
    listed = await get(client, "/alerts")
    await alerts.apply(*records([revised(1)], first=1))
    answer = await get(client, "/alerts/feed", after=listed["feed"])
    assert [c["change_id"] for c in answer["changes"]] == ["cob-0001.2"]


async def test_the_feed_tells_that_an_alert_ended_which_had_become_a_statistic(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    story = [raised(1, severity="S2"), revised(1, severity="S4"), retracted(1, 3, severity="S4")]
    for offset, one in enumerate([*story, raised(2, severity="S4")]):
        await alerts.apply(*records([one], first=offset))
    answer = await get(client, "/alerts/feed")
    assert [c["change_id"] for c in answer["changes"]] == [one.change_id for one in story]


async def test_who_waits_is_woken_by_the_commit(
    client: httpx2.AsyncClient, alerts: Worker, pool: asyncpg.Pool
) -> None:
    waiting = asyncio.create_task(get(client, "/alerts/feed", wait_seconds=8))
    began = asyncio.get_running_loop().time()
    await asyncio.wait([waiting], timeout=0.3)
    assert not waiting.done()
    await alerts.apply(*records([raised(1)]))
    answer = await waiting
    assert [c["change_id"] for c in answer["changes"]] == ["cob-0001.1"]
    assert asyncio.get_running_loop().time() - began < 5
    assert await pool.fetchval("SELECT count(*) FROM lookup WHERE what = 'feed'") == 1


async def test_who_waits_in_vain_gets_an_empty_answer(client: httpx2.AsyncClient) -> None:
    answer = await get(client, "/alerts/feed", wait_seconds=1)
    assert answer["changes"] == []


async def test_a_lost_listening_connection_loses_no_change(
    client: httpx2.AsyncClient, alerts: Worker, pool: asyncpg.Pool
) -> None:
    await pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
        f"rxlog-{ROOM}",
    )
    await alerts.apply(*records([raised(1)]))
    answer = await get(client, "/alerts/feed", wait_seconds=8)
    assert len(answer["changes"]) == 1
