"""What came too late, on real Postgres and Kafka: kept by the fold, taken once by `rxlog late`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import asyncpg
import pytest
from confluent_kafka import Message
from msgspec.structs import replace
from pydantic import SecretStr

from infra.local.environment import inherited
from infra.local.network import LocalNetwork
from services.contracts.alerts import AlertRaised, AlertRetracted
from services.contracts.facts import Fact, FactRecorded
from services.kernel.log.event_log import EventLog, Record
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.kernel.settings import DatabaseSettings
from services.kernel.store.database import open_pool
from services.surveillance.__main__ import MIGRATIONS
from services.surveillance.engine import apply
from services.surveillance.folder import SurveillanceFolder
from services.surveillance.late.lane import LateFact, is_missed, joined, late_fact
from services.surveillance.settings import SCHEMA as LIVE
from services.surveillance.store import late_lane
from services.surveillance.timeline import PatientState
from services.topology import ALERTS, FACTS
from tests.network.reading import everything
from tests.network.waiting import until
from tests.surveillance.artificial import (
    HANOI,
    HCMC,
    HERBAL,
    PATIENT,
    SHIPPED,
    at,
    dispensed,
    withdrawn,
)
from tests.surveillance.lives import life

pytestmark = pytest.mark.network

SCHEMA = "scratch_late_lane"
WORKER = "surveillance-worker"
CODEC = published_language()


@pytest.fixture(scope="module")
def surveillance() -> Iterator[LocalNetwork]:
    """Kafka, Postgres and the worker that folds the facts: these facts have no log behind them."""
    with LocalNetwork() as network:
        network.start((WORKER,))
        yield network


@pytest.fixture
async def database(surveillance: LocalNetwork) -> AsyncIterator[asyncpg.Connection]:
    """Empty tables of surveillance in a schema of their own."""
    async with open_pool(settings(surveillance), SCHEMA, migrations=MIGRATIONS) as pool:
        try:
            async with pool.acquire() as connection:
                yield connection
        finally:
            await pool.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def settings(network: LocalNetwork) -> DatabaseSettings:
    url = SecretStr(network.postgres_url("surveillance"))
    return DatabaseSettings(room="test", secrets_dir=Path(), postgres_url=url)


# --- the fold -------------------------------------------------------------------------------------


def disorderly_log(seed: int) -> list[LogRecord]:
    """Four years of one patient in no order, some facts withdrawn, some told twice."""
    facts: list[Fact] = [*{fact.fact_id: fact for fact in life(seed, 1500, 60)}.values()]
    told = [*facts, *facts[::5], *(withdrawn(fact) for fact in facts[::4])]  # type: ignore[arg-type]
    Random(seed).shuffle(told)
    return [
        LogRecord(FACTS.name, 0, offset, 0, PATIENT.encode(), CODEC.encode(fact), ())
        for offset, fact in enumerate(told)
    ]


def lane_of(log: Sequence[LogRecord]) -> dict[str, LateFact]:
    """The lane by the pure core alone."""
    state, missed = PatientState(patient_ref=PATIENT), []
    for record in log:
        fact = CODEC.decode(record.value or b"")
        after, _ = apply(state, fact, SHIPPED)
        if is_missed(state, fact, after, SHIPPED.settled_days):
            missed.append(late_fact(fact, record.partition, record.offset))
        state = after
    return joined(missed)


def unheard(_results: Sequence[Record]) -> None:
    """What is told does not matter here."""


async def fold(database: asyncpg.Connection, log: Sequence[LogRecord], cut: int) -> None:
    folder = SurveillanceFolder(CODEC, SHIPPED)
    for first in range(0, len(log), cut):
        async with database.transaction():
            await folder.fold(database, log[first : first + cut], unheard)


@pytest.mark.parametrize("cut", [1, 7, 1000])
async def test_the_fold_keeps_what_came_too_late_however_the_log_is_cut(
    database: asyncpg.Connection, cut: int
) -> None:
    log = disorderly_log(1)
    await fold(database, log, cut)
    rows = await database.fetch('SELECT * FROM late_fact ORDER BY fact_id COLLATE "C"')
    kept = [LateFact(**row) for row in rows]
    assert kept == [late for _, late in sorted(lane_of(log).items())]
    assert {late.offset is None for late in kept} == {True, False}
    assert {late.withdrawn_offset is None for late in kept} == {True, False}


async def test_what_was_taken_waits_again_when_it_is_withdrawn(
    database: asyncpg.Connection,
) -> None:
    now, late = dispensed(when=800), dispensed(when=0)
    log = [
        LogRecord(FACTS.name, 0, offset, 0, PATIENT.encode(), CODEC.encode(fact), ())
        for offset, fact in enumerate((now, late, withdrawn(late)))
    ]
    await fold(database, log[:2], 2)
    assert await late_lane.waiting(database) == (1, 0, 1, late.occurred_at)
    (waiting,) = (await late_lane.load(database, FACTS.name)).waiting[PATIENT]
    await late_lane.note_taken(database, [waiting])
    assert await late_lane.waiting(database) == (0, 0, 0, None)
    async with database.transaction():
        await SurveillanceFolder(CODEC, SHIPPED).fold(database, log[2:], unheard)
    assert await late_lane.waiting(database) == (1, 1, 1, late.occurred_at)


async def test_one_re_run_publishes_at_a_time(
    surveillance: LocalNetwork, database: asyncpg.Connection
) -> None:
    async with open_pool(settings(surveillance), SCHEMA) as pool, pool.acquire() as other:
        async with late_lane.alone(database) as one, late_lane.alone(other) as another:
            assert (one, another) == (True, False)
        async with late_lane.alone(other) as afterwards:
            assert afterwards


# --- the re-run -----------------------------------------------------------------------------------

TRAVELLER = "patient-mau-late"


def visit(day: float, hour: float, place: tuple[float, float]) -> FactRecorded:
    """A sale of which nothing but where and when it was can tell."""
    fact = dispensed(HERBAL, at(day, hour), None, pharmacy_place=place, pharmacy_province="01")
    return replace(fact, patient_ref=TRAVELLER)


def late(*options: str, network: LocalNetwork) -> str:
    """What the command of the room says; it must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "services.surveillance", *options],
        env=inherited({}) | network.env(WORKER) | {"RXLOG_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerts(network: LocalNetwork) -> list[Message]:
    key = TRAVELLER.encode()
    return [message for message in everything(network, ALERTS) if message.key() == key]


async def test_a_late_fact_reaches_the_topic_of_alerts_once(surveillance: LocalNetwork) -> None:
    """Hanoi in the morning; two years later a sale of that morning in Ho Chi Minh City is told."""
    network = surveillance
    morning, noon = visit(0, 9, HANOI), visit(0, 10, HCMC)
    told_late = replace(noon, recorded_at=noon.recorded_at + timedelta(days=801))
    tell = Teller(network)
    await tell(morning, visit(800, 9, HANOI), told_late)
    assert alerts(network) == []

    seen = await asyncio.to_thread(late, "late", network=network)
    assert "raised: " in seen
    assert noon.fact_id in seen
    assert "Nothing was published" in seen
    assert alerts(network) == []

    said = await asyncio.to_thread(late, "late", "--publish", "--vi", network=network)
    assert "báo mới: " in said
    assert "Đã công bố 1 thay đổi; đã ghi nhận 1 sự kiện." in said
    (raised,) = alerts(network)
    event = CODEC.decode(raised.value())
    assert isinstance(event, AlertRaised)
    assert {evidence.fact_id for evidence in event.evidence} == {morning.fact_id, noon.fact_id}

    again = await asyncio.to_thread(late, "late", "--publish", network=network)
    assert again == "Nothing that came too late waits for a re-run.\n"
    await tell.forget_what_was_taken()  # as if the run had ended before it could mark them
    again = await asyncio.to_thread(late, "late", "--publish", network=network)
    assert "0 changes were published; 1 facts were taken." in again
    assert len(alerts(network)) == 1

    same = await asyncio.to_thread(late, "rebuild", "--verify", network=network)
    assert "late_fact" in same
    assert "DIFFERENT" not in same

    await tell(replace(withdrawn(noon, after_days=802), patient_ref=TRAVELLER))
    await asyncio.to_thread(late, "late", "--publish", network=network)
    _, taken_back = (CODEC.decode(message.value()) for message in alerts(network))
    assert isinstance(taken_back, AlertRetracted)
    assert (taken_back.revision, taken_back.cause_fact_id) == (2, noon.fact_id)


class Teller:
    """Appends facts and waits until they are folded."""

    def __init__(self, network: LocalNetwork) -> None:
        self._network = network

    async def __call__(self, *facts: Fact) -> None:
        log = EventLog(
            self._network.kafka_bootstrap, "test", delivery_timeout_ms=30_000, linger_ms=2
        )
        try:
            places = [await log.append(self._record(fact)) for fact in facts]
        finally:
            log.close()
        last = max(places, key=lambda place: place.offset)

        async def folded() -> bool:
            reached = await self._ask(
                "SELECT next_offset FROM fold_position WHERE topic = $1 AND partition = $2",
                FACTS.name,
                last.partition,
            )
            return reached is not None and reached > last.offset

        await until(folded, "the fold of these facts")

    @staticmethod
    def _record(fact: Fact) -> Record:
        return Record(FACTS.name, fact.patient_ref.encode(), CODEC.encode(fact), [])

    async def forget_what_was_taken(self) -> None:
        await self._ask("DELETE FROM late_taken")

    async def _ask(self, statement: str, *values: object) -> int | None:
        async with open_pool(settings(self._network), LIVE) as pool:
            found: int | None = await pool.fetchval(statement, *values)
            return found
