"""Waits until processes can do their work, and says in plain words when one does not get there."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from infra.health import file_reason, http_reason
from infra.kafka import broker, topics
from infra.local.home import Home
from infra.local.logs import last_lines
from infra.local.pids import Recorded
from infra.local.ports import HOST
from infra.local.supervisord import RUNNING, STARTING, State, Supervisord
from infra.postgres import roles
from infra.problem import Problem
from infra.processes import KAFKA, POSTGRES

T = TypeVar("T")

POLL_S = 0.1
ANSWER_S = 3.0
STARTS_MAX = 3
"""A process that ended this often while it was waited for will not become ready."""


@dataclass
class Waiting:
    """Asks and waits for the processes of one network. `cancelled` ends every wait."""

    home: Home
    supervisor: Supervisord
    ports: dict[str, int]
    owner_url: str
    cancelled: threading.Event = field(default_factory=threading.Event)

    def reason(self, name: str) -> str | None:
        """Why the process is not ready; None when it is."""
        state = self.supervisor.states().get(name)
        if state is None and name == POSTGRES:
            return self._postgres_reason()  # a server of the user's own
        return self._reason(name, state)

    def wait(self, names: Iterable[str], timeout_s: float, done: Callable[[str], None]) -> None:
        """Wait until all are ready, calling `done` for each; Problem after `timeout_s`.

        A worker that had to stop some of its partitions counts: it works on the others.
        """
        pending = list(names)
        deadline = time.monotonic() + timeout_s
        seen: dict[str, set[int]] = {name: set() for name in pending}
        while pending:
            states = self.supervisor.states()
            reasons = {}
            for name in pending:
                state = states.get(name)
                reasons[name] = self._reason(name, state, partly=True)
                if state is not None and state.pid:
                    seen[name].add(state.pid)
                if len(seen[name]) >= STARTS_MAX:
                    raise self._problem(name, "ends again and again")
            for name in [name for name in pending if reasons[name] is None]:
                pending.remove(name)
                done(name)
            if pending and time.monotonic() > deadline:
                name = pending[0]
                raise self._problem(name, f"was not ready after {timeout_s:.0f} s: {reasons[name]}")
            if pending and self.cancelled.wait(POLL_S):
                raise Problem("The start was cut short because the network is being stopped.")

    def _reason(self, name: str, state: State | None, *, partly: bool = False) -> str | None:
        if state is None:
            if name == POSTGRES:
                return self._postgres_reason()
            raise Problem(f"There is no process named {name}.")
        if state.state not in {STARTING, RUNNING}:
            return f"it is {state.state.lower()}" + (f" ({state.problem})" if state.problem else "")
        record = Recorded.of(state.pid)
        if record is None or not record.alive():
            return "it has just ended"
        if name == KAFKA:
            return self._kafka_reason()
        if name == POSTGRES:
            return self._postgres_reason()
        if name in self.ports:
            return http_reason(HOST, self.ports[name])
        return file_reason(self.home.ready / name, partly=partly)

    def _kafka_reason(self) -> str | None:
        port = self.ports[KAFKA]
        if not _listens(port):
            return f"nothing listens on port {port} yet"
        found = topics.cluster_id(f"{HOST}:{port}", timeout_s=ANSWER_S)
        if found is None:
            return f"it does not answer on port {port}"
        if found != broker.cluster_id(self.home.kafka_data):
            raise Problem(
                f"Another Kafka cluster answers on port {port}: stop it, or choose another port "
                "for this one."
            )
        waiting = topics.partitions_not_served(f"{HOST}:{port}", ANSWER_S)
        if waiting is None:
            return f"it does not answer on port {port}"
        return f"it does not serve {waiting} partitions yet" if waiting else None

    def _postgres_reason(self) -> str | None:
        if run_apart(roles.answers(self.owner_url)):
            return None
        return "it does not take connections"

    def _problem(self, name: str, what: str) -> Problem:
        log = self.home.log_of(name)
        said = last_lines(log, 10)
        tail = "\n".join(f"    {line}" for line in said) if said else "    (nothing)"
        return Problem(f"{name} {what}. The end of its log ({log}):\n{tail}")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own: our caller may be inside a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1.0).close()
    except OSError:
        return False
    return True
