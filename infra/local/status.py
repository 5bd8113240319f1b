"""What is known of one process from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.pids import Recorded
from infra.local.supervisord import RUNNING, STARTING, State


@dataclass(frozen=True, slots=True)
class Status:
    """One process for `rxlog status`. `pid` is 0 and `uptime_s` 0 while it does not run."""

    name: str
    state: str
    pid: int
    uptime_s: int
    address: str
    restarts: int


def describe(state: State, record: Recorded | None, addresses: Mapping[str, str]) -> Status:
    """Put together what the supervisor, the leash's record and the addresses say."""
    runs = state.state in {STARTING, RUNNING}
    return Status(
        name=state.name,
        state=state.state.lower(),
        pid=state.pid,
        uptime_s=max(0, state.now - state.since) if runs else 0,
        address=addresses.get(state.name, ""),
        restarts=record.starts - 1 if record else 0,
    )
