"""Files of a copy: written for us alone, on disk before they count, with their SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copied:
    """Size in bytes and SHA-256 (hexadecimal) of one file."""

    bytes: int
    sha256: str


def write_private(path: Path, parts: Iterable[bytes]) -> Copied:
    """Write a new file that only we can read; it is on disk when this returns."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for part in parts:
            file.write(part)
            digest.update(part)
            size += len(part)
        file.flush()
        os.fsync(file.fileno())
    return Copied(size, digest.hexdigest())


def copy_private(source: Path, target: Path) -> Copied:
    """A file as it is now, as `write_private` writes it."""
    with source.open("rb") as file:
        return write_private(target, iter(lambda: file.read(BLOCK), b""))


def measure(path: Path) -> Copied:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return Copied(
            os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
        )


def make_private(folder: Path) -> None:
    """A folder that only we can look into, its parents too where they are missing."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in an order that does not depend on the file system."""
    return iter(sorted(path for path in folder.rglob("*") if path.is_file()))


def sync_folders(folder: Path) -> None:
    """Put the names of all files below `folder` on disk."""
    for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
