"""A race on a network of its own, alone or while faults strike; then the deep check."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack

from infra.faults import evidence
from infra.faults.bouts import fight
from infra.faults.campaign import Say, started
from infra.faults.checks import Violation
from infra.faults.deep import deep_check
from infra.faults.journal import Journal
from infra.faults.life import Traffic
from infra.faults.race import race
from infra.faults.telling import Period, checked, progress, segment, struck


async def hold_race(journal: Journal, count: int, faults: int, say: Say) -> list[Violation]:
    """Race for `count` prescriptions with up to `faults` faults; what was violated."""
    number, this = journal.next_life, journal.next_segment
    period = Period(number, this, [journal.history(this)])
    async with AsyncExitStack() as open_life:
        life = await started(journal, number, open_life, say, is_attacked=faults > 0)
        seed = f"{journal.terms.seed}/race"
        traffic = await open_life.enter_async_context(Traffic(life, period.histories[0], seed))
        racing = asyncio.create_task(race(traffic, count, random.Random(seed), say))

        def is_over() -> bool:
            return racing.done() or period.faults >= faults

        violations = await _strike(journal, traffic, period, is_over, say)
        result = await racing
        violations += result.odd + await traffic.light_check()
        found = await deep_check(life, period.histories)
        violations += found.violations
        journal.note_race(result.figures() | {"faults": period.faults})
        line = segment(traffic, period, found)
        journal.note_segment(line)
        say(checked(line, found))
        if violations:
            folder = evidence.keep(journal, life, violations, period.bouts or [1])
            say(f"VIOLATION: {violations[0]}\nwhat it left behind: {folder}")
    return violations


async def _strike(
    journal: Journal,
    traffic: Traffic,
    period: Period,
    is_over: Callable[[], bool],
    say: Say,
) -> list[Violation]:
    """Faults one bout after the other while the race goes on."""
    violations: list[Violation] = []
    for bout in journal.terms.plan().bouts():
        if is_over() or violations:
            break
        period.bouts.append(bout.number)
        outcome = await fight(bout, traffic)
        lines = list(struck(bout, outcome, period))
        journal.note_struck(lines)
        period.faults += len(lines)
        violations += outcome.violations
        for line in lines:
            say(progress(line, period.faults))
    return violations
