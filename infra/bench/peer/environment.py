"""Makes the peer's environment once, from its lock file, and finds it again.

It cannot be part of `.venv`: the engine refuses the versions of pydantic and of the Kafka client
that the network runs on, and a peer measured with versions its makers never tried proves nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from infra.local.environment import inherited
from infra.local.home import default_home
from infra.problem import Problem
from infra.subprocesses import Tools

LOCK = Path(__file__).with_name("requirements.lock")
ENGINE, CLIENT = "quixstreams", "confluent-kafka"
WHAT = "Installing the stream engine that the bench compares with"


def python(home: Path | None = None) -> Path:
    """The peer's Python. Makes its environment below `home` when there is none for this lock file
    yet; Problem when that is not possible."""
    folder = (home or default_home(os.environ)) / "bench" / "peer"
    found, made_of = folder / "bin" / "python", folder / "made-of"
    wanted = fingerprint()
    if made_of.is_file() and made_of.read_text(encoding="utf-8") == wanted:
        return found
    shutil.rmtree(folder, ignore_errors=True)
    _install(folder, found)
    made_of.write_text(wanted, encoding="utf-8")
    return found


def fingerprint() -> str:
    """Of what an environment is made: the lock file and this Python."""
    return hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()


def versions() -> dict[str, str]:
    """What the peer runs on, by name, as its lock file says."""
    locked = dict(re.findall(r"^([\w.-]+)==([\w.]+)", LOCK.read_text(encoding="utf-8"), re.M))
    return {ENGINE: locked[ENGINE], f"{ENGINE}' {CLIENT}": locked[CLIENT]}


def _install(folder: Path, python: Path) -> None:
    tools, variables = Tools(), inherited(os.environ)
    try:
        tools.run([sys.executable, "-m", "venv", str(folder)], what=WHAT, environment=variables)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        tools.run([*command, "--require-hashes", "-r", str(LOCK)], what=WHAT, environment=variables)
    except Problem as problem:
        raise Problem(
            f"{problem}\nIt comes from the package index, once: run the bench again when that can "
            "be reached."
        ) from problem
