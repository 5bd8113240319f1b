"""What a fold costs besides its own processor time: the servers' work, and bytes on disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import psutil

from infra.local.network import LocalNetwork
from infra.processes import KAFKA, POSTGRES

SERVERS = (KAFKA, POSTGRES)


class ProcessorTime:
    """Processor time of a network's processes since it was made: of all that run then, or of the
    named ones."""

    def __init__(self, network: LocalNetwork, names: Collection[str] | None = None) -> None:
        pids = network.pids()
        wanted = pids if names is None else names
        self._processes = {name: psutil.Process(pids[name]) for name in wanted}
        self._began = self._now()

    def read(self) -> dict[str, float]:
        """Seconds by process."""
        return {name: used - self._began[name] for name, used in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {name: tree_seconds(process) for name, process in self._processes.items()}


def seconds_of(processes: Iterable[psutil.Process]) -> float:
    """Processor time of these processes, without their children."""
    times = [process.cpu_times() for process in processes]
    return float(sum(one.user + one.system for one in times))


def tree_seconds(process: psutil.Process) -> float:
    """Processor time of a process, of its children, and of those that have ended: Postgres has
    one for each connection."""
    own = process.cpu_times()
    ended = getattr(own, "children_user", 0.0) + getattr(own, "children_system", 0.0)
    used = float(own.user + own.system + ended)
    for child in process.children(recursive=True):
        try:
            used += seconds_of([child])
        except psutil.NoSuchProcess:
            continue  # its parent has its time by now
    return used


def topic_bytes(data: Path, topic: str) -> int:
    """Bytes of a topic's records on the broker's disk, as compressed, without indexes."""
    folders = (path for path in data.glob(f"{topic}-*") if path.name[len(topic) + 1 :].isdigit())
    return sum(file.stat().st_size for folder in folders for file in folder.glob("*.log"))
