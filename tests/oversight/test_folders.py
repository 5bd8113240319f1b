"""The two folders on a real Postgres, driven by the mechanism itself."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from services.contracts.dead_letters import DeadLettered
from services.kernel.folding.dead_letters import dead_letter
from services.oversight import store
from services.oversight.__main__ import DUMPS
from services.oversight.folder import AlertFolder
from services.topology import DEAD_LETTERS
from tests.oversight.artificial import (
    CODEC,
    OTHER_PATIENT,
    PATIENT,
    at,
    letter_record,
    raised,
    record,
    records,
    retracted,
    revised,
)
from tests.oversight.conftest import Worker, worker

pytestmark = pytest.mark.network


def only_letter(folded: Worker) -> DeadLettered:
    (message,) = folded.published
    assert message.topic == DEAD_LETTERS.name
    letter = CODEC.decode(message.value)
    assert isinstance(letter, DeadLettered)
    return letter


async def dump(pool: asyncpg.Pool) -> dict[str, list[Any]]:
    return {dump.name: [tuple(row) for row in await pool.fetch(dump.query)] for dump in DUMPS}


async def test_alerts_and_their_changes_are_kept(pool: asyncpg.Pool, alerts: Worker) -> None:
    await alerts.apply(*records([raised(1), raised(2), revised(1), retracted(2)]))
    async with pool.acquire() as database:
        found = {alert.alert_id: alert for alert in await store.alerts(database, limit=10)}
        changes = await store.changes_of(database, "cob-0001", limit=10)
    assert found["cob-0001"].status == "open"
    assert found["cob-0001"].evidence == raised(1).evidence
    assert found["cob-0002"].status == "retracted"
    assert [(c.kind, c.offset) for c in changes] == [("raised", 0), ("revised", 2)]
    assert [c.change for c in changes] == [raised(1), revised(1)]
    assert alerts.published == []


async def test_an_older_change_in_a_later_batch_overwrites_nothing(
    pool: asyncpg.Pool, alerts: Worker
) -> None:
    await alerts.apply(*records([raised(1), retracted(1)]))
    await alerts.apply(*records([raised(1), revised(1, 2)], first=2))
    async with pool.acquire() as database:
        alert = await store.alert(database, "cob-0001")
        changes = await store.changes_of(database, "cob-0001", limit=10)
    assert alert is not None
    assert (alert.status, alert.revision, alert.raised_at) == ("retracted", 2, at(1))
    assert len(changes) == 2, "the same change twice is one change"


async def test_how_the_log_is_cut_into_batches_makes_no_difference(
    pool: asyncpg.Pool, alerts: Worker
) -> None:
    story = records(
        [raised(1), revised(1), raised(1), retracted(1, 3), raised(1, 4), raised(2), revised(1)]
    )
    for one in story:
        await alerts.apply(one)
    expected = await dump(pool)
    await pool.execute(f"TRUNCATE fold_position, {', '.join(dump.name for dump in DUMPS)}")
    again = await worker(pool, AlertFolder(CODEC), range(3))
    await again.apply(*story)
    assert await dump(pool) == expected
    assert await again.apply(*story[-3:]) == 0, "what is applied is not due again"


@pytest.mark.parametrize(
    ("value", "key", "problem"),
    [
        (b"noise", PATIENT.encode(), "unknown frame"),
        (None, None, "the record is empty"),
        (CODEC.encode(raised()), OTHER_PATIENT.encode(), "the key is not the alert's subject"),
        (
            CODEC.encode(raised(rule="a b")).replace(b"a b", b"a\0b"),
            PATIENT.encode(),
            "holds the character U+0000",
        ),
        (
            dead_letter(CODEC, "test", record(b"", b"", 0), "x").value,
            b"",
            "DeadLettered does not belong on this topic",
        ),
    ],
    ids=["noise", "empty", "wrong-key", "nul", "foreign"],
)
async def test_what_cannot_be_read_becomes_a_dead_letter_and_the_rest_goes_on(
    pool: asyncpg.Pool, alerts: Worker, value: bytes | None, key: bytes | None, problem: str
) -> None:
    (good,) = records([raised()], first=1)
    await alerts.apply(record(value, key, 0), good)
    letter = only_letter(alerts)
    assert letter.value == value
    assert problem in letter.error
    assert await pool.fetchval("SELECT count(*) FROM alert") == 1


async def test_a_text_of_a_figure_may_hold_anything(pool: asyncpg.Pool, alerts: Worker) -> None:
    strange = raised(figures={"medicine\x01": "a\x7fb\x1b[31m\u2028"})
    await alerts.apply(*records([strange]))
    async with pool.acquire() as database:
        alert = await store.alert(database, "cob-0001")
    assert alert is not None
    assert alert.figures == strange.figures


async def test_dead_letters_are_kept_once(pool: asyncpg.Pool, dead_letters: Worker) -> None:
    broken = record(b"\xff\x00noise", b"\0key", 7, 3)
    message = dead_letter(CODEC, "registry", broken, "unknown frame")
    await dead_letters.apply(letter_record(message, 0), letter_record(message, 1))
    await dead_letters.apply(letter_record(message, 2))
    (row,) = await pool.fetch("SELECT * FROM dead_letter")
    assert (row["source_partition"], row["source_offset"]) == (3, 7)
    assert (row["key"], row["value"]) == (b"\0key", b"\xff\x00noise")


async def test_noise_among_the_dead_letters_becomes_a_dead_letter_that_can_be_read(
    pool: asyncpg.Pool, dead_letters: Worker
) -> None:
    await dead_letters.apply(record(b"noise", None, 0, topic=DEAD_LETTERS.name))
    only_letter(dead_letters)
    await dead_letters.apply(letter_record(dead_letters.published[0], 1))
    (row,) = await pool.fetch("SELECT * FROM dead_letter")
    assert (row["folder"], row["value"]) == ("oversight-dead-letters", b"noise")
    assert len(dead_letters.published) == 1, "it ends there"
