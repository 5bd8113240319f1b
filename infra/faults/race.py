"""The race: many prescriptions, each reserved by several pharmacies at the same moment.

Exactly one of them must be granted it, and every other one must be told who holds it.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from infra.faults.checks import Violation
from infra.faults.history import Call, clock
from infra.faults.life import Traffic
from infra.faults.report import quantiles
from infra.faults.traffic.errands import errand
from infra.faults.traffic.population import Plain, together
from services.simulation.acts import Reserve

RACERS = (3, 5)
AT_ONCE = 12
"""Prescriptions raced for at a time."""

BLOCK = 1_000
TOLD_EVERY = 2_000
GRANTED, ELSEWHERE = "granted", "reserved-elsewhere"


@dataclass
class Race:
    """What came of a race. `odd` are prescriptions without exactly one winner, or whose losers
    were told something else than who won."""

    prescriptions: int = 0
    requests: int = 0
    one_winner: int = 0
    losers_told_who: int = 0
    seconds: float = 0.0
    answered_s: list[float] = field(default_factory=list)
    odd: list[Violation] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """For the report."""
        return {
            "prescriptions": self.prescriptions,
            "requests": self.requests,
            "exactly_one_winner": self.one_winner,
            "losers_told_the_winner": self.losers_told_who,
            "odd": len(self.odd),
            "seconds": round(self.seconds, 1),
            "requests_per_s": round(self.requests / self.seconds, 1) if self.seconds else None,
            "answered_s": quantiles(self.answered_s),
        }


async def race(
    traffic: Traffic, count: int, rng: random.Random, say: Callable[[str], None]
) -> Race:
    """Race for `count` fresh prescriptions."""
    result = Race()
    holders: defaultdict[str, Counter[str]] = defaultdict(Counter)
    traffic.clients.overheard = lambda call, body: _overhear(holders, call, body)
    began = clock()
    population = traffic.life.population
    several = asyncio.Semaphore(AT_ONCE)

    async def one(plain: Plain) -> None:
        async with several:
            await _race_for(plain, traffic, rng, result, holders)

    while result.prescriptions < count:
        block = population.plains(rng, min(BLOCK, count - result.prescriptions))
        await traffic.builder.issue(population, block)
        await asyncio.gather(*(one(plain) for plain in block))
        if result.prescriptions % TOLD_EVERY == 0 or result.prescriptions == count:
            say(f"{result.prescriptions} raced for, {result.one_winner} with exactly one winner")
    result.seconds = clock() - began
    traffic.clients.overheard = None
    return result


async def _race_for(
    plain: Plain,
    traffic: Traffic,
    rng: random.Random,
    result: Race,
    holders: defaultdict[str, Counter[str]],
) -> None:
    population = traffic.life.population
    racers = together(rng, population.pharmacies, *RACERS)
    errands = [
        errand(Reserve(by=one, code=plain.code, key=f"{rng.getrandbits(128):032x}"), "racer")
        for one in racers
    ]
    began = clock()
    calls = await asyncio.gather(*(traffic.clients.run(one) for one in errands))
    result.answered_s.append(clock() - began)
    result.prescriptions += 1
    result.requests += len(racers)
    _judge(plain.code, calls, result, holders.pop(plain.code, Counter()))


def _judge(code: str, calls: Sequence[Call | None], result: Race, holders: Counter[str]) -> None:
    """Exactly one winner, and nobody else named as the holder to any loser."""
    results = Counter("no answer" if call is None else call.result for call in calls)
    winners = [call.facility for call in calls if call is not None and call.result == GRANTED]
    if results[GRANTED] != 1 or results[ELSEWHERE] != len(calls) - 1:
        result.odd.append(Violation("exactly one winner", f"{code}: {dict(results)}"))
        return
    result.one_winner += 1
    if set(holders) == set(winners):
        result.losers_told_who += len(calls) - 1
    else:
        told = f"{code}: {winners[0]} won, losers were told {dict(holders)}"
        result.odd.append(Violation("losers are told who won", told))


def _overhear(holders: defaultdict[str, Counter[str]], call: Call, body: bytes) -> None:
    """Whom a refusal names as the holder."""
    if call.result != ELSEWHERE:
        return
    for reason in msgspec.json.decode(body).get("reasons", ()):
        holders[call.code][reason.get("details", {}).get("holder", "nobody")] += 1
