"""Fresh prescriptions for the crowd, most of them put straight on the log."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from infra.faults.history import Asked, Call, abandoned, answered, clock
from infra.faults.traffic.clients import Clients
from infra.faults.traffic.errands import Errand, errand
from infra.faults.traffic.population import BUILDER, Plain, Population
from infra.faults.traffic.scenes import Watched
from infra.faults.watching import Watch
from services.contracts.described import described
from services.contracts.terms import plain
from services.kernel.http.idempotency import event_id
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import AppendFailedError, EventLog, Position, Record
from services.simulation.acts import Act, Cancel, Dispense, Given, Issue
from services.topology import LOG

BLOCK = 60
BY_HTTP = 0.06
BEFORE_IT_IS_THERE = 0.04
"""Shares of prescriptions: issued by HTTP; dispensed or cancelled before they reach the log."""

DELIVERY_TIMEOUT_MS = 15_000
OUTCOME_S = 120.0


class Builder:
    """Puts prescriptions straight on the log, as the prescribing room would, and waits until the
    registry has judged them."""

    def __init__(
        self, bootstrap: str, codec: Codec, watch: Watch, note: Callable[[Call], None]
    ) -> None:
        self._log = EventLog(
            bootstrap, BUILDER, delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=5
        )
        self._codec = codec
        self._watch = watch
        self._note = note

    def close(self) -> None:
        self._log.close()

    async def issue(self, population: Population, several: Sequence[Plain]) -> None:
        """Append them and return when every one has its outcome."""
        until = clock() + OUTCOME_S
        called_at = clock()
        positions = await asyncio.gather(*(self._append(population, one, until) for one in several))
        ends: dict[int, int] = {}
        for position in positions:
            if position is not None:
                end = max(ends.get(position.partition, 0), position.offset + 1)
                ends[position.partition] = end
        await self._watch.until_judged(ends, until - clock())
        for one, position in zip(several, positions, strict=True):
            self._note(self._told(one, position, called_at))

    async def _append(self, population: Population, one: Plain, until: float) -> Position | None:
        """The record's place; None when the log did not take it in time."""
        submission = population.record(one)
        headers = cloud_event_headers(
            event_id=submission.event_id,
            event_type="PrescriptionIssued",
            source="rxlog/prescribing",
            subject=one.code,
        )
        record = Record(LOG.name, one.code.encode(), self._codec.encode(submission), headers)
        while clock() < until:
            try:
                return await self._log.append(record)
            except AppendFailedError:
                await asyncio.sleep(0.5)
        return None

    def _told(self, one: Plain, position: Position | None, called_at: float) -> Call:
        """The line of the history: issued, as the outcome says, or nobody knows."""
        asked = Asked(
            client=BUILDER,
            operation="issue",
            code=one.code,
            key=one.code,
            event_id=event_id(BUILDER, "issue", one.code),
            facility=one.clinic,
            lines={str(n): plain(line.quantity) for n, line in enumerate(one.lines, start=1)},
        )
        outcome = position and self._watch.outcome(position.partition, position.offset)
        if not outcome:
            return abandoned(asked, called_at)
        status = 409 if outcome.verdict == "REFUSED" else 201
        return answered(asked, called_at, clock(), status, msgspec.json.encode(described(outcome)))


@dataclass
class Stock:
    """Hands out prescriptions one by one and sees to it that there are more."""

    population: Population
    builder: Builder
    clients: Clients
    rng: random.Random
    _ready: deque[Watched] = field(default_factory=deque)
    _filling: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def fresh(self) -> Watched:
        """The next prescription to play on."""
        if self.rng.random() < BY_HTTP:
            watched = await self._by_http()
            if watched is not None:
                return watched
        async with self._filling:
            if not self._ready:
                await self._fill()
            return self._ready.popleft()

    async def _fill(self) -> None:
        several = self.population.plains(self.rng, BLOCK)
        early = [one for one in several if self.rng.random() < BEFORE_IT_IS_THERE]
        await asyncio.gather(*(self._before(one) for one in early))
        await self.builder.issue(self.population, several)
        self._ready.extend(Watched(one, one.code) for one in several)

    async def _by_http(self) -> Watched | None:
        one = self.population.plain(self.rng)
        act = Issue(by=one.clinic, draft=self.population.draft(one), key=self._key())
        call = await self.clients.run(self._errand(act))
        if call is None or call.outcome != "ok" or not call.code:
            return None
        return Watched(one, call.code)

    async def _before(self, one: Plain) -> None:
        """What must wait for its prescription: a dispense nobody knows yet, or a cancellation."""
        act: Act = Cancel(by=one.clinic, code=one.code, key=self._key())
        if self.rng.random() < 0.7:
            line = one.lines[0]
            given = Given(
                line=1, drug_code=line.drug.code, quantity=line.quantity // 2, days_supply=5
            )
            act = Dispense(
                by=self.rng.choice(self.population.pharmacies),
                code=one.code,
                lines=(given,),
                occurred_at=datetime.now(UTC) - timedelta(minutes=5),
                offline=True,
                key=self._key(),
            )
        await self.clients.run(self._errand(act))

    def _errand(self, act: Act) -> Errand:
        return errand(act, self.population.person(self.rng))

    def _key(self) -> str:
        return f"{self.rng.getrandbits(128):032x}"
