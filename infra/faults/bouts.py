"""One bout: faults begin, end, and the network is waited for; how long each recovery took."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from infra.faults.checks import Violation
from infra.faults.history import clock
from infra.faults.journal import moment
from infra.faults.kinds import KINDS, Fault
from infra.faults.life import Traffic
from infra.faults.plan import Bout, Card
from infra.faults.probing import Answered
from infra.faults.stage import RUNNING_NOW, Stage, lagging

WELL_S = 90.0
"""A network that is not well so long after the last fault ended has not recovered."""

LOOK_EVERY_S = 0.1


@dataclass
class Strike:
    """One fault of a bout and what it did."""

    card: Card
    fault: Fault
    at: str = ""
    injected_at: float = 0.0
    held_s: float = 0.0
    answered_s: float | None = None
    drained_s: float = 0.0


@dataclass
class Outcome:
    """What became of a bout."""

    strikes: list[Strike]
    calls: int
    violations: list[Violation] = field(default_factory=list)


async def fight(bout: Bout, traffic: Traffic) -> Outcome:
    """Run one bout to its end and check it."""
    stage = traffic.life.stage
    calls_before = traffic.calls
    strikes = [
        Strike(card, KINDS[card.kind](card.target, random.Random(card.seed), stage))
        for card in bout.cards
    ]
    probing = await asyncio.gather(*(_strike(strike, traffic) for strike in strikes))
    violations = await _until_well(strikes, stage)
    for strike, probe in zip(strikes, probing, strict=True):
        answered = await probe
        strike.answered_s = answered.seconds
        if answered.unanswered:
            what = f"after {strike.card.kind} of {strike.card.target} nobody answered "
            violations.append(Violation("recovery", what + "; ".join(answered.unanswered)))
    violations += await traffic.light_check()
    await traffic.crowd.raise_if_broken()
    return Outcome(strikes, traffic.calls - calls_before, violations)


async def _strike(strike: Strike, traffic: Traffic) -> asyncio.Task[Answered]:
    """Inject, hold, heal; the task that asks since the injection until it is answered."""
    fault = strike.fault
    await asyncio.sleep(strike.card.after_s)
    strike.at, strike.injected_at = moment(), clock()
    try:
        await fault.inject()
        questions = fault.questions()
        waited = clock() - strike.injected_at
        probe = asyncio.create_task(traffic.probes.ask(questions, fault.door(), waited))
        await asyncio.sleep(strike.card.hold_s)
    finally:
        await fault.heal()
    strike.held_s = clock() - strike.injected_at
    return probe


async def _until_well(strikes: list[Strike], stage: Stage) -> list[Violation]:
    """Wait until every process is ready and nothing waits to be applied."""
    until = clock() + WELL_S
    gone = {pid for strike in strikes for pid in strike.fault.gone}
    why = await _until_ready(stage, gone, until)
    if why:
        return [Violation("recovery", f"not ready after {WELL_S:.0f} s: {why}")]
    ends = None
    while clock() < until:
        ends = ends or await stage.ends()
        positions = await stage.positions()
        if ends is not None and positions is not None:
            why = ", ".join(lagging(ends, positions))
            if not why:
                break
        await asyncio.sleep(LOOK_EVERY_S)
    else:
        return [Violation("recovery", f"after {WELL_S:.0f} s still to be applied: {why or ends}")]
    now = clock()
    for strike in strikes:
        strike.drained_s = now - strike.injected_at
    return []


async def _until_ready(stage: Stage, gone: set[int], until: float) -> str:
    waiting = list(RUNNING_NOW)
    while True:
        reasons = await stage.reasons(waiting, gone)
        waiting = list(reasons)
        if not waiting or clock() > until:
            return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        await asyncio.sleep(LOOK_EVERY_S)
