"""The leash: a network ends with its supervisor, and an ephemeral one with its owner.

A small process below the supervisor. Twice a second it notes the processes of the network with
their start times and looks after two others:
- the owner (the demo, the test run) of an ephemeral network. When it is gone, however it ended,
  the leash has the supervisor shut everything down.
- the supervisor itself. When that was killed, nobody would restart or stop the processes any
  more, so the leash ends them.

`python -m infra.local.leash <home> [--owner-pid N --owner-created T] [--remove-home]`
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from infra.local import pids
from infra.local.home import Home
from infra.local.pids import SUPERVISORD, Recorded
from infra.local.supervisord import GoneError, Supervisord

LOOK_EVERY_S = 0.5
SHUTDOWN_S = 40.0
"""Longest orderly shutdown that is waited for before the rest is killed."""
PATIENCE_S = 8.0


def main() -> None:
    """Watch until told to stop, or sweep up after a network whose leash was here."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.leash")
    parser.add_argument("home", type=Path)
    parser.add_argument("--owner-pid", type=int)
    parser.add_argument("--owner-created", type=float)
    parser.add_argument("--remove-home", action="store_true")
    parser.add_argument("--sweep", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    home = Home(given.home)
    if given.sweep:
        sweep(home, remove_home=given.remove_home)
        return
    owner = Recorded(given.owner_pid, given.owner_created) if given.owner_pid else None
    watch(home, os.getppid(), owner, remove_home=given.remove_home)


def watch(home: Home, supervisor_pid: int, owner: Recorded | None, *, remove_home: bool) -> None:
    """Look after one network until it ends."""
    supervisor = Recorded.of(supervisor_pid)
    records = pids.read(home.pids)
    owner_left = False
    while supervisor is not None and os.getppid() == supervisor_pid:
        seen = _look(home, supervisor, records)
        if seen != records:
            records = seen
            pids.write(home.pids, records)
        if owner is not None and not owner_left and not owner.alive():
            owner_left = True
            _say(f"the owner (pid {owner.pid}) is gone: the network ends")
            # The supervisor stops us too, so what comes after it needs a process of its own.
            _start_sweeper(home, remove_home=remove_home)
            supervisor.send(signal.SIGTERM)
        time.sleep(LOOK_EVERY_S)
    _say("the supervisor is gone: its processes end")
    sweep(home, remove_home=remove_home and owner is not None and not owner.alive())


def sweep(home: Home, *, remove_home: bool) -> None:
    """Wait for the supervisor to end by itself, end what is left, remove what was temporary."""
    records = pids.read(home.pids)
    if SUPERVISORD in records:
        pids.await_end([records[SUPERVISORD]], SHUTDOWN_S)
    others = {name: r for name, r in pids.read(home.pids).items() if r.pid != os.getpid()}
    pids.end_all(others, PATIENCE_S)
    forget_run(home)
    if remove_home:
        shutil.rmtree(home.root, ignore_errors=True)


def forget_run(home: Home) -> None:
    """Remove the files that say a network runs here."""
    for path in (home.socket, home.run / "supervisord.pid", home.pids):
        path.unlink(missing_ok=True)
    if home.socket.parent != home.run:
        shutil.rmtree(home.socket.parent, ignore_errors=True)


def _look(home: Home, supervisor: Recorded, before: Mapping[str, Recorded]) -> dict[str, Recorded]:
    """The processes as they are now; what does not run keeps its last record."""
    seen = {**before, SUPERVISORD: supervisor}
    try:
        states = Supervisord(home.socket).states()
    except GoneError:
        return seen
    for name, state in states.items():
        last = before.get(name)
        if not state.pid or (last is not None and last.pid == state.pid):
            continue
        now = Recorded.of(state.pid)
        if now is not None:
            seen[name] = replace(now, starts=1 if last is None else last.starts + 1)
    return seen


def _say(text: str) -> None:
    """Into our log, while the supervisor that writes it is there."""
    with suppress(OSError):
        print(text, flush=True)


def _start_sweeper(home: Home, *, remove_home: bool) -> None:
    subprocess.Popen(
        [
            *(sys.executable, "-m", "infra.local.leash", str(home.root), "--sweep"),
            *(["--remove-home"] if remove_home else []),
        ],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


if __name__ == "__main__":
    main()
