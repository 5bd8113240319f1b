"""Talks to a running supervisord over its Unix socket (XML-RPC)."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.problem import Problem

ANSWER_S = 10.0
LAUNCH_S = 15.0
LAUNCH_POLL_S = 0.02
STARTING, RUNNING, STOPPING = "STARTING", "RUNNING", "STOPPING"
SHUTTING_DOWN, ENDED_AT_ONCE, SPAWN_ERROR, ALREADY_STARTED, NOT_RUNNING = 6, 40, 50, 60, 70
"""Fault codes of supervisor.xmlrpc.Faults."""


class GoneError(Exception):
    """No supervisor answers on the socket."""


@dataclass(frozen=True, slots=True)
class State:
    """One process as the supervisor sees it. `since` is its start in Unix seconds."""

    name: str
    group: str
    state: str
    pid: int
    since: int
    now: int
    problem: str

    @property
    def full_name(self) -> str:
        return f"{self.group}:{self.name}"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__()
        self._path = path
        self._timeout_s = timeout_s

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ARG002
        return _Connection(self._path, self._timeout_s)


class Supervisord:
    """Calls one supervisor; every call opens a connection of its own, so threads may share it."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    def answers(self) -> bool:
        """Whether a supervisor answers."""
        try:
            self._call("getState", timeout_s=2.0)
        except GoneError:
            return False
        return True

    def states(self) -> dict[str, State]:
        """Every process by name."""
        found = {}
        for info in self._call("getAllProcessInfo"):
            found[info["name"]] = State(
                name=info["name"],
                group=info["group"],
                state=info["statename"],
                pid=info["pid"],
                since=info["start"],
                now=info["now"],
                problem=info["spawnerr"],
            )
        return found

    def start(self, full_name: str) -> None:
        """Start a process; returns at once. One that runs already is left alone.

        One that ends at once is tried again by the supervisor, and its readiness tells why.
        """
        tolerated = {ALREADY_STARTED, SPAWN_ERROR, ENDED_AT_ONCE}
        self._tolerating(tolerated, "startProcess", full_name, False)

    def stop(self, full_name: str) -> None:
        """Stop a process; returns at once. One that is stopped already is left alone."""
        self._tolerating({NOT_RUNNING}, "stopProcess", full_name, False)

    def pid(self) -> int:
        """The supervisor's own process id."""
        return int(self._call("getPID"))

    def shut_down(self) -> None:
        """Stop everything in order, then the supervisor itself; returns at once."""
        self._call("shutdown")

    def _tolerating(self, codes: set[int], method: str, *arguments: object) -> None:
        try:
            self._call(method, *arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode not in codes:
                raise

    def _call(self, method: str, *arguments: object, timeout_s: float = ANSWER_S) -> Any:
        transport = _Transport(self._path, timeout_s)
        try:
            with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise GoneError(f"No supervisor answers on {self._path}: {error}") from error
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == SHUTTING_DOWN:
                raise GoneError(f"The supervisor on {self._path} is shutting down") from fault
            raise


def launch(
    config: Path, socket_path: Path, environment: Mapping[str, str]
) -> subprocess.Popen[str]:
    """Start a supervisor apart from our terminal and wait until it answers."""
    errors = config.with_suffix(".err")
    with errors.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)],
            env=dict(environment),
            cwd=config.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        )
    supervisor = Supervisord(socket_path)
    deadline = time.monotonic() + LAUNCH_S
    while not supervisor.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            said = errors.read_text(encoding="utf-8").strip()
            raise Problem(f"The process supervisor did not start. It said:\n{said}")
        time.sleep(LAUNCH_POLL_S)
    return process
