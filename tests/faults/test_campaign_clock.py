"""The shifted clock reaches the rooms' one clock and what libraries read, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.local.environment import PROJECT

PROGRAM = """
import time
from datetime import UTC, datetime
from services.kernel.clock import monotonic, now
right = datetime.now(UTC)
print(round((now() - right).total_seconds()), round(time.time() - right.timestamp()),
      round(monotonic() - time.monotonic()))
"""


def _shifts(tmp_path: Path, **variables: str) -> list[int]:
    path = f"{PROJECT / 'infra' / 'faults' / 'clock_shim'}:{PROJECT}"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"PYTHONPATH": path} | variables,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    return [int(number) for number in done.stdout.split()]


def test_a_room_whose_file_says_so_is_off(tmp_path: Path) -> None:
    (tmp_path / "claims").write_text("-86400")
    there = {"RXLOG_FAULTS_CLOCKS": str(tmp_path), "RXLOG_ROOM": "claims"}
    assert _shifts(tmp_path, **there) == [-86400, -86400, 0]


def test_others_are_right(tmp_path: Path) -> None:
    (tmp_path / "claims").write_text("600")
    (tmp_path / "identity").write_text("no number")
    there = {"RXLOG_FAULTS_CLOCKS": str(tmp_path)}
    assert _shifts(tmp_path, **there, RXLOG_ROOM="issuer") == [0, 0, 0]
    assert _shifts(tmp_path, **there, RXLOG_ROOM="identity") == [0, 0, 0]
    assert _shifts(tmp_path, RXLOG_ROOM="claims") == [0, 0, 0]
