"""Processes of rooms, forked from one that has everything imported, to be killed and stopped."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Room:
    """A running process of a room."""

    pid: int
    log: Path

    def kill(self) -> None:
        """kill -9, wherever it is."""
        self._send(signal.SIGKILL)

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def says(self, words: str) -> bool:
        """Whether its log has these words."""
        return self.log.exists() and words in self.log.read_text(errors="replace")

    def is_alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Rooms:
    """Forks rooms; all of them end with it, also when the tests are killed."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.planted.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()
        self._is_ready = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._parent.communicate()  # closes its input

    def start(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str],
        log: Path,
        bug: str = "",
        place: str = "",
        group: str = "",
    ) -> Room:
        """Start `services.<room>` with a planted bug ("" for none) in a place of its own."""
        order = {
            "module": module,
            "arguments": arguments,
            "environment": dict(environment),
            "log": str(log),
            "bug": bug,
            "place": place,
            "group": group,
        }
        if self._parent.stdin is None or self._parent.stdout is None:
            raise RuntimeError("the parent of rooms has no pipes")
        with self._lock:
            if not self._is_ready:
                self._parent.stdout.readline()
                self._is_ready = True
            self._parent.stdin.write(json.dumps(order) + "\n")
            self._parent.stdin.flush()
            return Room(int(self._parent.stdout.readline()), log)


async def ended(room: Room) -> None:
    """Return when the process is gone."""
    while room.is_alive():
        await asyncio.sleep(0.01)
