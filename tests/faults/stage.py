"""One broker and one Postgres for all scenarios; each scenario has topics and a schema of its own.

async with Scene(servers, "a short story", bug="poison_dropped") as scene:
    worker = await scene.worker()
    await scene.desk.send(reserved())
    worker.kill()
    left = await scene.left()
"""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import asyncpg
import httpx2

from infra.faults.checks import (
    Logged,
    Rows,
    Told,
    read_letters,
    read_log,
    read_outcomes,
    read_rows,
)
from infra.health import http_reason
from infra.kafka import topics
from infra.local import ports
from infra.local.network import LocalNetwork
from services.contracts.dead_letters import DeadLettered
from services.kernel.log.codec import Codec
from services.kernel.log.event_log import EventLog
from services.kernel.log.language import published_language
from services.kernel.secret_files import client_secret
from services.topology import DEAD_LETTERS, LOG, OUTCOMES
from tests.faults.desk import Desk, Timed
from tests.faults.outlook import Outlook, positions
from tests.faults.planted.launching import PARTITIONS, PLACED, topic_name
from tests.faults.rooms import Room, Rooms, ended

READY_S = 60.0
"""How long what must come is waited for, also on a machine that has much else to do."""

POLL_S, READY_POLL_S = 0.02, 0.1
DELIVERY_MS = 60_000
VERDICT_MS = 20_000


@dataclass
class Servers:
    """What the scenarios share."""

    network: LocalNetwork
    rooms: Rooms
    folder: Path
    codec: Codec = field(default_factory=published_language)
    http: httpx2.AsyncClient = field(
        default_factory=lambda: httpx2.AsyncClient(timeout=30, trust_env=False)
    )
    issuer: Room | None = None

    def start_issuer(self) -> None:
        """Who signs the tokens of the scenarios that go over HTTP."""
        self.issuer = self.rooms.start(
            "services.issuer",
            environment=self.network.env("issuer"),
            log=self.folder / "issuer.log",
        )

    async def token(self, role: str, facility: str) -> str:
        """A token of the development issuer, which is waited for."""
        client_id = f"{role}:{facility}:test:L1"
        url = self.network.urls["issuer"]
        while http_reason(ports.HOST, self.network.ports["issuer"]) is not None:
            await asyncio.sleep(POLL_S)
        master = (self.network.home.secrets / "room.secret").read_text().strip()
        secret = client_secret(master, client_id)
        form = {"grant_type": "client_credentials"}
        response = await self.http.post(f"{url}/token", data=form, auth=(client_id, secret))
        return str(response.raise_for_status().json()["access_token"])


@dataclass(frozen=True)
class Left:
    """What a scenario left behind, as it lies there, and which partitions were stopped."""

    log: list[Logged]
    outcomes: list[Told]
    rows: Rows
    letters: list[DeadLettered]
    stopped: frozenset[int]


class Scene:
    """One scenario's place on the servers. `timed` lets it set the append times itself."""

    def __init__(self, servers: Servers, name: str, *, bug: str = "", timed: bool = False) -> None:
        self.servers = servers
        self.bug = bug
        self.place = re.sub(r"\W", "", f"{name}_{bug or 'none'}").lower()
        self.folder = servers.folder / self.place
        self._timed = timed
        self._stack = AsyncExitStack()
        self._rooms: list[Room] = []
        self._outlook = Outlook(self.connect, self._log, self._told, self._rooms)
        self.desk: Desk
        self.database: asyncpg.Connection

    @property
    def bootstrap(self) -> str:
        return self.servers.network.kafka_bootstrap

    @property
    def log_topic(self) -> str:
        return topic_name(self.place, LOG.name)

    @property
    def outcome_topic(self) -> str:
        return topic_name(self.place, OUTCOMES.name)

    async def __aenter__(self) -> Self:
        self.folder.mkdir()
        await asyncio.to_thread(self.make_topics)
        owner = await asyncpg.connect(self.servers.network.postgres_url())
        await owner.execute(f"CREATE SCHEMA {self.place} AUTHORIZATION registry")
        await owner.close()
        self.database = await self.connect()
        self._stack.push_async_callback(self.database.close)
        log = (Timed if self._timed else EventLog)(
            self.bootstrap, "test", delivery_timeout_ms=DELIVERY_MS, linger_ms=0
        )
        self._stack.callback(log.close, 0.0)
        self.desk = Desk(
            self.servers.codec,
            log,
            self.servers.http,
            bootstrap=self.bootstrap,
            log_topic=self.log_topic,
            outcome_topic=self.outcome_topic,
            history_file=self.folder / "history.jsonl",
            until_hopeless=self._outlook.until_hopeless if self.bug else None,
        )
        await self._stack.enter_async_context(self.desk)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for room in self._rooms:
            room.kill()
        for room in self._rooms:
            await ended(room)
        await self._stack.aclose()

    def make_topics(self) -> None:
        """The topics of the place, empty."""
        wanted = [
            replace(topic, name=topic_name(self.place, topic.name), partitions=PARTITIONS)
            for topic in PLACED
        ]
        if self._timed:
            wanted[0] = replace(
                wanted[0], config=LOG.config | {"message.timestamp.type": "CreateTime"}
            )
        topics.ensure(self.bootstrap, wanted, 1)

    async def connect(self) -> asyncpg.Connection:
        """A connection of the registry's role to the scenario's schema."""
        url = self.servers.network.postgres_url("registry")
        return await asyncpg.connect(url, server_settings={"search_path": self.place})

    async def worker(self, *, group: str = "", instance: str = "") -> Room:
        """A registry worker that has taken its partitions. The next one of an `instance` that was
        killed has them at once, as in every network; without, it waits for the session's end."""
        ready = self.folder / f"ready-{len(self._rooms)}"
        variables = {
            "RXLOG_READY_FILE": str(ready),
            "RXLOG_INSTANCE": instance,
            "RXLOG_TICK_EVERY_S": "0",  # a scenario ticks when it wants to
        }
        room = self._start("registry-worker", "worker", variables, group)
        await self._until(ready.exists, room)
        return room

    async def room(self, process: str) -> tuple[Room, str]:
        """An API that is ready, and its URL."""
        port = ports.free([])["postgres"]
        variables = {"RXLOG_PORT": str(port), "RXLOG_VERDICT_TIMEOUT_MS": str(VERDICT_MS)}
        argument = "api" if process == "registry-api" else ""
        room = self._start(process, argument, variables)
        await self._until(lambda: http_reason(ports.HOST, port) is None, room)
        return room, f"http://{ports.HOST}:{port}"

    async def rebuild(self) -> str:
        """Rebuild beside the live registry and compare; what the command said."""
        room = self._start("registry-worker", "rebuild --verify", {})
        await ended(room)
        return room.log.read_text()

    def _start(
        self, process: str, argument: str, variables: dict[str, str], group: str = ""
    ) -> Room:
        module = "services." + process.partition("-")[0]
        room = self.servers.rooms.start(
            module,
            *argument.split(),
            environment=self.servers.network.env(process) | variables,
            log=self.folder / f"{process}-{len(self._rooms)}.log",
            bug=self.bug,
            place=self.place,
            group=group,
        )
        self._rooms.append(room)
        return room

    async def _until(self, condition: Any, room: Room) -> None:
        async with asyncio.timeout(READY_S):
            while not await asyncio.to_thread(condition):
                if not room.is_alive():
                    raise RuntimeError(f"{room.log.name} ended: {room.log.read_text()[-2000:]}")
                await asyncio.sleep(READY_POLL_S)

    # --- afterwards ---------------------------------------------------------------------------

    async def settled(self) -> None:
        """Return when every record is applied, or a planted bug keeps it from ever being so; after
        READY_S either way, and then the checks say what is missing."""
        ends = {one.partition: one.offset + 1 for one in await self._log()}
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                while not self._is_over(ends, await positions(self.database)):
                    await asyncio.sleep(POLL_S)

    def _is_over(self, ends: dict[int, int], applied: dict[int, int]) -> bool:
        if all(applied.get(partition, 0) >= end for partition, end in ends.items()):
            return True
        return bool(self.bug) and self._outlook.is_stuck(applied)

    async def left(self) -> Left:
        """Everything that lies there now."""
        outcomes = await self._told()
        stopped = frozenset(
            int(found)
            for room in self._rooms
            for line in room.log.read_text(errors="replace").splitlines()
            if '"partition stopped"' in line
            for found in re.findall(r'"partition": (\d+)', line)
        )
        rows = await read_rows(self.database, self.log_topic)
        letters = await asyncio.to_thread(
            read_letters,
            self.bootstrap,
            self.servers.codec,
            topic_name(self.place, DEAD_LETTERS.name),
        )
        return Left(await self._log(), outcomes, rows, letters, stopped)

    async def _told(self) -> list[Told]:
        return await asyncio.to_thread(
            read_outcomes, self.bootstrap, self.servers.codec, self.outcome_topic
        )

    async def _log(self) -> list[Logged]:
        return await asyncio.to_thread(read_log, self.bootstrap, self.servers.codec, self.log_topic)
