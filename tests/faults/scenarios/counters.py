"""Requests over HTTP: repeats, quarrels, a broker that refuses them, look-ups in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from infra.faults.history import Call, Operation
from tests.builders import reserved
from tests.faults.scenarios.breaks import accept, refuse
from tests.faults.scenarios.days import FIRST, fresh
from tests.faults.stage import POLL_S, READY_S, Scene
from tests.people import ORDINARY_DRUG, OTHER_PHARMACY, PHARMACY, REGULATOR

WAITS_FOR_ONE_WHO_WAITS = """\
SELECT EXISTS (
    SELECT FROM pg_stat_activity AS waiting, unnest(pg_blocking_pids(waiting.pid)) AS batch
    WHERE $1::int = ANY (pg_blocking_pids(batch))
)"""


class Counters:
    """Both pharmacies before one dispensing room."""

    def __init__(self, scene: Scene, url: str, tokens: dict[str, str]) -> None:
        self._scene, self._url, self._tokens = scene, url, tokens

    @classmethod
    async def open(cls, scene: Scene) -> Counters:
        """The room is ready, and who signs its tokens too."""
        (_, url), *tokens = await asyncio.gather(
            scene.room("dispensing"),
            *(scene.servers.token("pharmacy", one) for one in (PHARMACY, OTHER_PHARMACY)),
        )
        return cls(scene, url, dict(zip((PHARMACY, OTHER_PHARMACY), tokens, strict=True)))

    async def ask(
        self, operation: Operation, pharmacy: str = PHARMACY, *, key: str = "", quantity: str = ""
    ) -> Call:
        """One request about the first prescription."""
        path = {"dispense": "dispenses"}.get(operation, operation)
        line = {"line": 1, "drug_code": ORDINARY_DRUG, "quantity": quantity}
        body = {"receipt_number": "HD1", "lines": [line]} if quantity else {}
        return await self._scene.desk.ask(
            operation,
            f"{self._url}/prescriptions/{FIRST}/{path}",
            self._tokens[pharmacy],
            code=FIRST,
            facility=pharmacy,
            body=json.dumps(body).encode(),
            key=key,
            lines={"1": quantity} if quantity else {},
        )


async def requests(scene: Scene) -> None:
    """A quarrel over one prescription; requests that are repeated, also with another body."""
    _, counters = await asyncio.gather(scene.worker(), Counters.open(scene))
    await scene.desk.send(fresh(FIRST))
    ask = counters.ask
    await ask("reserve", key="the-same-key")
    await ask("reserve", OTHER_PHARMACY, key="another-key")
    await ask("reserve", key="the-same-key")
    await ask("dispense", quantity="5", key="a-sale-key")
    await ask("dispense", quantity="5", key="a-sale-key")
    await ask("dispense", quantity="6", key="a-sale-key")
    await ask("release")
    await ask("reserve", OTHER_PHARMACY, key="another-key")
    await ask("reserve", OTHER_PHARMACY)


async def refused_append(scene: Scene) -> None:
    """The broker takes no submission for a while: nobody is told that it was recorded."""
    _, counters = await asyncio.gather(scene.worker(), Counters.open(scene))
    issue = fresh(FIRST)
    await scene.desk.send(issue)
    again = scene.desk.record(issue)
    await refuse(scene, scene.log_topic, again)
    await counters.ask("reserve", OTHER_PHARMACY, key="refused-key")
    await counters.ask("dispense", quantity="5", key="refused-sale")
    await accept(scene, scene.log_topic, again)
    await counters.ask("reserve", OTHER_PHARMACY, key="refused-key")


async def look_up_before_commit(scene: Scene) -> None:
    """A verdict is told while its transaction cannot commit yet; who was told looks it up."""
    desk = scene.desk
    _, look_up = await asyncio.gather(scene.worker(), _looking_up(scene))
    await desk.send(fresh(FIRST))
    await look_up()
    async with _commit_blocked(scene) as commit:
        await desk.send(reserved(code=FIRST))
        looking = asyncio.create_task(look_up())
        async with asyncio.timeout(READY_S):
            while not (looking.done() or await commit.is_waited_for()):  # only a bug answers now
                await asyncio.sleep(POLL_S)
        await commit.until_it_waits()
    await looking
    await look_up()


async def look_up_after_a_cut(scene: Scene) -> None:
    """The worker dies between telling a verdict and its commit; who was told looks it up."""
    worker, look_up = await asyncio.gather(scene.worker(instance="one"), _looking_up(scene))
    await scene.desk.send(fresh(FIRST))
    await look_up()
    async with _commit_blocked(scene) as commit:
        await scene.desk.send(reserved(code=FIRST))
        await commit.until_it_waits()
        worker.kill()
    await look_up()
    await scene.worker(instance="one")
    await look_up()


async def _looking_up(scene: Scene) -> Callable[[], Awaitable[Call]]:
    """A regulator's look at the first prescription."""
    (_, url), token = await asyncio.gather(
        scene.room("registry-api"), scene.servers.token("regulator", REGULATOR)
    )
    path = f"{url}/prescriptions/{FIRST}"

    async def look_up() -> Call:
        return await scene.desk.ask("lookup", path, token, code=FIRST, facility=REGULATOR)

    return look_up


@dataclass(frozen=True)
class _Commit:
    """The commit of a batch that waits for `blocker`, a process of Postgres."""

    scene: Scene
    blocker: int

    async def until_it_waits(self) -> None:
        """Until the batch has told its results and comes no further."""
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation ="
            f" '{self.scene.place}.fold_position'::regclass"
        )
        async with asyncio.timeout(READY_S):
            while not await self.scene.database.fetchval(waiting):
                await asyncio.sleep(POLL_S)

    async def is_waited_for(self) -> bool:
        """Whether somebody waits for that batch."""
        found = await self.scene.database.fetchval(WAITS_FOR_ONE_WHO_WAITS, self.blocker)
        return bool(found)


@asynccontextmanager
async def _commit_blocked(scene: Scene) -> AsyncIterator[_Commit]:
    """Positions may be read and locked, not written: a batch gets as far as telling its results."""
    other = await scene.connect()
    transaction = other.transaction()
    await transaction.start()
    await other.execute("LOCK TABLE fold_position IN SHARE MODE")
    try:
        yield _Commit(scene, other.get_server_pid())
    finally:
        await transaction.rollback()
        await other.close()
