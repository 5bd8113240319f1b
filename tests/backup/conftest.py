"""Folders for homes, apart from pytest's own: each run of pytest closes those to other users, and
Postgres, when root starts it, is one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    yield from _folder()


@pytest.fixture
def folder() -> Iterator[Path]:
    yield from _folder()


def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="rxlog-drill-")).resolve()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
