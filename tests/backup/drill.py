"""The drill, step by step: two backups during traffic, then one home that loses things.

Each step begins where the one before it ended, so that a network is started once per loss.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from infra.local.network import LocalNetwork
from services.registry.store.dumps import DUMPS
from services.topology import LOG
from tests.backup.networks import a_network, back_up, caught_up, restore, rows
from tests.backup.traffic import Traffic
from tests.people import CLINIC, People

OFFICE = "01991"
"""The office that erases patients."""


@dataclass(frozen=True)
class Backups:
    """Two backups of one network and the traffic before, during and after them."""

    older: Path
    newer: Path
    traffic: Traffic
    first: str
    """A prescription that both backups know."""


@dataclass(frozen=True)
class Restored:
    """A network after a restore, and how many records its rooms caught up."""

    network: LocalNetwork
    people: People
    caught: int


async def two_backups(people: People, folder: Path) -> Backups:
    """Back up twice while people go on; they go on afterwards too."""
    traffic = Traffic(people)
    first, *_ = await traffic.lives(2)
    made = Backups(folder / "older", folder / "newer", traffic, first)
    for target in (made.older, made.newer):
        async with traffic.going_on():
            await asyncio.to_thread(back_up, people.network, target)
    await traffic.lives(2)
    return made


@asynccontextmanager
async def restored(home: Path, source: Path, only: str | None = None) -> AsyncIterator[Restored]:
    """The network of this home after a restore; down when the block ends."""
    network = a_network(home)
    with network:
        caught = await asyncio.to_thread(restore, network, source, only)
        async with People(network) as people:
            yield Restored(network, people, caught)


async def dumped(network: LocalNetwork) -> dict[str, list[tuple[object, ...]]]:
    """Everything the registry holds, as its own comparison reads it."""
    found = {}
    for name, query in ((dump.name, dump.query) for dump in DUMPS):
        found[name] = [tuple(row) for row in await rows(network, "registry", query)]
    return found


async def person_of(people: People, code: str) -> httpx2.Response:
    """The personal fields of a prescription, as its clinic reads them."""
    return await people.look_up(f"/prescriptions/{code}/person", role="clinic", facility=CLINIC)


async def erase_patient_of(people: People, code: str) -> None:
    """Destroy the key of a prescription's patient."""
    assert (await person_of(people, code)).status_code == 200
    ref = (await people.look_up(f"/prescriptions/{code}")).json()["patient_ref"]
    office = {"role": "patient-services", "facility": OFFICE}
    answer = await people.ask("DELETE", "identity", f"/patients/{ref}/key", **office)
    assert answer.status_code == 204
    assert (await person_of(people, code)).status_code == 410
    await caught_up(people.network)


async def beyond(network: LocalNetwork, cut: dict[tuple[str, int], int]) -> tuple[set[int], int]:
    """What a log that ends at `cut` lacks: its partitions, and how many submissions."""
    positions = await rows(
        network, "registry", f"SELECT * FROM fold_position WHERE topic = '{LOG.name}'"
    )
    shorter = {
        row["partition"]
        for row in positions
        if row["next_offset"] > cut[LOG.name, row["partition"]]
    }
    records = await rows(network, "registry", "SELECT * FROM record WHERE event_id <> ''")
    kept, lost = set(), []
    for row in records:
        name = (row["code"], row["event_id"])
        if row["offset"] < cut[LOG.name, row["partition"]]:
            kept.add(name)
        else:
            lost.append(name)
    return shorter, sum(name not in kept for name in lost)
