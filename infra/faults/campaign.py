"""A whole campaign: lives of networks, segments of traffic, bouts of faults, checks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from infra.faults import evidence
from infra.faults.bouts import Outcome, fight
from infra.faults.checks import Violation
from infra.faults.deep import Findings, deep_check
from infra.faults.disks import Disks
from infra.faults.history import clock
from infra.faults.journal import Journal, Segment, Struck
from infra.faults.kinds import KINDS
from infra.faults.life import Life, Traffic
from infra.faults.plan import Bout
from infra.faults.stage import Stage
from infra.problem import Problem

FAULTS_A_SEGMENT = 50
FAULTS_A_LIFE = 150
"""Deep checks come after so many faults; a fresh network after so many."""

STARTS_MAX = 3
QUIET_S = 150.0
"""All calls must have found their answer so long after the traffic ended."""

Say = Callable[[str], None]


@dataclass
class Limits:
    """When to stop: after so many faults or seconds in this run, whichever comes first."""

    faults: int | None = None
    seconds: float | None = None


@dataclass
class Period:
    """One segment of traffic while it runs: where it is, what it has seen."""

    life: int
    segment: int
    histories: list[Path]
    faults: int = 0
    bouts: list[int] = field(default_factory=list)
    began: float = field(default_factory=clock)


@dataclass
class Campaign:
    """Plays the plan of a journal until a limit or a violation."""

    journal: Journal
    limits: Limits
    say: Say
    first_bout: int = 1
    violations: list[Violation] = field(default_factory=list)
    _began: float = field(default_factory=clock)
    _struck: int = 0

    async def run(self) -> list[Violation]:
        """Life after life; what was violated, nothing when every promise held."""
        first = max(self.first_bout, self.journal.next_bout)
        bouts = itertools.dropwhile(
            lambda bout: bout.number < first, self.journal.terms.plan().bouts()
        )
        while not self.violations and not self._is_over():
            await self._live(self.journal.next_life, bouts)
        return self.violations

    def _is_over(self) -> bool:
        limits = self.limits
        if limits.faults is not None and self._struck >= limits.faults:
            return True
        return limits.seconds is not None and clock() - self._began > limits.seconds

    async def _live(self, number: int, bouts: Iterator[Bout]) -> None:
        before = self._struck
        async with AsyncExitStack() as open_life:
            life = await self._started(number, open_life)
            histories: list[Path] = []
            while self._struck - before < FAULTS_A_LIFE:
                await self._segment(life, number, bouts, histories)
                if self.violations or self._is_over():
                    break

    async def _started(self, number: int, open_life: AsyncExitStack) -> Life:
        """A network that runs; a machine that is busy with other things gets further tries."""
        terms, folder = self.journal.terms, self.journal.folder
        for attempts_left in reversed(range(STARTS_MAX)):
            disks = Disks(terms.disks, folder / "disks")
            life = Life(
                Stage.new(disks, folder / "clocks"), terms.seed, f"life {number}", terms.rate_per_s
            )
            began = clock()
            try:
                await open_life.enter_async_context(life)
            except Problem as problem:
                if not attempts_left:
                    raise
                self.say(f"life {number}: did not start ({str(problem).splitlines()[0]})")
                continue
            self.say(f"life {number}: up after {clock() - began:.0f} s; disks: {disks.means}")
            break
        return life

    async def _segment(
        self, life: Life, number: int, bouts: Iterator[Bout], histories: list[Path]
    ) -> None:
        segment = self.journal.next_segment
        histories.append(self.journal.history(segment))
        period = Period(number, segment, histories)
        seed = f"{self.journal.terms.seed}/{segment}"
        async with Traffic(life, histories[-1], seed) as traffic:
            traffic.crowd.start()
            while period.faults < FAULTS_A_SEGMENT and not self.violations and not self._is_over():
                await self._bout(next(bouts), traffic, period)
            if not self.violations:
                await self._close(traffic, period)
        if self.violations:
            folder = await asyncio.to_thread(
                evidence.keep, self.journal, life, self.violations, period.bouts
            )
            self.say(f"VIOLATION: {self.violations[0]}")
            self.say(f"what it left behind: {folder}")
            self.say(f"to repeat it: {evidence.repeat(self.journal, period.bouts)}")

    async def _bout(self, bout: Bout, traffic: Traffic, period: Period) -> None:
        period.bouts.append(bout.number)
        outcome = await fight(bout, traffic)
        lines = list(_struck(bout, outcome, period))
        self.journal.note_struck(lines)
        self._struck += len(lines)
        period.faults += len(lines)
        self.violations += outcome.violations
        for line in lines:
            self.say(_progress(line, self._struck))

    async def _close(self, traffic: Traffic, period: Period) -> None:
        """End the traffic of a segment and check deeply."""
        try:
            async with asyncio.timeout(QUIET_S):
                await traffic.crowd.stop()
        except TimeoutError:
            self.violations.append(Violation("recovery", f"calls unanswered after {QUIET_S:.0f} s"))
            return
        self.violations += await traffic.light_check()
        found = await deep_check(traffic.life, period.histories)
        self.violations += found.violations
        line = _segment(traffic, period, found)
        self.journal.note_segment(line)
        self.say(_checked(line, found))


def _struck(bout: Bout, outcome: Outcome, period: Period) -> Iterator[Struck]:
    for strike in outcome.strikes:
        others = (f"{c.kind} {c.target}" for c in bout.cards if c is not strike.card)
        yield Struck(
            number=strike.card.number,
            bout=bout.number,
            life=period.life,
            segment=period.segment,
            kind=strike.card.kind,
            family=KINDS[strike.card.kind].family,
            target=strike.card.target,
            detail=strike.fault.detail,
            at=strike.at,
            held_s=round(strike.held_s, 3),
            answered_s=None if strike.answered_s is None else round(strike.answered_s, 3),
            drained_s=round(strike.drained_s, 3),
            calls=outcome.calls,
            together_with=tuple(others),
        )


def _segment(traffic: Traffic, period: Period, found: Findings) -> Segment:
    counted = found.counted()
    order = found.linearizable
    grants = sum(count for check, count in counted.items() if "grant" in check or "hold" in check)
    lost = sum(count for check, count in counted.items() if "acknowledged" in check)
    return Segment(
        segment=period.segment,
        life=period.life,
        faults=period.faults,
        calls=traffic.calls,
        acknowledged=traffic.acknowledged,
        unknown=traffic.unknown,
        records=found.records,
        unreadable=found.unreadable,
        lost=lost,
        overlapping_grants=grants,
        other_violations=len(found.violations) - lost - grants,
        linearizable=order.holds if order is not None and order.was_run else None,
        operations_checked=order.operations if order is not None else 0,
        rebuilds_compared=1,
        rebuilds_differing=0 if found.is_rebuild_same else 1,
        seconds=round(clock() - period.began, 1),
        checks_s=round(found.seconds, 1),
    )


def _progress(line: Struck, struck: int) -> str:
    answered = "" if line.answered_s is None else f"answered {line.answered_s:5.2f} s  "
    detail = f" ({line.detail})" if line.detail else ""
    beside = "" if not line.together_with else f"  with {', '.join(line.together_with)}"
    return (
        f"{struck:5d}  {line.kind:<19}{line.target}{detail}  {answered}"
        f"drained {line.drained_s:5.2f} s  {line.calls} calls{beside}"
    )


def _checked(line: Segment, found: Findings) -> str:
    order = found.linearizable
    words = "not checked" if order is None or not order.was_run else str(order.holds).lower()
    return (
        f"checked after {line.faults} faults: {line.calls} calls, {line.acknowledged} "
        f"acknowledged, {line.records} records, linearizable: {words} "
        f"({line.operations_checked} operations), rebuild "
        f"{'same' if found.is_rebuild_same else 'DIFFERENT'}, "
        f"{len(found.violations)} violations ({line.checks_s:.0f} s)"
    )
