"""A contestant in a process of its own: `python -m infra.bench.child MODULE FUNCTION TASK`.

The function takes a `Task` and returns a `Measured`, which is printed as JSON, as the last line.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.bench.measured import Measured, Task
from infra.local.environment import PROJECT, inherited
from infra.problem import Problem

TIMEOUT_S = 300.0
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Child:
    """Where the work is: `module` below infra.bench.contestants, `function` in it."""

    module: str
    function: str

    def run(self, task: Task, python: Path | None = None) -> Measured:
        """Do the work in a new process, of another Python when that is given. Raises Problem with
        what it said when it fails."""
        process = subprocess.Popen(
            [
                *(
                    str(python or sys.executable),
                    "-m",
                    "infra.bench.child",
                    self.module,
                    self.function,
                ),
                msgspec.json.encode(task).decode(),
            ],
            env={**inherited(os.environ), "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"},
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C reaches us; we end it
        )
        try:
            result, said = process.communicate(timeout=TIMEOUT_S)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            _, said = process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise self._failed(f"took more than {TIMEOUT_S:.0f} s", said) from error
            raise
        if process.returncode != 0:
            raise self._failed(f"ended with exit code {process.returncode}", said)
        return msgspec.json.decode(result.strip().splitlines()[-1], type=Measured)

    def _failed(self, what: str, said: str) -> Problem:
        tail = "\n".join(said.strip().splitlines()[-LAST_LINES:])
        return Problem(f"The contestant {self.module}.{self.function} {what}. It said:\n{tail}")


def main() -> None:
    module, function, task = sys.argv[1:]
    work = getattr(importlib.import_module(f"infra.bench.contestants.{module}"), function)
    measured: Measured = work(msgspec.json.decode(task, type=Task))
    sys.stdout.write("\n" + msgspec.json.encode(measured).decode() + "\n")


if __name__ == "__main__":
    main()
