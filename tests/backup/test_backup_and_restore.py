"""The drill: back up during traffic, lose things, restore; every answer stands."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from infra.backup import manifest
from infra.backup.commands import check
from infra.backup.manifest import LOG, POSTGRES
from infra.local.network import LocalNetwork
from infra.problem import Problem
from services.registry.store.dumps import DUMPS
from tests.backup.networks import (
    a_network,
    assert_rebuild_is_equal,
    back_up,
    caught_up,
    restore,
    rows,
    running,
)
from tests.backup.traffic import Traffic
from tests.people import CLINIC, People

pytestmark = pytest.mark.network


@dataclass
class Drill:
    """A network that was backed up twice and then went on; it is down."""

    home: Path
    older: Path
    newer: Path
    traffic: Traffic
    dumps: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)


async def dumped(network: LocalNetwork) -> dict[str, list[tuple[object, ...]]]:
    """Everything the registry holds, as its own comparison reads it."""
    found = {}
    for name, query in ((dump.name, dump.query) for dump in DUMPS):
        found[name] = [tuple(row) for row in await rows(network, "registry", query)]
    return found


@pytest.fixture(scope="module")
async def drill(module_folder: Path) -> Drill:
    root = module_folder
    network = a_network(root / "home")
    async with running(network) as people:
        made = Drill(root / "home", root / "older", root / "newer", Traffic(people))
        await made.traffic.lives(4)
        async with made.traffic.going_on():
            await asyncio.to_thread(back_up, network, made.older)
        async with made.traffic.going_on():
            await asyncio.to_thread(back_up, network, made.newer)
        await made.traffic.lives(4)
        await caught_up(network)
        made.dumps = await dumped(network)
    return made


def verify(folder: Path) -> None:
    check(Console(quiet=True), folder, folder / manifest.KEYS)


def test_a_backup_is_whole_private_and_says_what_it_holds(drill: Drill) -> None:
    verify(drill.older)
    known = manifest.read(drill.older)
    assert [step.part for step in known.steps] == ["postgres", "log", "identity", "keys"]
    assert manifest.cut_short(known) == []
    log = known.step(LOG)
    assert all(end <= log.ended.ends[place] for place, end in known.cut.items())
    assert sum(known.cut.values()) < sum(log.ended.ends.values()), "the traffic went on meanwhile"
    for path in drill.older.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert "another place" in (drill.older / "keys" / "KEEP-APART.txt").read_text()


@pytest.mark.parametrize("part", ["postgres/PG_VERSION", "log/meta.properties", "keys/room.secret"])
def test_a_changed_byte_is_found(drill: Drill, part: str) -> None:
    path = drill.older / part
    before = path.read_bytes()
    path.write_bytes(bytes([before[0] ^ 1]) + before[1:])
    try:
        with pytest.raises(Problem, match=f"{part} is not the file that was copied"):
            verify(drill.older)
    finally:
        path.write_bytes(before)


async def test_everything_restored_answers_as_before(drill: Drill, folder: Path) -> None:
    """Given a backup made during traffic, when all of it is restored into a fresh home, then each
    submission up to the copy's end gets its answer again, byte for byte, and a rebuild agrees."""
    cut = manifest.offsets(manifest.read(drill.newer).cut)
    network = a_network(folder / "fresh")
    with network:
        caught = await asyncio.to_thread(restore, network, drill.newer)
        assert caught >= 0
        assert_rebuild_is_equal(network)
        async with People(network) as people:
            kept = [c for c in drill.traffic.calls if c.place[1] < cut["rx.log", c.place[0]]]
            assert 0 < len(kept) < len(drill.traffic.calls)
            for call in kept:
                assert await call.again(people) == (call.status, call.answer)
            for call in [c for c in drill.traffic.calls if c not in kept][-4:]:
                status, _ = await call.again(people)
                assert status in (201, 409), "what came later is sent anew"
            code = kept[0].code
            seen = await people.look_up(
                f"/prescriptions/{code}/person", role="clinic", facility=CLINIC
            )
            assert seen.json()["person"]["patient.full_name"] == "BỆNH NHÂN MẪU 0042"


async def test_postgres_alone_catches_up_to_the_same_bytes(drill: Drill) -> None:
    """Given the live log and a Postgres of an older backup, when the network starts, then the
    rooms read on from there and the registry is what it was, byte for byte."""
    shutil.rmtree(drill.home / "postgres" / "data")
    network = a_network(drill.home)
    with network:
        caught = await asyncio.to_thread(restore, network, drill.older, POSTGRES)
        assert caught > 0
        assert await dumped(network) == drill.dumps
        assert_rebuild_is_equal(network)


def test_a_home_that_is_not_empty_is_left_alone(drill: Drill) -> None:
    with pytest.raises(Problem, match="has a log already"):
        restore(a_network(drill.home), drill.older)


def test_a_part_alone_needs_the_rest(drill: Drill, folder: Path) -> None:
    with pytest.raises(Problem, match="has not a Postgres cluster to go with"):
        restore(a_network(folder / "empty"), drill.older, LOG)


def test_a_damaged_backup_leaves_nothing_behind(drill: Drill, folder: Path) -> None:
    copy = folder / "copy"
    shutil.copytree(drill.older, copy)
    segment = next((copy / "log").glob("rx.log-*/*.log"))
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(Problem, match="use another backup, this one is damaged"):
        restore(a_network(folder / "empty"), copy)
    left = [path for path in (folder / "empty").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["lock"]


def test_secrets_that_are_kept_apart_must_be_named(drill: Drill, folder: Path) -> None:
    copy = folder / "copy"
    shutil.copytree(drill.older, copy, ignore=shutil.ignore_patterns("keys"))
    verify(copy)
    with pytest.raises(Problem, match="say with --keys where the secrets"):
        restore(a_network(folder / "empty"), copy)


def test_a_backup_of_nothing_is_a_problem(drill: Drill, folder: Path) -> None:
    with pytest.raises(Problem, match="RxLog is not up"):
        back_up(a_network(drill.home), folder / "copy")
    assert not (folder / "copy").exists()
