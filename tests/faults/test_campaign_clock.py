"""The shifted clock reaches the rooms' one clock and what libraries read, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.faults import faketime
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


@pytest.mark.parametrize("place", ["lib/x86_64-linux-gnu/faketime", "lib64/faketime"])
def test_libfaketime_is_found_where_packages_put_it(tmp_path: Path, place: str) -> None:
    installed = tmp_path / place / faketime.LIBRARY
    installed.parent.mkdir(parents=True)
    installed.touch()
    assert faketime.library({}, tmp_path) == installed


def test_without_libfaketime_there_is_none(tmp_path: Path) -> None:
    assert faketime.library({}, tmp_path) is None
    assert faketime.library({faketime.VARIABLE: str(tmp_path / "missing")}, tmp_path) is None
