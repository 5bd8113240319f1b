"""A whole RxLog network on this machine: real Kafka, real Postgres, every room a process.

    with LocalNetwork() as network:            # ephemeral: free ports, a folder of its own
        network.start(("registry-worker",))    # with Kafka and Postgres; every room when None
        network.kill("registry-worker")
        network.wait_ready("registry-worker")

An ephemeral network ends with the process that made it, however that one ends. A persistent one
(`LocalNetwork(home, ephemeral=False)`) goes on until `stop`, which any process may call, and the
next start continues with its data.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local import doctor, environment, ports, starting
from infra.local.home import Home, Remembered, default_home, temporary_home
from infra.local.interrupts import orderly_termination
from infra.local.pids import read
from infra.local.progress import Progress, Step, silent
from infra.local.readiness import Waiting
from infra.local.status import Status, describe
from infra.local.supervisord import GoneError, State, Supervisord
from infra.postgres import roles, server
from infra.problem import Problem
from infra.processes import KAFKA, POSTGRES, PROCESSES, Process

READY_S = 60.0
STOP_S = 40.0
POLL_S = 0.05
OWNER = "owner"


class LocalNetwork:
    """Starts, stops and disturbs one network. Nothing runs before `start`.

    `home` defaults to a temporary folder that `stop` removes (ephemeral), or to RXLOG_HOME.
    `chosen_ports` maps names to TCP ports; by default free ones (ephemeral), or the configured
    and remembered ones. `settings` are further variables for every room, `extra` further
    processes. `downloads` is the home whose Kafka jars are used, and fetched when missing.

    With `through`, whoever reaches a named process is sent to that port in place of its own, where
    a proxy of the caller's listens.

    A persistent network uses the Postgres of RXLOG_POSTGRES_URL when that is set. An ephemeral
    one always runs its own: it must not meet the data of another network.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        ephemeral: bool = True,
        chosen_ports: Mapping[str, int] | None = None,
        settings: Mapping[str, str] | None = None,
        extra: Sequence[Process] = (),
        downloads: Path | None = None,
        through: Mapping[str, int] | None = None,
    ) -> None:
        self.ephemeral = ephemeral
        self.temporary = ephemeral and home is None
        self.short_lived = ephemeral
        """Whether the broker is started for quick compiling; to be set before the start."""
        shared = default_home(os.environ)
        root = home or (temporary_home() if ephemeral else shared)
        self.home = Home(root.expanduser().resolve())
        self.downloads = downloads or (shared if ephemeral else self.home.root)
        self.processes: tuple[Process, ...] = (*PROCESSES, *extra)
        self.ports = dict(chosen_ports or self._default_ports())
        self.supervisor = Supervisord(self.home.socket)
        self.through = dict(through or {})
        self.server_environment: dict[str, Mapping[str, str]] = {}
        """Further variables for Kafka or Postgres, by name; to be set before the start."""
        self._settings = dict(settings or {})
        self._start: starting.Start | None = None
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        self._exit.enter_context(orderly_termination())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self.ephemeral:
                self.stop()
        finally:
            self._exit.close()

    # --- where things are ---------------------------------------------------------------------

    @property
    def urls(self) -> dict[str, str]:
        """URL of every HTTP process by name."""
        return environment.urls(self.processes, self.ports | self.through)

    @property
    def kafka_bootstrap(self) -> str:
        """host:port of the broker."""
        return f"{ports.HOST}:{self.ports[KAFKA]}"

    @property
    def own_postgres_url(self) -> str | None:
        """The owner's URL of a server of the user's own, when this network uses one."""
        return None if self.ephemeral else os.environ.get("RXLOG_POSTGRES_URL")

    def postgres_url(self, role: str = OWNER) -> str:
        """The URL of a role's connection to the database; "owner" may do everything."""
        own = self.own_postgres_url
        if role == OWNER and own is not None:
            return own
        login = server.OWNER if role == OWNER else role
        place = own or f"postgresql://{ports.HOST}:{self.ports[POSTGRES]}"
        return roles.url_for(place, login, self.home.password(role))

    def env(self, name: str) -> dict[str, str]:
        """The variables that the process gets."""
        return environment.of_process(
            self._process(name),
            home=self.home,
            processes=self.processes,
            ports=self.ports,
            owner_url=self.postgres_url(),
            settings=self._settings,
            through=self.through,
        )

    # --- the whole network ------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a supervisor runs in this home, whoever started it."""
        return self.supervisor.answers()

    def start(
        self,
        processes: Sequence[str] | None = None,
        progress: Progress = silent,
        ready_s: float = READY_S,
    ) -> None:
        """Start Kafka, Postgres and the named rooms (all when None); return when all are ready.

        Raises Problem with plain sentences when something is in the way, or is not ready in time;
        then nothing is left running.
        """
        names = tuple(p.name for p in PROCESSES) if processes is None else tuple(processes)
        rooms = [self._process(name) for name in names]
        self.home.create()
        with self.home.locked():
            up_already = doctor.check_supervisor(self.home)
            if up_already:
                raise Problem(up_already)
            for left in doctor.clear_stale_run(self.home):
                progress(Step(f"ended {left}, left behind by a killed run", "done"))
            java = self._examine()
            self._remember()
            self._start = starting.Start(self, java, progress)
            try:
                self._start.run(rooms, ready_s)
            except BaseException:
                self._shut_down()
                raise

    def stop(self) -> None:
        """Stop everything in order; a temporary home is removed. Stopping twice is no error."""
        if self.home.run.is_dir():
            with self.home.locked():
                self._shut_down()
        if self.temporary:
            shutil.rmtree(self.home.root, ignore_errors=True)

    def status(self) -> list[Status]:
        """Every process; none when the network is down."""
        try:
            states = self.supervisor.states()
        except GoneError:
            return []
        records = read(self.home.pids)
        place = f"{ports.HOST}:{self.ports[POSTGRES]}"
        addresses = {KAFKA: self.kafka_bootstrap, POSTGRES: place, **self.urls}
        order = [KAFKA, POSTGRES, *(process.name for process in self.processes)]
        return [
            describe(states[name], records.get(name), addresses) for name in order if name in states
        ]

    # --- single processes -------------------------------------------------------------------

    def start_process(self, name: str) -> None:
        """Start one process; see `wait_ready`."""
        self.supervisor.start(self._state(name).full_name)

    def stop_process(self, name: str) -> None:
        """Stop one process and wait until it has ended."""
        self.supervisor.stop(self._state(name).full_name)
        self._until(lambda: not self._state(name).pid, f"{name} did not stop")

    def restart_process(self, name: str, timeout_s: float = READY_S) -> None:
        """Stop one process, start it again and wait until it is ready."""
        self.stop_process(name)
        self.start_process(name)
        self.wait_ready(name, timeout_s)

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to the real process; return its id. The supervisor restarts it."""
        pid = self._state(name).pid
        if not pid:
            raise Problem(f"{name} does not run, so it cannot be killed.")
        os.kill(pid, number)
        return pid

    def pids(self) -> dict[str, int]:
        """Process id by name, of what runs now."""
        return {name: state.pid for name, state in self.supervisor.states().items() if state.pid}

    def wait_ready(self, name: str, timeout_s: float = READY_S) -> None:
        """Wait until a process can do its work; Problem with its reason when it cannot in time."""
        self.waiting().wait([name], timeout_s, lambda _name: None)

    def reason_not_ready(self, name: str) -> str | None:
        """Why a process is not ready now; None when it is."""
        return self.waiting().reason(name)

    def waiting(self) -> Waiting:
        """Asks and waits for this network's processes."""
        return Waiting(self.home, self.supervisor, self.ports, self.postgres_url())

    # --- inside -----------------------------------------------------------------------------

    def _default_ports(self) -> dict[str, int]:
        if self.ephemeral:
            return ports.free(self.processes)
        remembered = self.home.remembered()
        if remembered is not None and Supervisord(self.home.socket).answers():
            return remembered.ports
        return ports.configured(
            self.processes,
            base=None,
            environment=os.environ,
            remembered=remembered.ports if remembered else {},
        )

    def _examine(self) -> str:
        """Find what stands in the way; return the Java to use."""
        findings = doctor.examine(
            self.home,
            self.downloads,
            {n: p for n, p in self.ports.items() if n != POSTGRES or not self.own_postgres_url},
            os.environ,
            ports_are_configured=not self.ephemeral,
        )
        if findings.problems or findings.java is None:
            raise Problem("\n".join(findings.problems))
        return findings.java

    def _remember(self) -> None:
        if not self.ephemeral:
            own_postgres = self.own_postgres_url is None
            self.home.remember(Remembered(self.ports, own_postgres=own_postgres))

    def _shut_down(self) -> None:
        if self._start is not None:
            self._start.cancel()
        starting.shut_down(self.home, self.supervisor, self._start, STOP_S)
        self._start = None

    def _process(self, name: str) -> Process:
        for process in self.processes:
            if process.name == name:
                return process
        raise Problem(
            f"There is no process named {name}; there are "
            f"{', '.join(process.name for process in self.processes)}."
        )

    def _state(self, name: str) -> State:
        states = self.supervisor.states()
        if name not in states:
            raise Problem(f"There is no process named {name}; there are {', '.join(states)}.")
        return states[name]

    def _until(self, reached: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + STOP_S
        while not reached():
            if time.monotonic() > deadline:
                raise Problem(f"{otherwise} within {STOP_S:.0f} s; see its log in {self.home.logs}")
            time.sleep(POLL_S)
