"""The whole run: a network, a log, the rounds; another network, the calls; the page."""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from dataclasses import dataclass

from rich.console import Console

from infra.bench import machine, page, report, showing, stage, store
from infra.bench.contestants import sampled
from infra.bench.contestants.grown import sizes
from infra.bench.contestants.sampled import Profile
from infra.bench.contestants.workers import further_workers
from infra.bench.latency import ladder
from infra.bench.latency.ladder import Climb, Latency
from infra.bench.lineup import LINEUP, MEASURE, SHORT
from infra.bench.measured import Measured
from infra.bench.report import Line, Report
from infra.bench.stage import Contestant, Stage
from infra.local.home import default_home
from infra.local.network import LocalNetwork
from infra.local.progress import Step
from services.kernel.clock import now

SETTINGS = {"RXLOG_TICK_EVERY_S": "0", "RXLOG_STATEMENT_TIMEOUT_MS": "120000"}
"""The log of the bench is what it was filled with, in every round; and workers wait at the gate
(`store.held`) until the last of them is up."""


@dataclass(frozen=True)
class Plan:
    """`records` in the log; of the first `prefix` of them the slowest contestant's share. `climb`
    None: no calls. At the end, once, the registry is sampled and grown to `grown_to` prescriptions.
    A broker that is not `short_lived` compiles thoroughly, as where it runs for months. `options`
    is how the command was called, for whoever repeats it."""

    records: int = 40_000
    prefix: int = 8_000
    rounds: int = 3
    seed: int = 2026
    folds: bool = True
    climb: Climb | None = ladder.FULL
    lineup: tuple[Contestant, ...] = LINEUP
    is_sampled: bool = True
    short_lived: bool = False
    grown_to: int = 100_000
    options: str = ""


QUICK = Plan(
    records=6_000,
    prefix=1_500,
    rounds=1,
    climb=ladder.QUICK,
    lineup=SHORT,
    is_sampled=False,
    short_lived=True,
    grown_to=0,
)


@dataclass(frozen=True, slots=True)
class Folds:
    """What the folds came to."""

    record_bytes_mean: float
    lines: list[Line]
    wrong: list[str]
    profile: Profile | None = None


NO_FOLDS = Folds(0.0, [], [])


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells a person what is done: a line each, on a terminal and into a file alike."""

    console: Console

    def __call__(self, what: str, seconds: float) -> None:
        self.console.print(f"{what:<78} {seconds:>7.1f} s", soft_wrap=True)

    def step(self, step: Step) -> None:
        """A step of the network's start."""
        if step.state == "done":
            self(step.what, step.seconds)


def run(plan: Plan, console: Console) -> int:
    """Measure, show and keep the result; 1 when a fold came to a wrong one, else 0.

    Raises Problem when the network cannot start or a contestant cannot run.
    """
    tell, load, date = Teller(console), os.getloadavg()[0], now()
    postgres, folds = _folds(plan, tell) if plan.folds else ("", NO_FOLDS)
    latency: Latency | None = None
    if plan.climb is not None:
        postgres, latency = _latency(plan.climb, plan.seed, plan.short_lived, tell)
    found = Report(
        date=date,
        seed=plan.seed,
        records=plan.records if plan.folds else 0,
        record_bytes_mean=folds.record_bytes_mean,
        machine=machine.examine(postgres, load),
        lines=folds.lines,
        wrong=[*folds.wrong, *(latency.wrong if latency else [])],
        latency=latency,
        profile=folds.profile,
        options=plan.options,
    )
    showing.show(found, console)
    folder = default_home(os.environ) / "bench" / f"{date:%Y-%m-%dT%H-%M-%SZ}"
    report.write(found, folder)
    written = page.write(found, folder)
    console.print(f"kept in {folder}; read {written}", soft_wrap=True)
    return 1 if found.wrong else 0


def _folds(plan: Plan, tell: Teller) -> tuple[str, Folds]:
    """Postgres' version, and what the contestants came to."""
    with LocalNetwork(settings=SETTINGS, extra=(*further_workers(), sampled.PROCESS)) as network:
        network.short_lived = plan.short_lived
        network.start((), tell.step)
        ground = stage.prepare(network, plan.seed, plan.records, plan.prefix, tell)
        measuring = _Measuring(ground, tell)
        for number in range(1, plan.rounds + 1):
            for one in plan.lineup:  # in turn: what drifts meanwhile meets them all
                measuring.run(one, number, f"round {number} of {plan.rounds}")
        profile: Profile | None = None
        if plan.is_sampled:
            measuring.run(sampled.SAMPLED, 1, "once more")
            profile = sampled.profile(ground, measuring.forget(sampled.SAMPLED))
        for grown in sizes(plan.grown_to):  # out of what the one before left
            measuring.run(grown, 1, "once")
        return asyncio.run(_postgres_version(network)), Folds(
            ground.log.value_bytes / plan.records,
            report.lines(measuring.titles, measuring.rounds, MEASURE),
            measuring.wrong,
            profile,
        )


def _latency(climb: Climb, seed: int, short_lived: bool, tell: Teller) -> tuple[str, Latency]:
    """Postgres' version, and how long verdicts took in a network with all its rooms."""
    with LocalNetwork() as network:
        network.short_lived = short_lived
        network.start(progress=tell.step)
        return asyncio.run(_postgres_version(network)), ladder.measure(network, climb, seed, tell)


class _Measuring:
    """The rounds so far, and what was wrong in them."""

    def __init__(self, ground: Stage, tell: Teller) -> None:
        self._ground = ground
        self._tell = tell
        self.titles: dict[str, str] = {}
        self.rounds: dict[str, list[Measured]] = defaultdict(list)
        self.wrong: list[str] = []

    def run(self, one: Contestant, number: int, when: str) -> None:
        """Let a contestant take part once."""
        began = time.monotonic()
        result = one.run(self._ground, number)
        self.titles[one.name] = one.title
        self.rounds[one.name].append(result.measured)
        self.wrong += [f"{one.title}, {when}: {sentence}." for sentence in result.wrong]
        rate = result.measured.records / result.measured.seconds
        told = f"{when}: {one.title}: {rate:,.0f} records/s"
        self._tell(told + (" WRONG" if result.wrong else ""), time.monotonic() - began)

    def forget(self, one: Contestant) -> Measured:
        """Take out of the table what belongs elsewhere; its last round."""
        del self.titles[one.name]
        return self.rounds.pop(one.name)[-1]


async def _postgres_version(network: LocalNetwork) -> str:
    async with store.connected(network.postgres_url()) as owner:
        return await store.server_version(owner)
