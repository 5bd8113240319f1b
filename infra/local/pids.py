"""Process ids that are safe to act on: each is kept with the start time of its process.

A process id alone is not enough to end a process: after a crash or a reboot the number may belong
to anybody.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

SUPERVISORD = "supervisord"
POLL_S = 0.05
SAME_START_S = 2.0
"""Start times are computed from the boot time, whose reading may move a little."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One process: its id, when it started (Unix seconds), how often it was started."""

    pid: int
    created: float
    starts: int = 1

    @classmethod
    def of(cls, pid: int, starts: int = 1) -> Recorded | None:
        """The process as it is now, or None when it is gone."""
        try:
            return cls(pid, psutil.Process(pid).create_time(), starts)
        except psutil.Error:
            return None

    def alive(self) -> bool:
        """Whether this very process still runs (one that is dead but unburied does not)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < SAME_START_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def send(self, number: int) -> None:
        """Signal the process if it is still this one."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def write(path: Path, records: Mapping[str, Recorded]) -> None:
    """Write the records by name, whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(json.dumps({name: asdict(r) for name, r in records.items()}), "utf-8")
    draft.rename(path)


def read(path: Path) -> dict[str, Recorded]:
    """The records; none when the file is missing or damaged."""
    try:
        return {name: Recorded(**fields) for name, fields in json.loads(path.read_text()).items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def end_all(records: Mapping[str, Recorded], patience_s: float) -> None:
    """Ask every process that is still ours to stop, and kill what has not after `patience_s`.

    Postgres takes SIGINT for "now": at SIGTERM it would wait for its clients.
    """
    ours = {name: record for name, record in records.items() if record.alive()}
    for name, record in ours.items():
        record.send(signal.SIGINT if name == "postgres" else signal.SIGTERM)
    left = await_end(ours.values(), patience_s)
    for record in left:
        record.send(signal.SIGKILL)
    await_end(left, patience_s)


def await_end(records: Iterable[Recorded], patience_s: float) -> list[Recorded]:
    """Wait until the processes are gone; return those that are not after `patience_s`."""
    left = [record for record in records if record.alive()]
    deadline = time.monotonic() + patience_s
    while left and time.monotonic() < deadline:
        time.sleep(POLL_S)
        left = [record for record in left if record.alive()]
    return left
