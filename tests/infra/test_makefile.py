"""The Makefile is short, plain, and works with the make of macOS (3.81)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = (
    *("setup", "demo", "test", "test-pure", "lint", "types"),
    *("bench", "faults", "up", "down", "clean"),
)


def test_the_targets_exist_and_help_lists_them() -> None:
    printed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in TARGETS:
        assert re.search(rf"^  make {target} +\S", printed, re.MULTILINE), target


@pytest.mark.parametrize("word", [".ONESHELL", ".SHELLFLAGS", "!=", "$(file ", "::=", "&:"])
def test_nothing_newer_than_make_3_81(word: str) -> None:
    assert word not in MAKEFILE


def test_an_old_or_missing_python_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    for name in ("Makefile", "requirements.lock", "infra/install.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for python in ("false", "no-such-python"):
        result = subprocess.run(
            ["make", "setup", f"PYTHON={python}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode != 0
        assert "RxLog needs Python 3.11 or newer: install it, then run make" in result.stdout
        assert not (tmp_path / ".venv").exists()
