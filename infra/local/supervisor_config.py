"""Writes what supervisord reads: its configuration, and one start script per room."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.home import Home
from infra.processes import Process

ROOMS, SERVERS, LEASH = "rooms", "servers", "leash"
PRIORITIES = {LEASH: 100, SERVERS: 200, ROOMS: 300}
"""Groups stop in falling order, each one at once: the rooms while their servers still answer."""

LOG_BYTES = "10MB"
LOG_BACKUPS = 3


@dataclass(frozen=True)
class Program:
    """One process for the supervisor. `stop_s` is how long it may take to stop by itself."""

    name: str
    group: str
    command: Sequence[str]
    folder: Path
    stop_signal: str = "TERM"
    stop_s: int = 10
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    autostart: bool = False


def render(home: Home, programs: Iterable[Program], *, as_root: bool) -> str:
    """The text of supervisord.conf. Only the leash starts by itself; we start the rest in order."""
    programs = list(programs)
    sections = [
        _section(
            "supervisord",
            {
                "nodaemon": "true",
                "silent": "true",
                "identifier": "rxlog",
                "pidfile": home.run / "supervisord.pid",
                "logfile": home.supervisor_log,
                "logfile_maxbytes": LOG_BYTES,
                "logfile_backups": LOG_BACKUPS,
                "childlogdir": home.logs,
                "directory": home.root,
                "umask": "077",
                "minfds": 1024,
                "strip_ansi": "true",
                **({"user": "root"} if as_root else {}),
            },
        ),
        _section("unix_http_server", {"file": home.socket, "chmod": "0700"}),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    sections += [_program(home, program) for program in programs]
    for group, priority in PRIORITIES.items():
        members = [program.name for program in programs if program.group == group]
        if members:
            sections.append(
                _section(f"group:{group}", {"programs": ",".join(members), "priority": priority})
            )
    return "\n".join(sections)


def write_start_script(home: Home, process: Process, variables: Mapping[str, str]) -> Path:
    """The script that becomes the process; run it by hand to see a room alone.

    It carries a password, so only we can read it. It forgets the ready file of a worker that was
    killed before it becomes the new one.
    """
    lines = [
        "#!/bin/sh",
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())),
        *(['rm -f "$RXLOG_READY_FILE"'] if "RXLOG_READY_FILE" in variables else []),
        "exec " + shlex.join([sys.executable, *process.arguments]),
        "",
    ]
    path = home.run / f"{process.name}.sh"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")
    path.chmod(0o700)
    return path


def _program(home: Home, program: Program) -> str:
    return _section(
        f"program:{program.name}",
        {
            "command": shlex.join(program.command),
            "directory": program.folder,
            "autostart": str(program.autostart).lower(),
            "autorestart": "true",
            "startsecs": 1,
            "startretries": 1_000_000,
            "stopsignal": program.stop_signal,
            "stopwaitsecs": program.stop_s,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": home.log_of(program.name),
            "stdout_logfile_maxbytes": LOG_BYTES,
            "stdout_logfile_backups": LOG_BACKUPS,
            **({"user": program.user} if program.user else {}),
            **({"environment": _pairs(program.environment)} if program.environment else {}),
        },
    )


def _section(name: str, values: Mapping[str, object]) -> str:
    lines = [f"{key}={str(value).replace('%', '%%')}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _pairs(environment: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{value}"' for name, value in environment.items())
