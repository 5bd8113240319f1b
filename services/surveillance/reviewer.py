"""Reviews: the periodic part of surveillance, run beside the fold by whoever follows partition 0.

A beat tells the watermark on, and every `review_every_s` reviews the months that are due. What a
month shows is computed from the tables outside any transaction; then one short transaction puts it
in place, decides what changed, and notes the messages to send. They are sent afterwards, the very
same bytes however often it takes. Two workers that both believe to follow partition 0 do the same
work twice and change nothing by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import asyncpg
import structlog

from services.contracts.alerts import WatermarkAdvanced
from services.contracts.directories import FacilityListed
from services.kernel.clock import monotonic
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import AppendFailedError, EventLog, Record
from services.kernel.log.following import Followed
from services.kernel.store import database
from services.surveillance.folder import alert_records
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.ledger import KINDS, places
from services.surveillance.measures.months import Month, last_day
from services.surveillance.measures.panel import Panel, with_peers
from services.surveillance.measures.peers import Describe, Peers, Place
from services.surveillance.measures.reviewing import Found, changes, due, find
from services.surveillance.measures.watermark import Told, Watermark, earliest, watermark
from services.surveillance.settings import SCHEMA, WorkerProcess
from services.surveillance.store import panels, reviews
from services.surveillance.timeline import calendar_date, epoch_ms
from services.topology import ALERTS, FACILITIES, FACTS
from services.vietnam.directory import FacilityDirectory

log = structlog.get_logger(__name__)

FIRST = 0
"""The partition of facts whose follower reviews."""

TELL_EVERY_S = 30.0
DIRECTORY_WAIT_S = 60.0
STATEMENT_TIMEOUT_MS = 600_000
"""A month of a country may take minutes; for ever would be a dead line."""

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, AppendFailedError, OSError)
"""Postgres or Kafka is not there; anything else is a mistake, and is logged with its trace."""


class Reviewer:
    """Tells the watermark and reviews months; `beat` raises nothing."""

    def __init__(
        self,
        settings: WorkerProcess,
        codec: Codec,
        parameters: MeasureParameters,
        *,
        migrations: Path,
    ) -> None:
        self._settings = settings
        self._migrations = migrations
        self._codec = codec
        self._parameters = parameters
        self._every_s = settings.review_every_s
        self._told_at = self._reviewed_at = float("-inf")

    async def beat(self, event_log: EventLog, partitions: Collection[int]) -> None:
        """Do what is due, if this worker follows the first partition."""
        now = monotonic()
        if FIRST not in partitions or now - self._told_at < TELL_EVERY_S:
            return
        self._told_at = now
        try:
            opened = database.open_pool(
                self._settings,
                SCHEMA,
                migrations=self._migrations,
                statement_timeout_ms=STATEMENT_TIMEOUT_MS,
            )
            async with opened as pool:
                await self._work(pool, event_log, now)
        except AWAY as error:
            log.warning("not told for now", error=repr(error))
        except Exception:  # the next beat tries again, the fold goes on
            log.exception("not told for now")

    async def _work(self, pool: asyncpg.Pool, event_log: EventLog, now: float) -> None:
        async with pool.acquire() as connection:
            known = known_until(await reviews.log_times(connection))
        if known.at is None:
            return
        if now - self._reviewed_at >= self._every_s:
            await self._review_if_possible(pool, known.at, now)
        await self._send(pool, event_log)
        await self._tell(pool, event_log, known)

    async def _review_if_possible(self, pool: asyncpg.Pool, at: datetime, now: float) -> None:
        """A review that fails keeps back nothing else: neither what was found before, nor the
        watermark that makes the alerts of patients final."""
        try:
            await self._review(pool, at)
        except AWAY as error:  # the next beat tries again
            log.warning("no review for now", error=repr(error))
            return
        except Exception:  # it takes people to mend: the next review is soon enough
            log.exception("no review for now")
        self._reviewed_at = now

    async def _review(self, pool: asyncpg.Pool, at: datetime) -> None:
        async with pool.acquire() as connection:
            changed, reviewed = await reviews.months(connection)
        months = due(changed, reviewed, epoch_ms(at))
        if not months:
            return
        codec = self._codec
        async with Followed(self._settings, FACILITIES.name, codec, FacilityListed) as listed:
            if not await listed.caught_up(DIRECTORY_WAIT_S):
                log.warning("no review without the facilities' directory", wait_s=DIRECTORY_WAIT_S)
                return
            describe = describing(FacilityDirectory(listed))
            for month, state in months.items():
                await self._review_month(pool, month, state, at, describe)

    async def _review_month(
        self,
        pool: asyncpg.Pool,
        month: Month,
        state: int,
        at: datetime,
        describe: Describe,
    ) -> None:
        found = {}
        for kind in KINDS:
            async with pool.acquire() as connection:
                panel = await panels.load(connection, kind, month)
            found[kind] = await asyncio.to_thread(self._find, panel, describe)
        async with pool.acquire() as connection, connection.transaction():
            await reviews.alone(connection)
            differing: set[reviews.Pair] = set()
            for kind in KINDS:
                differing |= await reviews.replace_signals(connection, kind, month, found[kind])
            year = month // 12
            kept, told = changes(
                self._parameters.versions,
                await reviews.signals(connection, differing, year),
                await reviews.alerts(connection, differing, year),
                at,
            )
            await reviews.keep(connection, kept, alert_records(self._codec, told))
            await reviews.note_reviewed(connection, month, state)
        log.info("month reviewed", month=month, signals=sum(map(len, found.values())))

    def _find(self, panel: Panel, describe: Describe) -> list[Found]:
        return find(with_peers(panel, Peers(places(panel, describe))), self._parameters)

    async def _send(self, pool: asyncpg.Pool, event_log: EventLog) -> None:
        async with pool.acquire() as connection:
            while True:
                last, records = await reviews.unsent(connection)
                if not records:
                    return
                await event_log.append_all(records)
                await reviews.sent(connection, last)

    async def _tell(self, pool: asyncpg.Pool, event_log: EventLog, known: Watermark) -> None:
        async with pool.acquire() as connection:
            told = await reviews.told_until(connection)
            if known.at is None or (told is not None and told >= known.at):
                return
            await event_log.append_all([*watermark_records(self._codec, known)])
            await reviews.note_told(connection, known.at)


def known_until(told: Mapping[int, Mapping[int, Told]]) -> Watermark:
    """The watermark of all partitions of facts together."""
    return earliest(watermark(told.get(p, {})) for p in range(FACTS.partitions))


def describing(facilities: FacilityDirectory) -> Describe:
    """What the directory says of a facility on the last day before a month is over."""

    def describe(facility_id: str, month: Month) -> Place:
        found = facilities.find(facility_id, calendar_date(last_day(month)))
        if found is None:
            return Place()
        return Place(found.kind, found.specialty, found.level, found.province)

    return describe


def watermark_records(codec: Codec, known: Watermark) -> Iterator[Record]:
    """The messages that tell a watermark, one for each partition of the alerts."""
    if known.at is None:
        return
    value = codec.encode(WatermarkAdvanced(at=known.at, idle=known.idle))
    for partition in range(ALERTS.partitions):
        headers = cloud_event_headers(
            event_id=f"watermark-{epoch_ms(known.at)}:{partition}",
            event_type=WatermarkAdvanced.__name__,
            source="rxlog/surveillance",
            subject="watermark",
        )
        yield Record(ALERTS.name, None, value, headers, partition)
