"""The generated passwords of the Postgres logins: one file each, mode 0600."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Passwords:
    """The passwords below one folder."""

    folder: Path

    def of(self, login: str) -> str:
        """The password of a login; made on first use."""
        path = self.folder / f"postgres-{login}.password"
        if not path.is_file():
            _write(path, secrets.token_urlsafe(24) + "\n")
        return path.read_text(encoding="utf-8").strip()

    def write_passfile(self, logins: Iterable[str]) -> Path:
        """Write a file that clients look passwords up in (PGPASSFILE), for any server.

        A process then needs no password in its environment.
        """
        path = self.folder / "pgpass"
        _write(path, "".join(f"*:*:*:{login}:{self.of(login)}\n" for login in logins))
        return path


def _write(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.rename(path)
