"""Rate after rate until one is not held (the knee is below it), then twice what was held."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from infra.bench import store
from infra.bench.latency.counters import Counters, Phase, Stepped
from infra.bench.latency.figures import (
    Figures,
    Window,
    figures,
    next_rate,
    recovered_after,
    windows,
)
from infra.bench.latency.prescriptions import Prescriptions
from infra.bench.stage import Progress
from infra.local.network import LocalNetwork

WARM_UP = (Phase(20, 5), Phase(60, 25))
"""Until the broker's compiler has seen what there is to do: a network runs for months."""

TOO_MUCH = 2
"""So many times what is held is too much."""

CALM = 0.25
"""After too much come so many of the calls that are held."""


@dataclass(frozen=True)
class Climb:
    """Which rates are tried, each for `seconds`; then too many calls for `overload_s`, and a calm
    of `calm_s` in which the network has to recover."""

    rates: tuple[float, ...] = (20, 50, 100, 200, 300, 500, 1000)
    seconds: float = 20
    overload_s: float = 20
    calm_s: float = 40
    warm_up: tuple[Phase, ...] = WARM_UP
    is_refined: bool = True
    """Whether a rate between the last that was held and the first that was not is tried too."""

    @property
    def calls_most(self) -> int:
        """About so many calls at most."""
        top = max(self.rates)
        steps = sum(rate * self.seconds for rate in (*self.rates, top))
        steps += sum(phase.rate * phase.seconds for phase in self.warm_up)
        return round(steps + top * (TOO_MUCH * self.overload_s + CALM * self.calm_s))


FULL = Climb()
QUICK = Climb(
    rates=(50, 200),
    seconds=4,
    overload_s=4,
    calm_s=4,
    warm_up=WARM_UP[:1],
    is_refined=False,
)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One rate; how many processors the generators took for it, and the network's processes."""

    rate: float
    seconds: float
    figures: Figures
    generator_cores: float
    cores: dict[str, float]


class Overload(msgspec.Struct, frozen=True, kw_only=True):
    """Too many calls, then calm. `recovered_after_s` counts from when the load went; None: it did
    not recover while it was watched. `windows` are both, second by second."""

    rate: float
    seconds: float
    figures: Figures
    calm_rate: float
    calm_seconds: float
    calm: Figures
    recovered_after_s: float | None
    windows: list[Window]


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured. `knee` is the highest rate that was held, `not_held` the lowest that was
    not; None when there was none. `wrong` are the sentences about wrong answers."""

    steps: list[Step]
    knee: float | None
    not_held: float | None
    overload: Overload | None
    wrong: list[str]


def measure(network: LocalNetwork, climb: Climb, seed: int, tell: Progress) -> Latency:
    """Measure a network whose rooms all run."""
    prescriptions = Prescriptions(network, seed, climb.calls_most)
    ladder = _Ladder(Counters(network, prescriptions, seed), climb, tell)
    ladder.climb()
    knee, not_held = ladder.knee, ladder.not_held
    overload = ladder.overload(knee) if knee is not None else None
    asyncio.run(prescriptions.all_folded())
    return Latency(
        steps=sorted(ladder.steps, key=lambda step: step.rate),
        knee=knee,
        not_held=not_held,
        overload=overload,
        wrong=asyncio.run(_wrong(network, ladder.told_granted)),
    )


class _Ladder:
    """The steps so far."""

    def __init__(self, counters: Counters, climb: Climb, tell: Progress) -> None:
        self._counters = counters
        self._climb = climb
        self._tell = tell
        self.steps: list[Step] = []
        self.told_granted: set[str] = set()
        """Prescriptions that a pharmacy was told it holds."""

    @property
    def knee(self) -> float | None:
        held = [step.rate for step in self.steps if step.figures.is_held]
        return max((rate for rate in held if rate < (self.not_held or rate + 1)), default=None)

    @property
    def not_held(self) -> float | None:
        return min((step.rate for step in self.steps if not step.figures.is_held), default=None)

    def climb(self) -> None:
        """Rate after rate, until one is not held."""
        self._calls("warm-up", self._climb.warm_up)
        for rate in self._climb.rates:
            self._step(rate)
            if self.not_held is not None:
                break
        if self._climb.is_refined and self.knee is not None and self.not_held is not None:
            self._step(next_rate(self.knee, self.not_held))

    def _step(self, rate: float) -> None:
        seconds = self._climb.seconds
        stepped = self._calls(f"{rate:g}", [Phase(rate, seconds)])
        self.steps.append(
            Step(
                rate=rate,
                seconds=seconds,
                figures=figures(stepped.calls),
                generator_cores=stepped.generators_s / seconds,
                cores={name: used / seconds for name, used in stepped.network_s.items()},
            )
        )

    def overload(self, knee: float) -> Overload:
        """Twice what is held, and then little."""
        climb = self._climb
        phases = [Phase(TOO_MUCH * knee, climb.overload_s), Phase(CALM * knee, climb.calm_s)]
        calls = self._calls("overload", phases).calls
        ends = climb.overload_s
        return Overload(
            rate=phases[0].rate,
            seconds=ends,
            figures=figures([call for call in calls if call.due < ends]),
            calm_rate=phases[1].rate,
            calm_seconds=climb.calm_s,
            calm=figures([call for call in calls if call.due >= ends]),
            recovered_after_s=recovered_after(calls, ends, ends + climb.calm_s),
            windows=windows(calls),
        )

    def _calls(self, name: str, phases: Sequence[Phase]) -> Stepped:
        began = time.monotonic()
        stepped = self._counters.step(name, phases)
        self.told_granted |= {call.code for call in stepped.calls if call.status == 201}
        rates = ", then ".join(f"{phase.rate:g}" for phase in phases)
        found = figures(stepped.calls)
        told = f"{found.in_time:.1%} in time, p50 {found.p50_ms} ms, p99 {found.p99_ms} ms"
        self._tell(f"verdicts at {rates} a second: {told}", time.monotonic() - began)
        return stepped


async def _wrong(network: LocalNetwork, told_granted: set[str]) -> list[str]:
    """Whoever was told that it holds a prescription must hold it."""
    async with store.connected(network.postgres_url()) as owner:
        lost = told_granted - await store.granted(owner)
    return [f"{len(lost)} reservations were granted and are not in the registry"] if lost else []
