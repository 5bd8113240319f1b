"""Workers that are killed, cut off, frozen, replaced; a broker that refuses their results."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from os import kill

from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

from infra.kafka import topics
from services.kernel.folding.mechanism import partition_of
from services.kernel.log.event_log import AppendFailedError, Record
from tests.builders import OTHER_PHARMACY, dispensed, given_out, released, reserved
from tests.faults.planted.launching import PARTITIONS
from tests.faults.rooms import ended
from tests.faults.scenarios.days import FIRST, SECOND, THIRD, fresh
from tests.faults.stage import POLL_S, READY_S, Scene

INSTANCE = "the-worker"


async def cut_in_the_middle(scene: Scene) -> None:
    """Its connection is cut in the middle of a batch, then the worker is killed in the middle of
    another; what stopped it there, once it had told the verdict, is a lock on the table it writes
    to."""
    worker = await scene.worker(instance=INSTANCE)
    desk = scene.desk
    await desk.send(fresh(FIRST))
    await desk.send(fresh(SECOND))
    async with _writing_blocked(scene) as blocked:
        await asyncio.gather(desk.send(reserved(code=FIRST)), blocked())
        await scene.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation ="
            f" '{scene.place}.record'::regclass"
        )
    async with _writing_blocked(scene) as blocked:
        await asyncio.gather(desk.send(reserved(code=SECOND)), blocked())
        worker.kill()
        await ended(worker)
    await scene.worker(instance=INSTANCE)
    await desk.send(reserved(OTHER_PHARMACY, code=FIRST))
    await desk.send(reserved(OTHER_PHARMACY, code=SECOND))


@asynccontextmanager
async def _writing_blocked(scene: Scene) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Nobody may write to the table of records; gives a wait until somebody stands before it."""
    other = await scene.connect()
    transaction = other.transaction()
    await transaction.start()
    await other.execute("LOCK TABLE record IN EXCLUSIVE MODE")

    async def blocked() -> None:
        async with asyncio.timeout(READY_S):
            while not await scene.database.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation ="
                f" '{scene.place}.record'::regclass"
            ):
                await asyncio.sleep(POLL_S)

    try:
        yield blocked
    finally:
        await transaction.rollback()
        await other.close()


async def zombie(scene: Scene) -> None:
    """Two workers both take themselves for the owner; the first one slept when it lost."""
    first = await scene.worker(group="first")
    desk = scene.desk
    await desk.send(fresh(FIRST))
    await scene.settled()  # a worker tells a moment before it commits
    await scene.worker(group="second")
    first.freeze()
    await desk.send(reserved(code=FIRST))
    await desk.send(dispensed(given_out(1, 5), code=FIRST))
    await scene.settled()
    before = await _totals(scene)
    first.thaw()

    async def woke_up() -> bool:
        return first.says("another worker owns the partition") or await _totals(scene) != before

    await seen(woke_up)
    await desk.send(released(code=FIRST))
    await desk.send(reserved(OTHER_PHARMACY, code=FIRST))


async def _totals(scene: Scene) -> int:
    return int(await scene.database.fetchval("SELECT sum(records)::bigint FROM tally"))


async def handover(scene: Scene) -> None:
    """A second worker gets a partition, works on it, leaves; the first one has it again."""
    await scene.worker()
    desk = scene.desk
    here, there = sorted((FIRST, SECOND, THIRD), key=lambda c: partition_of(c, PARTITIONS))[::2]
    for code in (here, there):
        await desk.send(fresh(code))
    second = await scene.worker()
    for code in (here, there):
        await desk.send(reserved(code=code))
    await scene.settled()
    kill(second.pid, signal.SIGTERM)
    await ended(second)
    for code in (here, there):
        await desk.send(reserved(OTHER_PHARMACY, code=code))


async def refused_results(scene: Scene) -> None:
    """The broker takes no outcome for a while; nothing is committed that nobody was told."""
    worker = await scene.worker()
    desk = scene.desk
    await desk.send(fresh(FIRST))
    again = await _an_outcome_again(scene)
    await refuse(scene, scene.outcome_topic, again)
    sent = asyncio.create_task(desk.send(reserved(code=FIRST)))

    async def refused() -> bool:
        return worker.says("fold interrupted") or worker.says("a result was not delivered")

    await seen(refused)
    await accept(scene, scene.outcome_topic, again)
    await sent
    await desk.send(reserved(OTHER_PHARMACY, code=FIRST))


async def _an_outcome_again(scene: Scene) -> Record:
    """An outcome that lies there already: sent again it is the same outcome."""
    [told, *_] = (await scene.left()).outcomes
    code = told.outcome.prescription_code.encode()
    return Record(scene.outcome_topic, code, scene.servers.codec.encode(told.outcome), [])


async def refuse(scene: Scene, topic: str, probe: Record) -> None:
    """Have the broker refuse what is appended to a topic; `probe` may be appended any number of
    times and shows when it does."""
    await asyncio.to_thread(_limit, scene.bootstrap, topic, "1")
    async with asyncio.timeout(READY_S):
        while await _is_taken(scene, probe):
            await asyncio.sleep(POLL_S)


async def accept(scene: Scene, topic: str, probe: Record) -> None:
    """Have it take everything again."""
    await asyncio.to_thread(_limit, scene.bootstrap, topic, "1048588")
    async with asyncio.timeout(READY_S):
        while not await _is_taken(scene, probe):
            await asyncio.sleep(POLL_S)


async def _is_taken(scene: Scene, probe: Record) -> bool:
    try:
        await scene.desk.append(probe)
    except AppendFailedError:
        return False
    return True


def _limit(bootstrap: str, topic: str, message_bytes: str) -> None:
    entry = ConfigEntry(
        "max.message.bytes", message_bytes, incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    admin = topics.client(bootstrap)  # kept: a call ends when its client is collected
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(READY_S)


async def seen(condition: Callable[[], Awaitable[bool]], at_most_s: float = READY_S) -> None:
    """Wait for something that a planted bug may prevent; go on either way."""
    with suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            while not await condition():
                await asyncio.sleep(POLL_S)
