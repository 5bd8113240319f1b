"""The drill: back up during traffic, lose things, restore; every answer stands."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from rich.console import Console

from infra.backup import manifest
from infra.backup.commands import check
from infra.backup.manifest import LOG, POSTGRES
from infra.backup.restoring import Restoring
from infra.local.network import LocalNetwork
from infra.local.progress import silent
from infra.problem import Problem
from services.registry.store.dumps import DUMPS
from services.topology import LOG as THE_LOG
from tests.backup.networks import (
    a_network,
    assert_rebuild_is_equal,
    back_up,
    caught_up,
    restore,
    rows,
    running,
    rxlog,
)
from tests.backup.traffic import Traffic
from tests.network.waiting import until
from tests.people import CLINIC, People

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]


@dataclass
class Drill:
    """A network that was backed up twice and then went on; it is down. The patient of the
    prescription `erased` was erased after both backups."""

    home: Path
    older: Path
    newer: Path
    traffic: Traffic
    erased: str = ""
    dumps: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)


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
    assert (await person_of(people, code)).status_code == 200
    ref = (await people.look_up(f"/prescriptions/{code}")).json()["patient_ref"]
    office = {"role": "patient-services", "facility": "01991"}
    answer = await people.ask("DELETE", "identity", f"/patients/{ref}/key", **office)
    assert answer.status_code == 204
    assert (await person_of(people, code)).status_code == 410


@pytest.fixture(scope="module")
async def drill(module_folder: Path) -> Drill:
    root = module_folder
    network = a_network(root / "home")
    async with running(network) as people:
        made = Drill(root / "home", root / "older", root / "newer", Traffic(people))
        [made.erased, *_] = await made.traffic.lives(4)
        async with made.traffic.going_on():
            await asyncio.to_thread(back_up, network, made.older)
        async with made.traffic.going_on():
            await asyncio.to_thread(back_up, network, made.newer)
        await made.traffic.lives(4)
        await erase_patient_of(people, made.erased)
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
            issued = [c for c in kept if c.request["room"] == "prescribing"]
            for call in issued:
                assert (await person_of(people, call.code)).status_code == 200, "its key is there"
            seen = await person_of(people, kept[0].code)
            assert seen.json()["person"]["patient.full_name"] == "BỆNH NHÂN MẪU 0042"


async def test_postgres_alone_catches_up_and_the_erased_stay_erased(drill: Drill) -> None:
    """Given the live log and a Postgres of an older backup, when the network starts, then the
    rooms read on from there, the registry is what it was, byte for byte, and the key of a patient
    erased after the backup is dead before the first answer."""
    shutil.rmtree(drill.home / "postgres" / "data")
    network = a_network(drill.home)
    with network:
        caught = await asyncio.to_thread(restore, network, drill.older, POSTGRES)
        assert caught > 0
        async with People(network) as people:
            assert (await person_of(people, drill.erased)).status_code == 410
        assert await dumped(network) == drill.dumps
        assert_rebuild_is_equal(network)


async def test_a_log_older_than_postgres_stops_and_what_it_lost_is_appended_anew(
    drill: Drill, folder: Path
) -> None:
    """Given a log of an older backup under a newer Postgres, when the network starts, then the
    partitions that lost records stop and nothing is applied there; after a rebuild from that log
    they go on, and each submission that was lost is found and gets a verdict again."""
    shutil.rmtree(drill.home / "kafka" / "data")
    cut = manifest.offsets(manifest.read(drill.older).cut)
    lost = [c for c in drill.traffic.calls if c.place[1] >= cut[THE_LOG.name, c.place[0]]]
    network = a_network(drill.home, 2_500)
    with network:
        await asyncio.to_thread(restore, network, drill.older, LOG)
        shorter = {call.place[0] for call in lost}
        reason = network.reason_not_ready("registry-worker")
        assert reason is not None
        told = {int(line.split()[0].rpartition("/")[2]) for line in reason.splitlines()}
        assert told == shorter
        status = await asyncio.to_thread(rxlog, network, "status")
        assert status.returncode == 1
        assert "the broker lost the end of its log" in status.stdout
        async with People(network) as people:
            late = await people.reserve(lost[0].code)
            assert (late.status_code, late.json()["verdict"]) == (202, "late")
        applied = await rows(network, "registry", "SELECT count(*) FROM record")
        assert applied[0][0] == len(drill.dumps["record"]), "nothing is applied silently"

        swapped = await asyncio.to_thread(rxlog, network, "rebuild", "--swap")
        assert swapped.returncode == 0, swapped.stdout + swapped.stderr
        file = folder / "lost.jsonl"
        found = await asyncio.to_thread(rxlog, network, "redrive", "--find-lost", file)
        assert f"holds {len(lost)} submissions" in found.stdout, found.stdout + found.stderr
        await until_ready(network, "registry-worker")
        redriven = await asyncio.to_thread(rxlog, network, "redrive", "--lost", file)
        assert redriven.returncode == 0, redriven.stdout + redriven.stderr
        async with People(network) as people:
            for call in lost[:8]:
                status_code, answer = await call.again(people)
                assert status_code == call.status
                assert json.loads(answer)["result"] == json.loads(call.answer)["result"]
        assert_rebuild_is_equal(network)


async def until_ready(network: LocalNetwork, name: str) -> None:
    """Return when no partition of a worker is stopped any more."""

    async def ready() -> bool:
        return await asyncio.to_thread(network.reason_not_ready, name) is None

    await until(ready, f"{name} going on by itself", 120)


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


def test_a_restore_that_was_cut_short_starts_no_room_and_can_be_run_again(
    drill: Drill, folder: Path
) -> None:
    network = a_network(folder / "home")
    laid_out = Restoring(network, drill.older, drill.older / manifest.KEYS, None, silent)
    laid_out.lay_out()
    with network, pytest.raises(Problem, match="was cut short, so what is there is not whole"):
        network.start()
    (network.home.kafka_data / "meta.properties").unlink()
    laid_out.lay_out()
    assert (network.home.kafka_data / "meta.properties").is_file()
    assert not (network.home.secrets / manifest.WARNING_FILE).exists()


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
