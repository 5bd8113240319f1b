"""A whole campaign: lives of networks, segments of traffic, bouts of faults, checks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from infra.faults import evidence
from infra.faults.bouts import fight
from infra.faults.checks import Violation
from infra.faults.deep import deep_check
from infra.faults.disks import Disks
from infra.faults.history import clock
from infra.faults.journal import Journal
from infra.faults.life import Life, Traffic
from infra.faults.plan import Bout
from infra.faults.stage import Stage
from infra.faults.telling import Period, checked, progress, segment, struck
from infra.problem import Problem

FAULTS_A_SEGMENT = 50
FAULTS_A_LIFE = 150
"""Deep checks come after so many faults; a fresh network after so many."""

STARTS_MAX = 3
QUIET_S = 150.0
SAID_MAX = 5
"""All calls must have found their answer so long after the traffic ended."""

Say = Callable[[str], None]


@dataclass
class Limits:
    """When to stop: after so many faults or seconds in this run, whichever comes first."""

    faults: int | None = None
    seconds: float | None = None


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
            life = await started(self.journal, number, open_life, self.say)
            histories: list[Path] = []
            while self._struck - before < FAULTS_A_LIFE:
                await self._segment(life, number, bouts, histories)
                if self.violations or self._is_over():
                    break

    async def _segment(
        self, life: Life, number: int, bouts: Iterator[Bout], histories: list[Path]
    ) -> None:
        this = self.journal.next_segment
        histories.append(self.journal.history(this))
        period = Period(number, this, histories)
        seed = f"{self.journal.terms.seed}/{this}"
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
            for violation in self.violations[:SAID_MAX]:
                self.say(f"VIOLATION: {violation}")
            self.say(f"what it left behind: {folder}")
            self.say(f"to repeat it: {evidence.repeat(self.journal, period.bouts)}")

    async def _bout(self, bout: Bout, traffic: Traffic, period: Period) -> None:
        period.bouts.append(bout.number)
        outcome = await fight(bout, traffic)
        lines = list(struck(bout, outcome, period))
        self.journal.note_struck(lines)
        self._struck += len(lines)
        period.faults += len(lines)
        self.violations += outcome.violations
        for line in lines:
            self.say(progress(line, self._struck))

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
        line = segment(traffic, period, found)
        self.journal.note_segment(line)
        self.say(checked(line, found))


async def started(
    journal: Journal, number: int, open_life: AsyncExitStack, say: Say, *, is_attacked: bool = True
) -> Life:
    """A network that runs; a machine that is busy with other things gets further tries. One that
    is not attacked has no proxy, and no disk that is small enough to be filled."""
    terms, folder = journal.terms, journal.folder
    for attempts_left in reversed(range(STARTS_MAX)):
        disks = Disks(terms.disks if is_attacked else "none", folder / "disks")
        stage = Stage.new(disks, folder / "clocks", is_proxied=is_attacked)
        life = Life(stage, terms.seed, f"life {number}", terms.rate_per_s)
        began = clock()
        try:
            await open_life.enter_async_context(life)
        except Problem as problem:
            if not attempts_left:
                raise
            say(f"life {number}: did not start ({str(problem).splitlines()[0]})")
            continue
        say(f"life {number}: up after {clock() - began:.0f} s; disks: {disks.means}")
        break
    return life
