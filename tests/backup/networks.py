"""Networks for drills, apart from the one that all other tests share."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from infra.backup import positions
from infra.backup.backing_up import BackingUp
from infra.backup.manifest import KEYS, Manifest
from infra.backup.restoring import Restoring, compare
from infra.kafka.offsets import ends
from infra.local.environment import PROJECT, inherited
from infra.local.home import Remembered
from infra.local.network import LocalNetwork
from infra.local.progress import silent
from tests.network.waiting import until
from tests.people import People

READY_S = 180.0
VERDICT_TIMEOUT_MS = "4000"
"""Short: the drills wait for verdicts that cannot come. Whoever needs one asks again."""


def a_network(home: Path) -> LocalNetwork:
    """A network in this home; it ends with the tests, the home stays."""
    return LocalNetwork(home, settings={"RXLOG_VERDICT_TIMEOUT_MS": VERDICT_TIMEOUT_MS})


@asynccontextmanager
async def running(network: LocalNetwork) -> AsyncIterator[People]:
    """The whole network up, with people in front of it; down when the block ends."""
    with network:
        await asyncio.to_thread(network.start, ready_s=READY_S)
        async with People(network) as people:
            yield people


def back_up(network: LocalNetwork, folder: Path) -> Manifest:
    return BackingUp(network, folder, folder / KEYS, silent).run()


def restore(network: LocalNetwork, folder: Path, only: str | None = None) -> int:
    """Restore a backup into the home of a network that is down; how many records it caught up."""
    return Restoring(network, folder, folder / KEYS, only, silent).run()


def assert_rebuild_is_equal(network: LocalNetwork) -> None:
    compared = compare(network)
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert "DIFFERENT" not in compared.stdout
    assert compared.stdout.count(" same") >= 3


def rxlog(network: LocalNetwork, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command as an operator of this network runs it."""
    network.home.remember(Remembered(network.ports, own_postgres=True))
    return subprocess.run(
        [sys.executable, "-m", "infra.rxlog", *map(str, arguments)],
        cwd=PROJECT,
        env={**inherited(os.environ), "RXLOG_HOME": str(network.home.root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


async def caught_up(network: LocalNetwork) -> None:
    """Return when every room has applied everything that is on its topics now."""
    until_then = await asyncio.to_thread(ends, network.kafka_bootstrap)

    async def nothing_left() -> bool:
        found = await asyncio.to_thread(positions.applied, network.postgres_url())
        return positions.behind(found, until_then) == 0

    await until(nothing_left, "catching up")


async def rows(network: LocalNetwork, role: str, query: str) -> list[asyncpg.Record]:
    """The answer of one role's schema to a query."""
    connection = await asyncpg.connect(network.postgres_url(role))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()
