"""The start and the end of a network, step by step: what runs beside what, what waits for what."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local import environment, leash, pids, supervisord
from infra.local.home import Home
from infra.local.pids import SUPERVISORD, Recorded
from infra.local.progress import Progress, Step
from infra.local.servers import Servers
from infra.local.supervisor_config import LEASH, ROOMS, Program, render, write_start_script
from infra.local.supervisord import GoneError, Supervisord
from infra.problem import Problem
from infra.processes import KAFKA, POSTGRES, Process
from infra.subprocesses import Tools

if TYPE_CHECKING:
    from infra.local.network import LocalNetwork

LEFT_S = 5.0


class Start:
    """One start of one network. `cancel` may be called from a signal or another thread."""

    def __init__(self, network: LocalNetwork, java: str, progress: Progress) -> None:
        self.network = network
        self.progress = progress
        self.tools = Tools()
        self.waiting = network.waiting()
        self.supervisord: subprocess.Popen[str] | None = None
        self.servers = Servers(
            home=network.home,
            downloads=network.downloads,
            ports=network.ports,
            owner_url=network.postgres_url(),
            own_postgres=network.own_postgres_url is None,
            java=java,
            short_lived=network.short_lived,
            supervisor=network.supervisor,
            waiting=self.waiting,
            tools=self.tools,
            progress=progress,
            advertised=network.through.get(KAFKA),
            environment=network.server_environment,
        )

    def run(self, rooms: Sequence[Process], ready_s: float) -> None:
        """Bring everything up: the two servers side by side, each room once its servers answer."""
        home = self.network.home
        if rooms and home.unfinished_restore.exists():
            raise Problem(
                f"A restore into {home.root} was cut short, so what is there is not whole: run the "
                "same `rxlog restore` again."
            )
        self._write_configuration()
        self.supervisord = supervisord.launch(
            home.supervisor_config, home.socket, self._supervisor_environment()
        )
        waiting_rooms = list(rooms)
        up: set[str] = set()
        with ThreadPoolExecutor(2) as threads:
            work: dict[Future[None], str] = {
                threads.submit(self.servers.bring_up_kafka): KAFKA,
                threads.submit(self.servers.bring_up_postgres): POSTGRES,
            }
            try:
                while work:
                    done, _ = wait(work, return_when=FIRST_COMPLETED)
                    for future in done:
                        up.add(work.pop(future))
                        future.result()
                    waiting_rooms = self._start_rooms(waiting_rooms, up)
            except BaseException:
                self.cancel()  # or leaving the block would wait for the other server
                raise
        begun = time.monotonic()
        self.waiting.wait(
            [room.name for room in rooms],
            ready_s,
            lambda name: self.progress(
                Step(name, "done", time.monotonic() - begun, self.network.urls.get(name, ""))
            ),
        )

    def cancel(self) -> None:
        """End the tools that run and every wait."""
        self.waiting.cancelled.set()
        self.tools.cancel()

    def _start_rooms(self, rooms: list[Process], up: set[str]) -> list[Process]:
        """Start the rooms whose servers are up; return the others."""
        later = []
        for room in rooms:
            needs = {KAFKA} if room.reads_log else set()
            needs |= {POSTGRES} if room.role else set()
            if needs <= up:
                self.network.supervisor.start(f"{ROOMS}:{room.name}")
            else:
                later.append(room)
        return later

    def _write_configuration(self) -> None:
        home = self.network.home
        programs = [*self.servers.programs(), self._leash()]
        for process in self.network.processes:
            script = write_start_script(home, process, self.network.env(process.name))
            programs.append(Program(process.name, ROOMS, ["/bin/sh", str(script)], home.run))
        home.supervisor_config.touch(mode=0o600)
        home.supervisor_config.write_text(
            render(home, programs, as_root=os.geteuid() == 0), encoding="utf-8"
        )

    def _leash(self) -> Program:
        command = [sys.executable, "-m", "infra.local.leash", str(self.network.home.root)]
        if self.network.ephemeral:
            owner = Recorded.of(os.getpid())
            assert owner is not None, "we ourselves run"
            command += ["--owner-pid", str(owner.pid), "--owner-created", str(owner.created)]
        if self.network.temporary:
            command.append("--remove-home")
        return Program(
            LEASH,
            LEASH,
            command,
            Path("/"),
            environment={"PYTHONPATH": str(environment.PROJECT), "PYTHONUNBUFFERED": "1"},
            autostart=True,
        )

    def _supervisor_environment(self) -> dict[str, str]:
        return environment.inherited(os.environ)


def shut_down(home: Home, supervisor: Supervisord, start: Start | None, patience_s: float) -> None:
    """Stop everything in order, then whatever of it is left, and forget the run.

    `start` is ours when we started the network: then its supervisor is our child to bury.
    """
    record = None
    with suppress(GoneError):
        record = Recorded.of(supervisor.pid())
        supervisor.shut_down()
    record = record or pids.read(home.pids).get(SUPERVISORD)
    if record is not None:
        pids.await_end([record], patience_s)
    pids.end_all(pids.read(home.pids), LEFT_S)
    if start is not None and start.supervisord is not None:
        with suppress(subprocess.TimeoutExpired):
            start.supervisord.wait(LEFT_S)
    leash.forget_run(home)
