"""A Postgres of its own for a moment: made, used, deleted."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.local.ports import HOST, free
from infra.local.readiness import run_apart
from infra.postgres import roles, server
from infra.problem import Problem
from infra.processes import POSTGRES
from infra.subprocesses import Tools

READY_S = 60.0
STOP_S = 60.0
POLL_S = 0.1


@contextmanager
def throwaway(
    passwords: Mapping[str, str], settings: Mapping[str, str], folder: Path | None = None
) -> Iterator[str]:
    """The owner's URL of a new server with RxLog's database and these roles.

    `settings` win over those of the local network. Its data are below `folder` (the system's
    temporary folder when None) and are deleted at the end.
    """
    home = Path(tempfile.mkdtemp(prefix="rxlog-postgres-", dir=folder))
    password, port = secrets.token_urlsafe(24), free(())[POSTGRES]
    url = f"postgresql://{server.OWNER}:{password}@{HOST}:{port}"
    process: subprocess.Popen[bytes] | None = None
    try:
        data = server.ensure_cluster(home / POSTGRES, password, port, Tools())
        process = _started(data, settings)
        _wait(process, url)
        run_apart(roles.ensure(url, passwords))
        yield url
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(home, ignore_errors=True)


def _started(data: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    user = server.system_user()
    chosen = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [*server.command(data), *chosen],
        env={"LC_ALL": "C"},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd=data,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us; we end it
    )


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + READY_S
    while not run_apart(roles.answers(url)):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Problem("The throwaway Postgres did not start: is there room on the disk?")
        time.sleep(POLL_S)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop it at once; what it holds is deleted anyway."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
