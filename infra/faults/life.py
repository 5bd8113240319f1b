"""One life of a network and everything that looks at it: the watch, the clients, the probes."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from infra.faults.checks import Violation
from infra.faults.history import Call, HistoryWriter, clock
from infra.faults.probing import Probes
from infra.faults.stage import Stage
from infra.faults.traffic.clients import Clients, Tokens
from infra.faults.traffic.crowd import Crowd, Pace
from infra.faults.traffic.population import Population
from infra.faults.traffic.scenes import Scenes
from infra.faults.traffic.stock import Builder, Stock
from infra.faults.watching import Watch
from services.kernel.log.language import published_language
from services.topology import LOG

JUDGED_S = 60.0


class Life:
    """A started network with its watch. One segment of traffic at a time runs on it."""

    def __init__(self, stage: Stage, seed: int, run: str, rate_per_s: float) -> None:
        self.stage = stage
        self.seed = seed
        self.run = run
        self.rate_per_s = rate_per_s
        self.codec = published_language()
        self.population = Population(seed, run)
        self.watch: Watch
        self.tokens: Tokens
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._open.enter_async_context(self.stage)
            self.watch = Watch(self.stage.network.kafka_bootstrap, self.codec)
            self.watch.start()
            self._open.callback(self.watch.stop)
            self.tokens = Tokens(self.stage.network.urls["issuer"], self.stage.master)
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._open.aclose()


class Traffic:
    """The traffic of one segment, its calls written down as they end.

    Inside, `clients`, `builder`, `probes` and `crowd` are there; the crowd waits to be started.
    """

    clients: Clients
    builder: Builder
    probes: Probes
    crowd: Crowd

    def __init__(self, life: Life, history: Path, seed: str) -> None:
        self.life = life
        self.calls = 0
        self.acknowledged = 0
        self.unknown = 0
        self._unchecked: list[Call] = []
        self._rng = random.Random(seed)
        self._history = history
        self._seed = seed
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        life, rng = self.life, self._rng
        try:
            self._writer = self._open.enter_context(HistoryWriter(self._history))
            doors = life.stage.doors()
            clients = await self._open.enter_async_context(
                Clients(doors, life.tokens, self._note, rng)
            )
            bootstrap = life.stage.network.kafka_bootstrap
            builder = Builder(bootstrap, life.codec, life.watch, self._note)
            self._open.callback(builder.close)
            self.clients = clients
            self.builder = builder
            self.probes = Probes(clients, life.population, random.Random(f"{self._seed}/probes"))
            await self.probes.prepare(builder)
            pace = Pace(life.rate_per_s)
            scenes = Scenes(life.population, clients, rng, pace.turn)
            stock = Stock(life.population, builder, clients, rng)
            self.crowd = Crowd(scenes, stock.fresh, rng)
            self._open.callback(self.crowd.cancel)
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._open.aclose()

    def _note(self, call: Call) -> None:
        self._writer.write(call)
        self.calls += 1
        if call.is_answered and call.operation != "lookup":
            self.acknowledged += 1
            self._unchecked.append(call)
        elif call.outcome == "unknown":
            self.unknown += 1

    async def light_check(self) -> list[Violation]:
        """Every record so far has its outcome, every answer stands, no two grants overlap."""
        life = self.life
        calls, self._unchecked = self._unchecked, []
        until = clock() + JUDGED_S
        while (ends := await life.stage.ends()) is None:
            if clock() > until:
                return [Violation("recovery", "the broker does not say where the log ends")]
        missing = await life.watch.until_judged(ends[LOG.name], JUDGED_S)
        found = [
            Violation("no outcome", f"{LOG.name}/{partition}: none for record {offset}")
            for partition, offset in missing
        ]
        return found + life.watch.check_answers(calls) + life.watch.violations()
