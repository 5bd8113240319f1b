"""What the room knows of its rules and of time: what is held back, and what is final."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

import asyncpg
import structlog

from services.kernel import clock
from services.oversight.casebook import store
from services.oversight.cases.breaker import Trip, trips
from services.oversight.cases.case import Case
from services.oversight.store import HeldBack
from services.vietnam.dated_law import LOCAL_TIME

LOOK_AGAIN_S = 15.0
"""Days are counted, so a rule that runs wild is held back within so many seconds."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """As of one moment."""

    watermark: datetime | None
    trips: tuple[Trip, ...]

    @property
    def held_back(self) -> tuple[HeldBack, ...]:
        """What lists, feed and scores leave out."""
        return tuple(
            HeldBack(trip.rule, datetime.combine(trip.day, datetime.min.time(), LOCAL_TIME))
            for trip in self.trips
            if trip.is_held_back
        )

    def holds_back(self, rule: str, told_at: datetime) -> bool:
        """Whether an alert is left out."""
        return any(held.rule == rule and told_at >= held.since for held in self.held_back)

    def held_back_in(self, case: Case) -> frozenset[str]:
        """The alerts of a case that are left out."""
        return frozenset(
            alert_id
            for alert_id, held in case.alerts.items()
            if self.holds_back(held.rule, held.told_at)
        )


@dataclass
class Watching:
    """Looks at the rules' record now and then; a rule that is newly held back is an error in the
    log of the process, so that whoever is on duty is called."""

    _held: frozenset[tuple[str, datetime]] = frozenset()
    _trips: tuple[Trip, ...] = ()
    _looked_at: float | None = field(default=None)

    async def look(self, database: asyncpg.Connection, *, anew: bool = False) -> Watch:
        """The newest watermark, and the rules as of a few seconds ago, or of now (`anew`)."""
        now = clock.monotonic()
        if anew or self._looked_at is None or now - self._looked_at > LOOK_AGAIN_S:
            self._trips = await _all_trips(database)
            self._looked_at = now
            self._call_for_help()
        return Watch(watermark=await store.watermark(database), trips=self._trips)

    def _call_for_help(self) -> None:
        held = frozenset(Watch(watermark=None, trips=self._trips).held_back)
        for rule, since in sorted(held - self._held):
            log.error("a rule fires too often and is held back", rule=rule, since=since.isoformat())
        self._held = held


async def _all_trips(database: asyncpg.Connection) -> tuple[Trip, ...]:
    fired = await store.fired(database)
    released = {
        rule: [moment.astimezone(LOCAL_TIME).date() for moment in moments]
        for rule, moments in (await store.releases(database)).items()
    }
    every = (trips(rule, fired[rule], released.get(rule, ())) for rule in sorted(fired))
    return tuple(chain.from_iterable(every))
