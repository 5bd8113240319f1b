"""Runs the short-lived tools of a start (mvn, initdb, StorageTool) so that they can be ended.

Each runs in a session of its own: the terminal's Ctrl-C reaches us, and we end the tool.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from infra.problem import Problem

LAST_LINES = 12


@dataclass
class Tools:
    """The tools running now; thread-safe. After `cancel` nothing starts any more."""

    _running: set[subprocess.Popen[str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cancelled: bool = False

    def run(
        self,
        command: Sequence[str | os.PathLike[str]],
        *,
        what: str,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        folder: Path | None = None,
    ) -> str:
        """Run `command` to its end and return what it printed.

        `what` names it in the sentence of the Problem raised when it fails.
        """
        with self._lock:
            if self._cancelled:
                raise Problem(f"{what} was not started because the network is being stopped.")
            process = self._open(command, environment, user, folder, what)
            self._running.add(process)
        try:
            output, _ = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        if process.returncode != 0:
            tail = "\n".join(output.strip().splitlines()[-LAST_LINES:])
            raise Problem(f"{what} failed (exit code {process.returncode}). It said:\n{tail}")
        return output

    def cancel(self) -> None:
        """End every running tool."""
        with self._lock:
            self._cancelled = True
            for process in self._running:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    @staticmethod
    def _open(
        command: Sequence[str | os.PathLike[str]],
        environment: Mapping[str, str] | None,
        user: str | None,
        folder: Path | None,
        what: str,
    ) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                list(command),
                env=dict(environment) if environment is not None else None,
                user=user,
                group=None if user is None else user,
                extra_groups=None if user is None else [],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise Problem(f"{what} could not be started: {error}.") from error
