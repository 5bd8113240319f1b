"""Too little of what a process needs: processor time, descriptors."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from contextlib import suppress

import psutil

from infra.faults.kinds.fault import Fault
from infra.faults.stage import COUNTERS, WORKERS, Stage
from infra.processes import KAFKA, POSTGRES

RUN_S, STOP_S = 0.02, 0.08
SPARE_DESCRIPTORS = 2
HOGS = 4
BURN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"
"""Ends with whoever started it."""


class Starved(Fault):
    """The process gets a fifth of its time: stopped and continued ten times a second."""

    name, family = "starved", "pressure"
    proves = "a process that crawls is slow (202, 503), not wrong"
    hold_s = (1.0, 3.0)

    def __init__(self, target: str, rng: random.Random, stage: Stage) -> None:
        super().__init__(target, rng, stage)
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (WORKERS[0], COUNTERS[0], "prescribing", KAFKA, POSTGRES, "surveillance-worker")

    async def inject(self) -> None:
        self._task = asyncio.create_task(_starve(await self.stage.family(self.target)))

    async def heal(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task


class Crowded(Fault):
    """Other programs take every processor of the machine for a while."""

    name, family = "crowded", "pressure"
    proves = "a machine that is too busy delays verdicts and changes none"
    hold_s = (1.0, 3.0)

    def __init__(self, target: str, rng: random.Random, stage: Stage) -> None:
        super().__init__(target, rng, stage)
        self._hogs: list[asyncio.subprocess.Process] = []

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return ("the machine",)

    async def inject(self) -> None:
        command = (sys.executable, "-c", BURN, str(os.getpid()))
        self._hogs = [await asyncio.create_subprocess_exec(*command) for _ in range(HOGS)]
        self.detail = f"{HOGS} programs"

    async def heal(self) -> None:
        for hog in self._hogs:
            hog.kill()
        for hog in self._hogs:
            await hog.wait()


class Descriptors(Fault):
    """The process may open hardly any more files and connections."""

    name, family = "descriptors", "pressure"
    proves = "a room that cannot take another connection serves those it has, and recovers"
    hold_s = (1.0, 3.0)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (*COUNTERS, "prescribing", "claims", "registry-api", WORKERS[0])

    async def inject(self) -> None:
        process = psutil.Process(await self.stage.pid(self.target))
        self._before = process.pid, process.rlimit(psutil.RLIMIT_NOFILE)
        limit = process.num_fds() + SPARE_DESCRIPTORS
        process.rlimit(psutil.RLIMIT_NOFILE, (limit, self._before[1][1]))
        self.detail = f"{limit} descriptors"

    async def heal(self) -> None:
        pid, limits = self._before
        with suppress(psutil.Error):
            psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE, limits)


async def _starve(family: list[psutil.Process]) -> None:
    try:
        while True:
            for process in family:
                with suppress(psutil.Error):
                    process.suspend()
            await asyncio.sleep(STOP_S)
            for process in family:
                with suppress(psutil.Error):
                    process.resume()
            await asyncio.sleep(RUN_S)
    finally:
        for process in family:
            with suppress(psutil.Error):
                process.resume()
