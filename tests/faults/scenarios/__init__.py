"""Short scenarios on real servers, and what the checks say of each afterwards.

Every scenario runs without a bug first: then no check may find anything. With a planted bug, the
checks that the bug names must find it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from infra.faults.checks import Violation, audit, check_cut, check_letters, linearizable
from infra.faults.checks.calls import ACKNOWLEDGED, ANSWERS, ONE_EVENT, SAME_ANSWER
from infra.faults.checks.cut_log import CUT_LOG
from infra.faults.checks.holds import HOLDS
from infra.faults.checks.letters import LETTERS
from infra.faults.checks.pairing import ONE_OUTCOME, REPEATS, UNREADABLE, WHOLE
from infra.faults.checks.prescriptions import QUANTITIES, TICKS, TOLD_STATE, VERDICTS
from infra.faults.checks.rows import TABLES
from tests.faults.planted.launching import PARTITIONS
from tests.faults.scenarios import breaks, counters, cut_logs, days
from tests.faults.stage import Left, Scene, Servers

LINEARIZABILITY = "linearizability"
REBUILD = "a rebuild agrees"

CHECKS = {
    ONE_OUTCOME,
    REPEATS,
    UNREADABLE,
    LETTERS,
    WHOLE,
    HOLDS,
    VERDICTS,
    QUANTITIES,
    TOLD_STATE,
    TICKS,
    ACKNOWLEDGED,
    ANSWERS,
    SAME_ANSWER,
    ONE_EVENT,
    TABLES,
    CUT_LOG,
    LINEARIZABILITY,
    REBUILD,
}
"""Every check, by the words it is known by."""


@dataclass(frozen=True)
class Scenario:
    """What happens, and which checks have a say: after a log was cut, the others have nothing to
    compare with any more."""

    play: Callable[[Scene], Awaitable[None]]
    timed: bool = False
    cuts_the_log: bool = False
    rebuilds: bool = False


SCENARIOS = {
    "a day at the counters": Scenario(days.at_the_counters),
    "log time passes": Scenario(days.log_time_passes, timed=True),
    "all in one fetch": Scenario(days.all_in_one_fetch, rebuilds=True),
    "a batch cut in the middle": Scenario(breaks.cut_in_the_middle),
    "a zombie wakes up": Scenario(breaks.zombie),
    "a partition goes and comes back": Scenario(breaks.handover),
    "the broker refuses results": Scenario(breaks.refused_results),
    "the log lost its end": Scenario(cut_logs.shorter, cuts_the_log=True),
    "the log was written anew": Scenario(cut_logs.rewritten, cuts_the_log=True),
    "requests over HTTP": Scenario(counters.requests),
    "the broker refuses submissions": Scenario(counters.refused_append),
    "a look-up before the commit": Scenario(counters.look_up_before_commit),
    "a look-up after a cut commit": Scenario(counters.look_up_after_a_cut),
}


async def found_in(servers: Servers, name: str, bug: str = "") -> list[Violation]:
    """Play a scenario in a place of its own; everything the checks find."""
    scenario = SCENARIOS[name]
    async with Scene(servers, name, bug=bug, timed=scenario.timed) as scene:
        await scenario.play(scene)
        if scenario.cuts_the_log:
            left = await scene.left()
            return [*check_cut(left.rows, left.log, left.stopped)]
        await scene.settled()
        left = await scene.left()
        found = [*_audited(scene, left), *await asyncio.to_thread(_linearizable, scene)]
        if scenario.rebuilds:
            said = await scene.rebuild()
            if "DIFFERENT" in said or said.count(" same") < 3:
                found.append(Violation(REBUILD, said))
        return found


def _audited(scene: Scene, left: Left) -> Iterator[Violation]:
    yield from audit(scene.desk.history, left.log, left.outcomes, left.rows, partitions=PARTITIONS)
    yield from check_cut(left.rows, left.log, left.stopped)
    yield from check_letters(left.log, left.letters, scene.log_topic, partitions=PARTITIONS)


def _linearizable(scene: Scene) -> Iterator[Violation]:
    verdict = linearizable(scene.desk.history_file)
    if not verdict.was_run:
        raise RuntimeError(f"linearizability was not checked: {verdict.reason}")
    if not verdict.holds:
        yield Violation(LINEARIZABILITY, verdict.reason)
