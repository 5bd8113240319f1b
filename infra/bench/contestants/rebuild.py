"""The registry rebuilt from offset 0 into a schema beside the live one, as `rxlog rebuild` does.

It follows the registry in a round: the live schema is what that one left. Measured is the folding;
that the two are the same byte for byte is what the command itself finds out afterwards.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from infra.bench import store, topics
from infra.bench.following import Fold, follow
from infra.bench.measured import Measured, Round
from infra.bench.stage import Stage
from infra.local.environment import PROJECT, inherited
from infra.local.logs import last_lines
from services.topology import LOG

ROOM, BESIDE = "registry", "registry_rebuild"
COMPARED_S = 300.0
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Runs the command and follows the schema beside."""

    name: str = "rebuild"
    title: str = "registry rebuilt beside the live one"

    def run(self, stage: Stage, number: int) -> Round:
        """Every round is like the first: `number` does not matter."""
        del number
        with TemporaryDirectory(prefix="rxlog-bench-") as folder:
            return asyncio.run(self._run(stage, Path(folder, "said.log")))

    async def _run(self, stage: Stage, said: Path) -> Round:
        with said.open("wb") as output:
            process = _started(stage, output.fileno())
        try:
            measured = await self._follow(stage, process, said)
            code = await asyncio.to_thread(process.wait, COMPARED_S)
        finally:
            process.kill()
            process.wait()
        if code == 0:
            return Round(measured)
        return Round(measured, (f"the rebuilt registry is not the live one: {_last(said)}",))

    async def _follow(self, stage: Stage, process: subprocess.Popen[bytes], said: Path) -> Measured:
        end = topics.count(stage.bootstrap, LOG.name)
        async with store.connected(stage.network.postgres_url()) as owner:
            fold = Fold(owner, BESIDE, LOG.name, end, "the rebuild", lambda: _last(said))
            await fold.taken()
            began = time.monotonic()
            return await follow(fold, stage.network, [psutil.Process(process.pid)], began)


def _started(stage: Stage, output: int) -> subprocess.Popen[bytes]:
    variables = stage.network.env(f"{ROOM}-worker") | {"RXLOG_LOG_LEVEL": "warning"}
    return subprocess.Popen(
        [sys.executable, "-m", f"services.{ROOM}", "rebuild", "--verify", "--fresh"],
        env=inherited(os.environ) | variables,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # Ctrl-C reaches us; we end it
    )


def _last(said: Path) -> str:
    return "\n".join(last_lines(said, LAST_LINES))


REBUILD = Rebuild()
