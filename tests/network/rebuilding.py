"""A registry with traffic, and rebuilds of it as an operator runs and kills them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import count, islice

import asyncpg

from infra.kafka.offsets import ends
from infra.local.network import LocalNetwork
from services.kernel.clock import now
from services.kernel.log.event_log import EventLog, Record
from services.topology import LOG
from tests.builders import dispensed, issued, reserved
from tests.network.registry_room import CODEC
from tests.network.waiting import DEADLINE_S, until

WORKER = "registry-worker"
CHUNK = 6


def lives() -> Iterator[Record]:
    """Prescriptions that are issued, reserved, dispensed; every third expires in a few seconds."""
    for number in count(1):
        code, began = f"01001{number:07d}-c", now()
        valid = {
            "valid_from": began - timedelta(days=1),
            "valid_until": began + (timedelta(days=1) if number % 3 else timedelta(seconds=5)),
        }
        for event in (issued(code=code, **valid), reserved(code=code), dispensed(code=code)):
            yield Record(LOG.name, code.encode(), CODEC.encode(event), [])
            if not number % 3:
                break


class Traffic:
    """Appends submissions to the log; the worker folds them."""

    def __init__(self, network: LocalNetwork, log: EventLog) -> None:
        self._network = network
        self._log = log
        self._records = lives()

    async def append(self, records: int) -> None:
        """Append so many and wait until they are folded."""
        await self._log.append_all(list(islice(self._records, records)))
        await until(lambda: caught_up(self._network), "catching up")

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Records keep coming, as the worker folds them, until the block ends."""
        stop = asyncio.Event()

        async def flow() -> None:
            while not stop.is_set():
                await self.append(CHUNK)

        task = asyncio.create_task(flow())
        try:
            yield
        finally:
            stop.set()
            await task


async def caught_up(network: LocalNetwork) -> bool:
    """Whether everything in the log is folded, up to a tick of this moment."""
    before = await asyncio.to_thread(_end, network)
    return await folded(network, "registry") >= before


def _end(network: LocalNetwork) -> int:
    return sum(ends(network.kafka_bootstrap, [LOG.name]).values())


@asynccontextmanager
async def postgres(network: LocalNetwork) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(network.postgres_url("registry"))
    try:
        yield connection
    finally:
        await connection.close()


async def folded(network: LocalNetwork, schema: str) -> int:
    """How many records a schema was folded from; -1 while there is none."""
    async with postgres(network) as database:
        with suppress(asyncpg.UndefinedTableError):
            return await database.fetchval(
                f"SELECT coalesce(sum(next_offset), 0)::bigint FROM {schema}.fold_position"
            )
    return -1


async def rebuild(network: LocalNetwork, *options: str) -> tuple[int, str]:
    """Run a rebuild to its end: exit code and what it said."""
    done = await asyncio.to_thread(
        subprocess.run,
        command(*options),
        env=network.env(WORKER),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "services.registry", "rebuild", *options]


async def killed_at(network: LocalNetwork, records_folded: int, *options: str) -> None:
    """Begin a rebuild and kill it -9 once it has folded so many records."""
    process = await asyncio.create_subprocess_exec(*command(*options), env=network.env(WORKER))

    async def far_enough() -> bool:
        assert process.returncode is None, "it ended before it was killed"
        return await folded(network, "registry_rebuild") >= records_folded

    try:
        await until(far_enough, f"{records_folded} records folded", DEADLINE_S)
    finally:
        process.kill()
        await process.wait()


def digests(said: str) -> set[str]:
    """The lines that compare tables, as far as they tell about the rebuilt one."""
    return {line.split("rebuilt")[1] for line in said.splitlines() if "rows  live" in line}
