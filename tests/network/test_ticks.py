"""Ticks from the log into Postgres: what they touch, what they leave, how many are due at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import asyncpg
import pytest

from infra.local.network import LocalNetwork
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import TimeTicked
from services.kernel.clock import now
from services.kernel.folding.mechanism import partition_of
from services.kernel.log.codec import UnreadableError
from services.kernel.log.event_log import AppendFailedError, EventLog, Position, Record
from services.registry.store import loading
from services.registry.ticking import Ticker
from services.topology import LOG, OUTCOMES
from tests.builders import CODE, OTHER_PHARMACY, PHARMACY, at, dispensed, issued, reserved, ticked
from tests.network.reading import everything
from tests.network.registry_room import CODEC, Log, Worker, dump, emptied
from tests.network.waiting import until

pytestmark = pytest.mark.network

PARTITION = partition_of(CODE, LOG.partitions)


def codes_in_one_partition(count: int) -> list[str]:
    """Prescription codes of CODE's partition."""
    numbers = (f"01001{number:07d}-c" for number in range(10_000))
    return [code for code in numbers if partition_of(code, LOG.partitions) == PARTITION][:count]


async def due(pool: asyncpg.Pool, code: str = CODE) -> tuple[int, datetime | None]:
    row = await pool.fetchrow("SELECT partition, due_at FROM prescription WHERE code = $1", code)
    return row["partition"], row["due_at"]


async def test_a_tick_ends_a_hold_and_stands_in_the_history(
    registry_pool: asyncpg.Pool, worker: Worker
) -> None:
    log = Log()
    log.append(at(0), issued(valid_until=at(500)))
    log.append(at(1), reserved(PHARMACY, hold_minutes=30))
    await worker.catch_up(log)
    assert await due(registry_pool) == (PARTITION, at(31))

    tick = log.tick(at(31), CODE)
    await worker.catch_up(log)

    assert await due(registry_pool) == (PARTITION, at(500)), "next, it expires"
    row = await registry_pool.fetchrow(
        "SELECT code, event_id, submission, outcome::jsonb->>'result' AS result FROM record"
        ' WHERE partition = $1 AND "offset" = $2',
        tick.partition,
        tick.offset,
    )
    assert tuple(row) == (CODE, "", "TimeTicked", "reservation-lapsed")
    told = worker.results[-1]
    assert (told.topic, told.key) == (OUTCOMES.name, CODE.encode())
    outcome = CODEC.decode(told.value)
    assert isinstance(outcome, SubmissionJudged)
    assert outcome.outcome_id == f"{tick.partition}-{tick.offset}-{CODE}"
    concerned = await registry_pool.fetch(
        'SELECT facility_id FROM concern WHERE "offset" = $1 ORDER BY 1', tick.offset
    )
    assert [row["facility_id"] for row in concerned] == ["01001", PHARMACY]


async def test_a_tick_that_touches_nothing_writes_its_offset_only(
    registry_pool: asyncpg.Pool, worker: Worker
) -> None:
    log = Log()
    log.append(at(0), issued())
    await worker.catch_up(log)
    before, told = await dump(registry_pool), len(worker.results)
    log.tick(at(5), CODE)
    await worker.catch_up(log)
    assert await dump(registry_pool) == before
    assert len(worker.results) == told
    row = await registry_pool.fetchrow(
        "SELECT next_offset FROM fold_position WHERE partition = $1", PARTITION
    )
    assert row["next_offset"] == 2


async def test_a_tick_touches_its_own_partition_only(
    registry_pool: asyncpg.Pool, worker: Worker
) -> None:
    log = Log()
    log.append(at(0), issued(valid_until=at(10)))
    log.append(at(20), ticked((PARTITION + 1) % LOG.partitions))
    await worker.catch_up(log)
    assert await due(registry_pool) == (PARTITION, at(10))


async def test_however_many_are_due_they_are_settled_a_page_at_a_time(
    postgres_url: Callable[[str], str],
    registry_pool: asyncpg.Pool,
    worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages, fetches and moments of ticks cut it in any way: the tables come out the same."""
    codes, log = codes_in_one_partition(25), Log()
    for number, code in enumerate(codes):
        log.append(at(0), issued(code=code, valid_until=at(100 + number % 3)))
    log.append(at(90), reserved(code=codes[3], hold_minutes=20))
    log.tick(at(101), CODE)
    log.append(at(101), reserved(OTHER_PHARMACY, code=codes[4]))
    log.append(at(101), dispensed(code=codes[5]))
    log.tick(at(102), CODE)
    log.tick(at(200), CODE)
    await worker.catch_up(log, at_once=len(log.records))
    whole = await dump(registry_pool)
    expired = [row for row in whole["record"] if row[4] == "TimeTicked"]
    assert len(expired) == 24, "all but the one that was dispensed in time"

    monkeypatch.setattr(loading, "DUE_AT_ONCE", 2)
    for at_once in (len(log.records), 7, 1):
        await emptied(registry_pool)
        again = Worker(registry_pool)
        await again.take()
        await again.catch_up(log, at_once=at_once)
        assert await dump(registry_pool) == whole


async def test_a_tick_of_a_zombie_changes_nothing(
    registry_pool: asyncpg.Pool, worker: Worker
) -> None:
    log = Log()
    log.append(at(0), issued(valid_until=at(10)))
    log.tick(at(11), CODE)
    await worker.catch_up(log)
    before = await dump(registry_pool)
    log.tick(at(11), CODE)
    await worker.catch_up(log)
    assert await dump(registry_pool) == before


@pytest.mark.parametrize(
    ("partition", "key"), [(PARTITION, b"key"), ((PARTITION + 1) % LOG.partitions, None)]
)
async def test_a_tick_that_went_astray_is_unreadable(
    worker: Worker, partition: int, key: bytes | None
) -> None:
    log = Log()
    log.append_raw(at(0), partition, key, CODEC.encode(ticked(PARTITION)))
    await worker.catch_up(log)
    outcomes = [CODEC.decode(told.value) for told in worker.published[:1]]
    assert [one.result for one in outcomes] == ["unreadable"]


class _Broker:
    """What the ticker appends to, present or away."""

    def __init__(self) -> None:
        self.appended: list[Record] = []
        self.is_away = False

    async def append_all(self, records: list[Record]) -> None:
        if self.is_away:
            raise AppendFailedError("no broker", unknown=True)
        self.appended += records


async def test_each_partition_is_ticked_when_its_time_has_come() -> None:
    broker, ticker = _Broker(), Ticker(CODEC, every_s=3600)
    await ticker.beat(broker, {0, 1})
    await ticker.beat(broker, {0, 1, 2})
    assert [record.partition for record in broker.appended] == [0, 1, 2]
    for record in broker.appended:
        tick = CODEC.decode(record.value)
        assert isinstance(tick, TimeTicked)
        assert (record.key, tick.partition) == (None, record.partition)
    await ticker.beat(broker, {1})
    await ticker.beat(broker, {0, 1})
    assert len(broker.appended) == 4, "a partition that came back is ticked at once"


async def test_a_ticker_without_an_interval_never_ticks() -> None:
    broker = _Broker()
    await Ticker(CODEC, every_s=0).beat(broker, {0, 1})
    assert broker.appended == []


async def test_without_kafka_nothing_is_raised_and_it_goes_on_afterwards(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker, ticker = _Broker(), Ticker(CODEC, every_s=1e-9)
    broker.is_away = True
    for _ in range(3):
        await ticker.beat(broker, {0})
    broker.is_away = False
    await ticker.beat(broker, {0})
    assert len(broker.appended) == 1


async def test_a_record_may_name_its_partition(network: LocalNetwork) -> None:
    log = EventLog(network.kafka_bootstrap, "test", delivery_timeout_ms=10_000, linger_ms=0)
    try:
        place = await log.append(
            Record(LOG.name, None, CODEC.encode(ticked(7)), [("ce_id", b"1")], 7)
        )
    finally:
        log.close()
    assert isinstance(place, Position)
    assert place.partition == 7


async def test_whoever_follows_a_partition_ticks_it(network: LocalNetwork) -> None:
    """Given a hold that ends at once, when nobody submits anything more, then a tick ends it."""
    code = codes_in_one_partition(200)[-1]
    log = EventLog(network.kafka_bootstrap, "test", delivery_timeout_ms=10_000, linger_ms=0)
    try:
        valid = {"valid_from": now() - timedelta(days=1), "valid_until": now() + timedelta(days=1)}
        for event in (issued(code=code, **valid), reserved(code=code, hold_minutes=0)):
            await log.append(Record(LOG.name, code.encode(), CODEC.encode(event), []))
    finally:
        log.close()
    await asyncio.to_thread(network.restart_process, "registry-worker")

    async def lapsed() -> bool:
        messages = await asyncio.to_thread(everything, network, OUTCOMES)
        told = [CODEC.decode(m.value()) for m in messages if m.key() == code.encode()]
        return any(one.submission == "TimeTicked" for one in told)

    await until(lapsed, "the tick that ends the hold")
    ticks = [
        (message.partition(), tick.partition)
        for message in await asyncio.to_thread(everything, network, LOG)
        if isinstance(tick := _read(message.value()), TimeTicked)
    ]
    assert {partition for partition, _ in ticks} == set(range(LOG.partitions))
    assert all(partition == said for partition, said in ticks)


def _read(value: bytes | None) -> object:
    """The event; None for what other tests put there that is none."""
    try:
        return CODEC.decode(value)
    except UnreadableError:
        return None
