"""One life of a network under attack: started behind proxies, asked how it is, ended.

Several registry workers share the log, so that another one takes over from a frozen one, and two
processes answer pharmacies, so that a repeat may come through another process than its first
attempt. A third worker is there to be added and removed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import asyncpg
import psutil
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from infra.faults import faketime
from infra.faults.disks import Disks
from infra.faults.history import clock
from infra.faults.links import Links
from infra.health import file_reason, http_reason
from infra.kafka import topics
from infra.local import ports
from infra.local.environment import PROJECT
from infra.local.network import LocalNetwork
from infra.local.progress import silent
from infra.local.supervisord import RUNNING, GoneError, State
from infra.postgres import roles
from infra.problem import Problem
from infra.processes import KAFKA, POSTGRES, PROCESSES, Process
from services.kernel.secret_files import read_secret
from services.topology import ALERTS, DEAD_LETTERS, FACTS, LOG, Topic

WORKERS = ("registry-worker", "registry-worker-2")
SPARE_WORKER = "registry-worker-3"
COUNTERS = ("dispensing", "dispensing-2")
EXTRA = (
    *(
        Process(name, "services.registry", "worker", role="registry", reads_log=True)
        for name in (WORKERS[1], SPARE_WORKER)
    ),
    Process(COUNTERS[1], "services.dispensing", reads_log=True, port=8114),
)
RUNNING_NOW = tuple(p.name for p in (*PROCESSES, *EXTRA) if p.name != SPARE_WORKER)

SESSION_TIMEOUT_MS = 6_000
"""The least that a broker allows by default: zombies are made sooner than with the usual 10 s."""

VERDICT_TIMEOUT_MS = 3_000
FOLDS: Mapping[str, tuple[Topic, ...]] = {
    "registry": (LOG,),
    "surveillance": (FACTS,),
    "oversight": (ALERTS, DEAD_LETTERS),
}
ANSWER_S = 5.0
STARTED_S = 30.0
READY_S = 180.0
"""A campaign is patient with a machine that is busy with other things as well."""

CAMPAIGN = "rxlog-faults"

Ends = dict[str, dict[int, int]]
"""Topic -> partition -> the offset that comes next."""


@dataclass
class Stage:
    """A running network and the hands on it. `async with` starts and ends it."""

    network: LocalNetwork
    links: Links
    disks: Disks
    clocks: Path
    """The folder in which a file named after a process shifts its clock."""

    @classmethod
    def new(cls, disks: Disks, clocks: Path, *, is_proxied: bool = True) -> Self:
        """A network that nothing has started yet."""
        settings = {
            "RXLOG_VERDICT_TIMEOUT_MS": str(VERDICT_TIMEOUT_MS),
            "RXLOG_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
            "RXLOG_FAULTS_CLOCKS": str(clocks),
            "PYTHONPATH": f"{PROJECT / 'infra' / 'faults' / 'clock_shim'}:{PROJECT}",
        }
        network = LocalNetwork(extra=EXTRA, settings=settings)
        behind = (KAFKA, POSTGRES, *(p.name for p in network.processes if p.port))
        if is_proxied:
            network.through |= _free_ports(behind, set(network.ports.values()))
        return cls(network, Links(network.through, network.ports), disks, clocks)

    async def __aenter__(self) -> Self:
        home = self.network.home.root
        home.mkdir(mode=0o700, parents=True)
        self.clocks.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.network.server_environment[KAFKA] = faketime.for_broker(self.clocks)
        self.disks.mount(home)
        await self.links.__aenter__()
        try:
            await asyncio.to_thread(self.network.start, RUNNING_NOW, silent, READY_S)
        except BaseException:
            await self.__aexit__()
            raise
        self._admin = topics.client(self.network.kafka_bootstrap)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await asyncio.to_thread(self.network.stop)
        await self.links.__aexit__()
        self.disks.unmount()
        shutil.rmtree(self.network.home.root, ignore_errors=True)

    # --- where things are -------------------------------------------------------------------

    @property
    def master(self) -> str:
        """The development issuer's secret, of which every client's secret is made."""
        return read_secret(self.network.home.secrets / "room.secret")

    def doors(self) -> dict[str, list[str]]:
        """Room -> URLs of its processes, as clients reach them."""
        urls = self.network.urls
        return {name: [url] for name, url in urls.items() if name not in COUNTERS} | {
            COUNTERS[0]: [urls[name] for name in COUNTERS]
        }

    # --- processes --------------------------------------------------------------------------

    async def states(self) -> dict[str, State]:
        return await asyncio.to_thread(self.network.supervisor.states)

    async def pid(self, name: str) -> int:
        """The process's id now; waits a moment for one that is just being started."""
        until = clock() + STARTED_S
        while True:
            pid = (await self.states())[name].pid
            if pid:
                return pid
            if clock() > until:
                raise Problem(f"{name} does not run.")
            await asyncio.sleep(0.05)

    async def start(self, name: str) -> None:
        """Start one process; ready some time later."""
        await asyncio.to_thread(self.network.start_process, name)

    async def stop(self, name: str) -> None:
        """Stop one process and wait until it has ended."""
        await asyncio.to_thread(self.network.stop_process, name)

    async def pids_of(self, names: Iterable[str]) -> list[int]:
        states = await self.states()
        return [states[name].pid for name in names if states[name].pid]

    async def family(self, name: str) -> list[psutil.Process]:
        """A process and all its children."""
        parent = psutil.Process(await self.pid(name))
        return [parent, *parent.children(recursive=True)]

    # --- how it is --------------------------------------------------------------------------

    async def reasons(self, names: Iterable[str], not_pids: Iterable[int] = ()) -> dict[str, str]:
        """Why processes are not ready, by name; those with an id of `not_pids` are the old ones."""
        asked = list(names)
        try:
            states = await self.states()
        except GoneError as error:
            return dict.fromkeys(asked, str(error))
        old = set(not_pids)
        told = await asyncio.gather(
            *(asyncio.to_thread(self._reason, name, states[name], old) for name in asked)
        )
        return {name: reason for name, reason in zip(asked, told, strict=True) if reason}

    def _reason(self, name: str, state: State, old: set[int]) -> str:
        if state.state != RUNNING and not state.pid:
            return f"it is {state.state.lower()}"
        if state.pid in old:
            return "it has not been started again"
        if name in (KAFKA, POSTGRES):
            return ""  # seen by the positions that they give
        port = self.network.ports.get(name)
        if port is not None:
            return http_reason(ports.HOST, port) or ""
        return file_reason(self.network.home.ready / name) or ""

    async def ends(self) -> Ends | None:
        """Where every folded topic ends now; None when the broker does not say."""
        return await asyncio.to_thread(self._ends)

    def _ends(self) -> Ends | None:
        asked = {
            TopicPartition(topic.name, partition): OffsetSpec.latest()
            for folded in FOLDS.values()
            for topic in folded
            for partition in range(topic.partitions)
        }
        found: Ends = {}
        try:
            admin: AdminClient = self._admin
            for place, told in admin.list_offsets(asked, request_timeout=ANSWER_S).items():
                offset = told.result(ANSWER_S).offset
                found.setdefault(place.topic, {})[place.partition] = offset
        except (KafkaException, TimeoutError):
            # a client keeps asking with the leader epoch it once learned: forget it
            self._admin = topics.client(self.network.kafka_bootstrap)
            return None
        return found

    async def database(self, schema: str = "public") -> asyncpg.Connection:
        """A connection of the owner, past the proxies. The caller closes it."""
        return await asyncpg.connect(
            self.network.postgres_url(),
            database=roles.DATABASE,
            timeout=ANSWER_S,
            server_settings={"search_path": schema, "application_name": CAMPAIGN},
        )

    async def positions(self) -> Ends | None:
        """What is applied of every folded topic; None when Postgres does not say."""
        found: Ends = {}
        try:
            database = await self.database()
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return None
        try:
            for schema in FOLDS:
                rows = await database.fetch(
                    f"SELECT topic, partition, next_offset FROM {schema}.fold_position",
                    timeout=ANSWER_S,
                )
                for row in rows:
                    found.setdefault(row["topic"], {})[row["partition"]] = row["next_offset"]
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None
        finally:
            database.terminate()
        return found


def lagging(ends: Ends, positions: Ends) -> list[str]:
    """What is not applied yet: "rx.log/3: 17 of 20"."""
    return [
        f"{topic}/{partition}: {positions.get(topic, {}).get(partition, 0)} of {end}"
        for topic, partitions in ends.items()
        for partition, end in partitions.items()
        if positions.get(topic, {}).get(partition, 0) < end
    ]


def _free_ports(names: Sequence[str], taken: set[int]) -> dict[str, int]:
    """A port for a proxy before each of these, apart from those the network takes for itself."""
    while True:
        found = ports.free([Process(name, "", port=1) for name in names])
        if taken.isdisjoint(found.values()):
            return {name: found[name] for name in names}
