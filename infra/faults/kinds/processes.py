"""Faults of our own processes: killed, stopped for a while, frozen beyond their session, down."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from infra.faults.kinds.fault import Fault, processes
from infra.faults.stage import COUNTERS, SESSION_TIMEOUT_MS, WORKERS

APIS = ("prescribing", *COUNTERS, "claims", "registry-api", "identity", "issuer", "oversight-api")
FOLDERS = (*WORKERS, "surveillance-worker", "oversight-worker", "oversight-dead-letters")


class Kill(Fault):
    name, family = "kill", "processes"
    proves = "a process that dies at any statement loses nothing and repeats nothing"

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return processes()

    async def inject(self) -> None:
        pid = await self.stage.pid(self.target)
        self.gone = {pid}
        os.kill(pid, signal.SIGKILL)


class Down(Kill):
    """Stopped in order, away for a while, started again."""

    name = "down"
    proves = "what needs a room that is away says so (503) and goes on when it is back"
    hold_s = (1.0, 3.0)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return ("identity", "issuer", "registry-api", "claims", "surveillance-worker")

    async def inject(self) -> None:
        self.gone = {await self.stage.pid(self.target)}
        await self.stage.stop(self.target)

    async def heal(self) -> None:
        await self.stage.start(self.target)


class Pause(Fault):
    """SIGSTOP, then SIGCONT before anybody gives it up."""

    name, family = "pause", "processes"
    proves = "a caller that hears nothing repeats with the same key and gets the one verdict"
    hold_s = (0.3, 3.0)
    _pid = 0

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (*APIS, *FOLDERS)

    async def inject(self) -> None:
        self._pid = await self.stage.pid(self.target)
        os.kill(self._pid, signal.SIGSTOP)

    async def heal(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGCONT)


class Zombie(Pause):
    """Frozen until another worker has taken its partitions, then woken up with what it held."""

    name = "zombie"
    proves = "a worker that wakes up after its partitions were given away changes nothing"
    hold_s = (SESSION_TIMEOUT_MS / 1000 + 1.5, SESSION_TIMEOUT_MS / 1000 + 3.5)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return FOLDERS[:3]
