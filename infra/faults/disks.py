"""Disks that can be full: small file systems of their own, or a limit on how files grow.

With the right to mount, Kafka's and Postgres' folders lie on file systems in memory of a bounded
size, and a ballast file takes what is free. Mounts are made in a mount namespace of this process
and what it starts, so none is left behind, however the campaign ends. Without that right, the
files of the processes may not grow (RLIMIT_FSIZE), which a program meets as a failing write too.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

CLONE_NEWNS = 0x00020000
MEGABYTE = 1024 * 1024
SIZES_MB = {"kafka": 768, "postgres": 1024}
MEMORY_NEEDED_MB = 6 * 1024
LEFT_BYTES = 16 * 1024
BALLAST = "ballast"

Means = Literal["mount", "rlimit", "none"]


def own_mounts() -> bool:
    """Give this process mounts of its own; whether that was possible. Call before any thread."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    if psutil.virtual_memory().available < MEMORY_NEEDED_MB * MEGABYTE:
        return False
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return False
    return _ran("mount", "--make-rprivate", "/")


@dataclass
class Disks:
    """The disks of one network's servers, by the server's name; mounted below `root`."""

    means: Means
    root: Path
    folders: dict[str, Path] = field(default_factory=dict)

    def mount(self, home: Path) -> None:
        """Put small file systems where the servers will keep their data; before they start."""
        if self.means != "mount":
            return
        for name, size in SIZES_MB.items():
            folder = self.root / name
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _ran("mount", "-t", "tmpfs", "-o", f"size={size}m,mode=700", name, str(folder)):
                self.means = "rlimit"
                self.unmount()
                return
            self.folders[name] = folder
            (home / name).symlink_to(folder)
        home.chmod(0o711)  # Postgres runs as a user of its own and follows the link

    def unmount(self) -> None:
        for folder in self.folders.values():
            _ran("umount", "--lazy", str(folder))
            folder.rmdir()
        self.folders.clear()

    def fill(self, name: str, pids: list[int]) -> None:
        """No room any more: for the file system, or for the files of these processes."""
        if self.means == "mount":
            _take_what_is_free(self.folders[name])
        elif self.means == "rlimit":
            _limit_growth(pids, 0)

    def empty(self, name: str, pids: list[int]) -> None:
        """Room again."""
        if self.means == "mount":
            (self.folders[name] / BALLAST).unlink(missing_ok=True)
        elif self.means == "rlimit":
            _limit_growth(pids, resource.RLIM_INFINITY)


def _take_what_is_free(folder: Path) -> None:
    """A file over all that is free; the server that lives there may be writing meanwhile."""
    with (folder / BALLAST).open("wb") as ballast:
        while True:
            free = os.statvfs(folder)
            size = free.f_bavail * free.f_frsize - LEFT_BYTES
            if size <= 0:
                return
            try:
                os.posix_fallocate(ballast.fileno(), 0, size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            else:
                return


def _limit_growth(pids: list[int], size: int) -> None:
    for pid in pids:
        with suppress(psutil.Error, OSError):
            _, hard = psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE)
            psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (size, hard))


def _ran(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
