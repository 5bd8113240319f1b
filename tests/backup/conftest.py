"""Folders for homes, apart from pytest's own: each run of pytest closes those to other users, and
Postgres, when root starts it, is one. And the one network that the drills disturb and back up."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.people import People


@pytest.fixture(scope="package")
async def people() -> AsyncIterator[People]:
    """People in front of a network whose broker may lose power, unlike everybody else's."""
    from tests.backup.networks import a_network, running  # noqa: PLC0415

    with _folder() as folder:
        async with running(a_network(folder / "home")) as found:
            yield found


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    with _folder() as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    with _folder() as made:
        yield made


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="rxlog-drill-")).resolve()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
