"""Shifts the clock of one of our processes while a campaign says so.

Python runs a module of this name at its start when the folder is on its path, which only the
campaign's launcher sees to. Then `services.kernel.clock.now`, the one place where the rooms read
the time of day, and `time.time`, which libraries read, are off by the seconds in the file named
after the room, in the folder RXLOG_FAULTS_CLOCKS. The file may come, change and go while the
process runs. Clocks that measure (monotonic) stay right, as they do on a real machine.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = "RXLOG_FAULTS_CLOCKS"
LOOK_EVERY_S = 0.05


class Shift:
    """How far off the clock is now, in seconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._looked_at = float("-inf")
        self._seconds = 0.0

    def seconds(self) -> float:
        """What the file says; looked up every now and then, because clocks are read often."""
        now = time.monotonic()
        if now - self._looked_at > LOOK_EVERY_S:
            self._looked_at = now
            try:
                self._seconds = float(self._file.read_text())
            except (OSError, ValueError):
                self._seconds = 0.0
        return self._seconds


def shift_clocks(shift: Shift) -> None:
    """Put the shifted clocks in the place of the right ones, before anybody takes them."""
    from services.kernel import clock  # noqa: PLC0415 - only where the rooms' code is on the path

    right_now, right_time = clock.now, time.time

    def now() -> datetime:
        return right_now() + timedelta(seconds=shift.seconds())

    def shifted_time() -> float:
        return right_time() + shift.seconds()

    clock.now = now
    time.time = shifted_time


_folder, _room = os.environ.get(FOLDER), os.environ.get("RXLOG_ROOM")
if _folder and _room:
    shift_clocks(Shift(Path(_folder, _room)))
