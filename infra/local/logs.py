"""Reads the processes' log files: the last lines, and then what is added."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

BLOCK = 64 * 1024
LOOK_EVERY_S = 0.3


def last_lines(path: Path, count: int) -> list[str]:
    """The last `count` lines of a file; none when there is no file."""
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            data = b""
            while position > 0 and data.count(b"\n") <= count:
                step = min(BLOCK, position)
                position = file.seek(position - step)
                data = file.read(step) + data
    except FileNotFoundError:
        return []
    return data.decode("utf-8", "replace").splitlines()[-count:] if count else []


@dataclass
class Follower:
    """Reads what is added to one file, across rotation."""

    path: Path
    _file: BufferedReader | None = None
    _rest: bytes = b""

    def __post_init__(self) -> None:
        self._open()
        if self._file is not None:
            self._file.seek(0, os.SEEK_END)

    def new_lines(self) -> list[str]:
        """The whole lines added since the last call."""
        lines = self._read()
        if self._was_replaced():
            self._close()
            self._open()
            lines += self._read()
        return lines

    def _open(self) -> None:
        try:
            self._file = self.path.open("rb")
        except FileNotFoundError:
            self._file = None

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self) -> list[str]:
        if self._file is None:
            return []
        *whole, self._rest = (self._rest + self._file.read()).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]

    def _was_replaced(self) -> bool:
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return False
        if self._file is None:
            return True
        ours = os.fstat(self._file.fileno())
        return ours.st_ino != there.st_ino or there.st_size < self._file.tell()


def follow(paths: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """(name, line) for every line added to any of the files, for ever."""
    followers = {name: Follower(path) for name, path in paths.items()}
    while True:
        quiet = True
        for name, follower in followers.items():
            for line in follower.new_lines():
                quiet = False
                yield name, line
        if quiet:
            time.sleep(LOOK_EVERY_S)
