"""Prescriptions to be reserved: appended to the log as the clinics' API would, and folded."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from infra.bench import store, topics
from infra.bench.country import Country
from infra.bench.lives import LIVES, Act, Due
from infra.bench.lives import Step as LifeStep
from infra.bench.submissions import Scribe
from infra.local.network import LocalNetwork
from infra.problem import Problem
from services.kernel.clock import now
from services.kernel.log.event_log import EventLog, Record
from services.kernel.log.language import published_language
from services.topology import LOG

AT_ONCE = 5_000
DELIVERY_TIMEOUT_MS = 60_000
FOLDED_S, POLL_S = 120.0, 0.1

[WAITING] = (life for life in LIVES if life.steps == (LifeStep(Act.ISSUE),))
"""Issued today and nothing more."""


class Pad:
    """Prescriptions one after the other, as clinics would write them now; pure but for `moment`.
    `most` is about how many there will be."""

    def __init__(self, seed: int, most: int, moment: datetime) -> None:
        self._scribe = Scribe(seed, Country(seed, most, moment), moment, published_language())
        self._written = 0

    def next(self, count: int) -> list[Record]:
        """So many more, as records of the log."""
        numbers = range(self._written, self._written + count)
        self._written = numbers.stop
        return [self._scribe.record(Due(1.0, number, 0, WAITING)) for number in numbers]


class Prescriptions:
    """Makes new ones as they are needed; `most` is about how many there will be."""

    def __init__(self, network: LocalNetwork, seed: int, most: int) -> None:
        self._network = network
        self._pad = Pad(seed, most, now())

    def make(self, count: int) -> list[str]:
        """Issue so many; returns their codes when the registry knows them all."""
        return asyncio.run(self._make(count))

    async def _make(self, count: int) -> list[str]:
        codes: list[str] = []
        bootstrap = self._network.kafka_bootstrap
        log = EventLog(
            bootstrap, "rxlog-bench", delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=5
        )
        try:
            while len(codes) < count:
                records = self._pad.next(min(AT_ONCE, count - len(codes)))
                await log.append_all(records)
                codes += [(record.key or b"").decode() for record in records]
        finally:
            log.close()
        await self.all_folded()
        return codes

    async def all_folded(self) -> None:
        """Wait until the registry has applied everything there is now. Problem if it does not."""
        end = topics.count(self._network.kafka_bootstrap, LOG.name)
        deadline = time.monotonic() + FOLDED_S
        async with store.connected(self._network.postgres_url()) as owner:
            while (await store.applied(owner, "registry", LOG.name) or 0) < end:
                if time.monotonic() > deadline:
                    raise Problem(f"The registry did not apply the log within {FOLDED_S:.0f} s.")
                await asyncio.sleep(POLL_S)
