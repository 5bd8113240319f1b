"""Short forms of the campaign and of the race, on networks of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.faults.kinds import KINDS
from infra.local.environment import PROJECT

pytestmark = [pytest.mark.network, pytest.mark.timeout(1_500)]

SEED = "20261122"
RACED_FOR = 500


def _faults(folder: Path, *options: str) -> dict[str, Any]:
    """Run `rxlog faults` to its end; what it reported. Nothing may be violated."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.rxlog", "faults", "--folder", str(folder), *options],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-4_000:]
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def test_every_kind_of_fault_strikes_once_and_every_promise_holds(tmp_path: Path) -> None:
    """Given traffic through the APIs, when every kind of fault strikes once, then nothing that was
    acknowledged is lost, nothing is granted twice, and a rebuild is the same bytes."""
    found = _faults(tmp_path / "campaign", "--quick", "--seed", SEED)
    left_out = {"broker-clock"} - set(found["kinds"])  # where libfaketime is not installed
    assert set(found["kinds"]) == set(KINDS) - left_out
    totals = found["totals"]
    assert totals["acknowledged"] > 0
    assert (totals["lost"], totals["double_grants"], totals["other_violations"]) == (0, 0, 0)
    assert (totals["rebuilds_compared"], totals["rebuilds_differing"]) == (1, 0)
    assert totals["histories_linearizable"] == totals["histories_checked"]
    assert found["faults"] == found["faults_deeply_checked"]


def test_a_race_has_exactly_one_winner_each(tmp_path: Path) -> None:
    """Given prescriptions that several pharmacies reserve at the same moment, then one of them
    holds it and all others are told who."""
    found = _faults(tmp_path / "race", "--race", str(RACED_FOR), "--seed", SEED)
    race = found["race"]
    assert race["prescriptions"] == race["exactly_one_winner"] == RACED_FOR
    assert race["losers_told_the_winner"] == race["requests"] - RACED_FOR
    assert race["requests"] >= 3 * RACED_FOR
    assert race["odd"] == 0
