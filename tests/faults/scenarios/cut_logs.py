"""A broker that comes back without the end of its log, or with another one."""

from __future__ import annotations

import asyncio

from infra.bench import topics as bench_topics
from services.contracts.submissions import Submission
from services.kernel.folding.mechanism import partition_of
from tests.builders import OTHER_PHARMACY, released, reserved
from tests.faults.planted.launching import PARTITIONS
from tests.faults.rooms import ended
from tests.faults.scenarios.breaks import INSTANCE, seen
from tests.faults.scenarios.days import FIRST, SECOND, THIRD, fresh
from tests.faults.stage import READY_S, Scene

HERE, THERE = sorted((FIRST, SECOND, THIRD), key=lambda code: partition_of(code, PARTITIONS))[::2]
"""Two prescriptions in two partitions."""

PREVENTED_S = 3.0
"""How long a stop that the bug prevents is waited for; without a bug it must come."""


async def shorter(scene: Scene) -> None:
    """Of three applied records two are gone; another one is appended in their place later."""
    await _cut(scene, kept=1)


async def rewritten(scene: Scene) -> None:
    """Four other records lie where three were applied."""
    await _cut(scene, kept=0)


async def _cut(scene: Scene, *, kept: int) -> None:
    worker = await scene.worker(instance=INSTANCE)
    desk = scene.desk
    records: list[Submission] = [fresh(HERE), reserved(code=HERE), released(code=HERE)]
    for submission in records:
        await desk.send(submission)
    await scene.settled()
    worker.kill()
    await ended(worker)
    await asyncio.to_thread(bench_topics.remove, scene.bootstrap, [scene.log_topic])
    await asyncio.to_thread(scene.make_topics)
    for submission in records[:kept] if kept else _others():
        await desk.append(desk.record(submission))
    again = await scene.worker(instance=INSTANCE)
    if kept:
        await desk.append(desk.record(reserved(OTHER_PHARMACY, code=HERE)))
    await desk.send(fresh(THERE))  # the other partition goes on

    async def stopped() -> bool:
        return again.says("partition stopped")

    await seen(stopped, PREVENTED_S if scene.bug else READY_S)


def _others() -> list[Submission]:
    return [fresh(HERE), *(reserved(f"01P0{n}", code=HERE) for n in range(2, 5))]
