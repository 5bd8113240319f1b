"""Secret files: made once with mode 0600, read with a check that nobody else may read them."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from services.kernel import clock
from services.kernel.settings import CannotStartError


def read_secret(path: Path) -> str:
    """The text of a secret file, without its final line end.

    Raises `FileNotFoundError` when there is none and `CannotStartError` when others may read it.
    """
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise CannotStartError(f"Others may read {path} (mode {mode:04o}): run chmod 600 {path}.")
    return path.read_text(encoding="utf-8").rstrip("\n")


def read_or_make_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in the file, made on first use; processes that start together agree on one.

    The text is written whole to a private file and then linked into place: a link never replaces,
    so the first one wins and nobody ever reads half a key.
    """
    try:
        return read_secret(path)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{clock.new_uuid().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first; its secret is the one
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return read_secret(path)


def random_hex() -> str:
    """A fresh 256-bit secret in hexadecimal."""
    return clock.random_bytes(32).hex()


def client_secret(master: str, client_id: str) -> str:
    """The secret of one client: hex HMAC-SHA-256 of its id under the issuer's master secret."""
    return hmac.new(master.encode(), client_id.encode(), hashlib.sha256).hexdigest()


def _sync_folder(folder: Path) -> None:
    """A new name is only durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
