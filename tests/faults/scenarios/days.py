"""Ordinary days: every submission, each verdict, at the pace of a counter or all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.contracts.submissions import PrescriptionIssued
from services.kernel.log.event_log import Record
from tests.builders import (
    OTHER_PHARMACY,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    reversed_,
)
from tests.faults.planted.launching import PARTITIONS
from tests.faults.stage import Scene

FIRST, SECOND, THIRD, FOURTH = (f"01001000000{n}-c" for n in range(4))


def fresh(code: str, *lines: Any) -> PrescriptionIssued:
    """A prescription that is valid by the broker's clock."""
    now = datetime.now(UTC)
    return issued(
        *lines,
        code=code,
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(days=5),
    )


async def at_the_counters(scene: Scene) -> None:
    """Two pharmacies, a clinic and a claimant; repeats, noise and a misrouted record among it."""
    await scene.worker()
    await _a_cancellation_waits(scene)
    await _parts_and_claims(scene)
    await _noise(scene)


async def _a_cancellation_waits(scene: Scene) -> None:
    send = scene.desk.send
    await send(fresh(FIRST))
    first = reserved(code=FIRST)
    await send(first)
    await send(reserved(OTHER_PHARMACY, code=FIRST))
    await send(first)  # the answer was lost: the same request once more
    await send(reserved(code=FIRST))  # or the counter asks anew
    await send(released(OTHER_PHARMACY, code=FIRST))
    await send(cancelled(code=FIRST))
    await send(released(code=FIRST))
    await send(reserved(OTHER_PHARMACY, code=FIRST))


async def _parts_and_claims(scene: Scene) -> None:
    send = scene.desk.send
    await send(fresh(SECOND, line(1), line(2, 5)))
    await send(reserved(code=SECOND))
    part = dispensed(given_out(1, 0.125), code=SECOND)
    await send(part)
    await send(part)
    await send(dispensed(given_out(1, 0.125), code=SECOND))
    again = dispensed(given_out(1, 7), code=SECOND, event_id=part.event_id, content="other")
    await send(again)
    await send(dispensed(given_out(1, 25), code=SECOND))
    await send(reversed_(code=SECOND))
    await send(claimed(1, 0.25, code=SECOND))
    await send(claimed(1, 0.25, code=SECOND, claim_id="claim-2"))
    await send(dispensed(given_out(2, 5), pharmacy=OTHER_PHARMACY, code=SECOND))


async def _noise(scene: Scene) -> None:
    desk = scene.desk
    misrouted = desk.record(reserved(code=FOURTH))
    await desk.append(
        Record(scene.log_topic, THIRD.encode(), b"noise", []),
        Record(scene.log_topic, THIRD.encode(), misrouted.value, misrouted.headers),
    )
    await desk.send(fresh(THIRD))
    await desk.send(reserved(code=THIRD))


async def log_time_passes(scene: Scene) -> None:
    """Holds lapse and prescriptions expire by the records' append times, days ago; ticks say so
    where nobody submits anything."""
    await scene.worker()

    async def send(minute: float, submission: Any) -> None:
        scene.desk.log.at = at(minute)  # type: ignore[attr-defined]
        await scene.desk.send(submission)

    async def tick(minute: float) -> None:
        scene.desk.log.at = at(minute)  # type: ignore[attr-defined]
        for partition in range(PARTITIONS):
            await scene.desk.tick(partition)

    await send(0, issued(code=FIRST, valid_until=at(180)))
    await send(1, reserved(code=FIRST))
    await send(20, reserved(OTHER_PHARMACY, code=FIRST))
    await send(31, reserved(OTHER_PHARMACY, code=FIRST))
    await send(40, dispensed(given_out(1, 5), pharmacy=OTHER_PHARMACY, code=FIRST))
    await send(70, reserved(code=FIRST))
    await send(71, released(code=FIRST))
    await send(72, issued(code=SECOND, valid_until=at(180)))
    await send(73, reserved(code=SECOND))
    await send(74, cancelled(code=SECOND))
    await tick(120)
    await tick(179)
    await send(180, reserved(code=FIRST))
    await send(181, dispensed(given_out(1, 5), code=FIRST, occurred_at=at(181)))
    await send(182, dispensed(given_out(1, 5), code=THIRD))
    await tick(9000)
    await send(9001, reserved(code=SECOND))


async def all_in_one_fetch(scene: Scene) -> None:
    """Callers append and die while the worker is frozen: it gets everything in few fetches."""
    worker = await scene.worker()
    worker.freeze()
    give_up = scene.desk.give_up
    for code in (FIRST, SECOND):
        await give_up(fresh(code))
        await give_up(reserved(code=code))
        await give_up(reserved(OTHER_PHARMACY, code=code))
        await give_up(dispensed(given_out(1, 8), code=code))
        await give_up(dispensed(given_out(1, 8), code=code))
        await give_up(released(code=code))
        await give_up(reserved(OTHER_PHARMACY, code=code))
        await give_up(reserved(PHARMACY, code=code))
    worker.thaw()
