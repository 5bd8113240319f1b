"""Counters, panels and reviews against real Postgres: the tables end in what memory ends in."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import asyncpg
import pytest
from msgspec.structs import replace
from pydantic import SecretStr

from services.contracts.facts import FactRecorded, FactWithdrawn, LogTimePassed
from services.kernel.log.event_log import Record
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.kernel.settings import DatabaseSettings
from services.kernel.store.database import open_pool
from services.surveillance.__main__ import MIGRATIONS
from services.surveillance.engine import apply
from services.surveillance.folder import SurveillanceFolder, alert_records
from services.surveillance.measures.alerting import start_of
from services.surveillance.measures.counting import Counts, difference
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.ledger import KINDS
from services.surveillance.measures.measure import Key, Measure
from services.surveillance.measures.months import first_day
from services.surveillance.measures.panel import Panel, Totals, panel
from services.surveillance.measures.reviewing import GRACE_DAYS, changes, due, find
from services.surveillance.measures.signals import SubjectKind
from services.surveillance.measures.watermark import Told
from services.surveillance.store import counters, panels, reviews
from services.surveillance.store.dumps import DUMPS
from services.surveillance.timeline import PatientState, moment
from services.topology import FACTS
from tests.surveillance.artificial import SHIPPED, at, withdrawn
from tests.surveillance.lives import life
from tests.surveillance.measures.months import FEBRUARY, MARCH, ME

pytestmark = pytest.mark.network

SCHEMA = "scratch_measures"
CODEC = published_language()
PARAMETERS = MeasureParameters(SHIPPED.document)
LATER = start_of(first_day(MARCH + 1) + GRACE_DAYS)


@pytest.fixture
async def database(postgres_url: Callable[[str], str]) -> AsyncIterator[asyncpg.Connection]:
    """Empty tables of surveillance in a schema of their own."""
    settings = DatabaseSettings(
        room="test", secrets_dir=Path(), postgres_url=SecretStr(postgres_url("surveillance"))
    )
    async with open_pool(settings, SCHEMA, migrations=MIGRATIONS) as pool:
        try:
            async with pool.acquire() as connection:
                yield connection
        finally:
            await pool.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def history(seed: int) -> list[FactRecorded]:
    """Facts of twenty patients in no order, in two partitions."""
    facts = [
        replace(fact, patient_ref=f"patient-mau-{patient % 20}", fact_id=f"{patient}-{n}")
        for patient in range(20)
        for n, fact in enumerate(life(seed + patient, days=90, facts=12))
    ]
    Random(seed).shuffle(facts)
    return facts


def log_of(facts: Sequence[FactRecorded]) -> list[LogRecord]:
    """The facts told, a third of them told twice, a fifth withdrawn in the end."""
    told = [*facts, *facts[::3], *(told_back(fact) for fact in facts[::5])]
    offsets = Counter[int]()
    records = []
    for fact in told:
        partition = int(fact.patient_ref.rsplit("-", 1)[1]) % 2
        value = CODEC.encode(fact)
        records.append(
            LogRecord(
                FACTS.name, partition, offsets[partition], 0, fact.patient_ref.encode(), value, ()
            )
        )
        offsets[partition] += 1
    return records


def told_back(fact: FactRecorded) -> FactWithdrawn:
    return replace(withdrawn(fact), patient_ref=fact.patient_ref)


async def fold(database: asyncpg.Connection, log: Sequence[LogRecord], cut: int) -> list[Record]:
    """Fold a log in batches of so many records, each in its transaction."""
    folder, results = SurveillanceFolder(CODEC, SHIPPED), list[Record]()
    for first in range(0, len(log), cut):
        async with database.transaction():
            await folder.fold(database, log[first : first + cut], results.extend)
    return results


async def everything(database: asyncpg.Connection) -> dict[str, list[asyncpg.Record]]:
    """What a rebuild compares."""
    return {dump.name: await database.fetch(dump.query) for dump in DUMPS}


def in_memory(log: Sequence[LogRecord]) -> dict[int, Counts]:
    """The counters of each partition by the engine alone."""
    states: dict[str, PatientState] = {}
    counts: dict[int, Counts] = {0: Counter(), 1: Counter()}
    for record in log:
        fact = CODEC.decode(record.value or b"")
        before = states.get(fact.patient_ref) or PatientState(patient_ref=fact.patient_ref)
        after, _ = apply(before, fact, SHIPPED)
        states[fact.patient_ref] = after
        counts[record.partition].update(difference(before, fact, after))
    return {p: Counter({k: n for k, n in of.items() if n}) for p, of in counts.items()}


async def test_the_fold_keeps_the_counters_however_the_log_is_cut(
    database: asyncpg.Connection,
) -> None:
    log = log_of(history(1))
    results = await fold(database, log, 7)
    once = await everything(database)
    assert not [record for record in results if record.topic != "rx.alerts"]
    kept: dict[int, Counts] = {0: Counter(), 1: Counter()}
    for row in once["counter"]:
        key = Key(Measure(row["measure"]), row["subject"], row["period"], row["part"])
        kept[row["partition"]][key] = row["value"]
    assert kept == in_memory(log)
    for table in once:
        await database.execute(f"DELETE FROM {table}")
    await fold(database, log, len(log))
    assert await everything(database) == once


def some_counters(seed: int) -> Counts:
    """Counters of every measure over half a year, for a few subjects and parts."""
    random, found = Random(seed), Counts()
    for _ in range(4000):
        measure = random.choice(list(Measure))
        day = first_day(FEBRUARY - 4) + random.randrange(181)
        period = day * 96 + random.randrange(96) if measure is Measure.BY_QUARTER_HOUR else day
        part = str(random.randrange(9)) if measure >= 5 else ""
        found[Key(measure, f"someone-mau-{random.randrange(6)}", period, part)] += 1 + (
            random.randrange(20) == 0
        )
    return found


def comparable(of: Panel) -> dict[str, object]:
    """A panel without its peers; sums of logarithms rounded."""
    return {
        "totals": rounded(of.totals),
        "before": rounded(of.totals_before),
        "parts": of.parts,
        "series": {who: tuple(days) for who, days in of.series.items()},
        "peaks": of.peaks,
        "sold_at": of.sold_at,
        "ties": of.ties,
        "doses": of.doses,
    }


def rounded(totals: Mapping[str, Totals]) -> dict[str, object]:
    return {
        who: {m: total._replace(spread=round(total.spread, 6)) for m, total in of.items()}
        for who, of in totals.items()
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_a_panel_is_the_same_from_tables_and_from_memory(
    database: asyncpg.Connection, kind: SubjectKind
) -> None:
    """Also when what it sums up lies in two partitions."""
    one, other = some_counters(1), some_counters(2)
    await counters.save(database, {0: one, 1: other}, {0: Counter({MARCH: 1})})
    loaded = await panels.load(database, kind, MARCH)
    assert comparable(loaded) == comparable(panel(one + other, kind, MARCH))


async def test_counters_that_come_to_nothing_leave_nothing(database: asyncpg.Connection) -> None:
    counts = some_counters(3)
    await counters.save(database, {0: counts}, {0: Counter({MARCH: 1})})
    back = Counter({key: -value for key, value in counts.items()})
    await counters.save(database, {0: back}, {0: Counter({MARCH: 1})})
    assert await database.fetchval("SELECT count(*) FROM counter") == 0
    assert (await reviews.months(database))[0] == {MARCH: 2}


async def test_what_came_to_nothing_within_a_batch_changed_its_month_all_the_same(
    database: asyncpg.Connection,
) -> None:
    """Given an issue and its cancellation, when they are folded in one batch or in two, then the
    month has changed as often."""
    await counters.save(database, {0: Counter()}, {0: Counter({MARCH: 2})})
    assert (await reviews.months(database))[0] == {MARCH: 2}


async def test_log_time_never_goes_back(database: asyncpg.Connection) -> None:
    folder, results = SurveillanceFolder(CODEC, SHIPPED), list[Record]()
    for offset, minute in enumerate((5, 7, 6)):
        told = LogTimePassed(log_partition=3, log_partitions=12, at=at(0, 9, minute))
        record = LogRecord(FACTS.name, 0, offset, 0, None, CODEC.encode(told), ())
        await folder.fold(database, [record], results.extend)
    assert results == []
    assert await reviews.log_times(database) == {0: {3: Told(at(0, 9, 7), 12)}}


def at_night(count: int) -> Counts:
    day = first_day(MARCH)
    return Counter(
        {Key(Measure.CONTROLLED, ME, day): 20, Key(Measure.CONTROLLED_AT_NIGHT, ME, day): count}
    )


async def review(database: asyncpg.Connection) -> list[str]:
    """Review what is due as the reviewer does; the kinds of what was told."""
    changed, reviewed = await reviews.months(database)
    told: list[str] = []
    for month, state in due(changed, reviewed, LATER).items():
        found = find(await panels.load(database, "prescriber", month), PARAMETERS)
        async with database.transaction():
            await reviews.alone(database)
            differing = await reviews.replace_signals(database, "prescriber", month, found)
            kept, new = changes(
                PARAMETERS.versions,
                await reviews.signals(database, differing, month // 12),
                await reviews.alerts(database, differing, month // 12),
                moment(LATER),
            )
            await reviews.keep(database, kept, alert_records(CODEC, new))
            await reviews.note_reviewed(database, month, state)
        told += [type(change).__name__ for change in new]
    return told


async def test_a_review_tells_once_and_takes_back(database: asyncpg.Connection) -> None:
    """Raised, nothing, revised, retracted; each is to be sent, in order, with the same bytes."""
    march = {0: Counter({MARCH: 1})}
    await counters.save(database, {0: at_night(10)}, march)
    assert await review(database) == ["AlertRaised"]
    assert await review(database) == []
    more = Counter({Key(Measure.CONTROLLED_AT_NIGHT, ME, first_day(MARCH)): 2})
    await counters.save(database, {0: more}, march)
    assert await review(database) == ["AlertRevised"]
    less = Counter({Key(Measure.CONTROLLED_AT_NIGHT, ME, first_day(MARCH)): -12})
    await counters.save(database, {0: less}, march)
    assert await review(database) == ["AlertRetracted"]
    last, records = await reviews.unsent(database)
    assert [CODEC.decode(r.value or b"").revision for r in records] == [1, 2, 3]
    assert await reviews.unsent(database) == (last, records)
    await reviews.sent(database, last)
    assert await reviews.unsent(database) == (0, [])
