"""The drill: back up during traffic, lose things, restore; every answer stands."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from rich.console import Console

from infra.backup import manifest
from infra.backup.commands import check
from infra.backup.manifest import LOG, POSTGRES
from infra.backup.restoring import Restoring
from infra.local.network import LocalNetwork
from infra.local.progress import silent
from infra.problem import Problem
from services.topology import LOG as THE_LOG
from tests.backup.drill import (
    Backups,
    Restored,
    beyond,
    dumped,
    erase_patient_of,
    person_of,
    restored,
    two_backups,
)
from tests.backup.networks import (
    a_network,
    assert_rebuild_is_equal,
    back_up,
    restore,
    rows,
    rxlog,
)
from tests.backup.traffic import TOLD, Call
from tests.network.waiting import until
from tests.people import People

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]

AT_ONCE = 8


@pytest.fixture(scope="module")
async def drill(people: People, module_folder: Path) -> Backups:
    return await two_backups(people, module_folder)


@pytest.fixture(scope="module")
async def whole(drill: Backups, module_folder: Path) -> AsyncIterator[Restored]:
    """A fresh home into which the newer backup was restored."""
    async with restored(module_folder / "home", drill.newer) as found:
        yield found


def verify(folder: Path) -> None:
    check(Console(quiet=True), folder, folder / manifest.KEYS)


def test_a_backup_is_whole_private_and_says_what_it_holds(drill: Backups) -> None:
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
def test_a_changed_byte_is_found(drill: Backups, part: str) -> None:
    path = drill.older / part
    before = path.read_bytes()
    path.write_bytes(bytes([before[0] ^ 1]) + before[1:])
    try:
        with pytest.raises(Problem, match=f"{part} is not the file that was copied"):
            verify(drill.older)
    finally:
        path.write_bytes(before)


async def test_everything_restored_answers_as_before(drill: Backups, whole: Restored) -> None:
    """Given a backup made during traffic, when all of it is restored into a fresh home, then each
    submission up to the copy's end gets its answer again, byte for byte, and a rebuild agrees."""
    cut = manifest.offsets(manifest.read(drill.newer).cut)
    assert_rebuild_is_equal(whole.network)
    kept: list[Call] = []
    later: list[Call] = []
    for call in drill.traffic.calls:
        (kept if call.place[1] < cut[THE_LOG.name, call.place[0]] else later).append(call)
    assert kept
    assert later
    await ask_again(whole.people, kept)
    for call in later[-4:]:
        status, _ = await call.again(whole.people)
        assert status in TOLD, "what came later is sent anew"
    for call in (c for c in kept if c.request["room"] == "prescribing"):
        seen = await person_of(whole.people, call.code)
        assert seen.status_code == 200, "its key is there"
        written = call.request["body"]["patient"]["full_name"]
        assert seen.json()["person"]["patient.full_name"] == written


async def ask_again(people: People, calls: Iterable[Call]) -> None:
    """Each of these gets its answer again, byte for byte."""
    few = asyncio.Semaphore(AT_ONCE)

    async def again(call: Call) -> None:
        async with few:
            assert await call.again(people) == (call.status, call.answer)

    await asyncio.gather(*map(again, calls))


Tables = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
async def erased(drill: Backups, whole: Restored) -> Tables:
    """The registry after the patient of the first prescription was erased; the network is down."""
    await erase_patient_of(whole.people, drill.first)
    tables = await dumped(whole.network)
    await asyncio.to_thread(whole.network.stop)
    return tables


@pytest.fixture(scope="module")
async def older_postgres(
    drill: Backups, whole: Restored, erased: Tables
) -> AsyncIterator[Restored]:
    """The same log, and the Postgres of the older backup."""
    home = whole.network.home
    shutil.rmtree(home.postgres / "data")
    async with restored(home.root, drill.older, POSTGRES) as found:
        yield found


async def test_postgres_alone_catches_up_and_the_erased_stay_erased(
    drill: Backups, older_postgres: Restored, erased: Tables
) -> None:
    """Given the live log and a Postgres of an older backup, when the network starts, then the
    rooms read on from there, the registry is what it was, byte for byte, and the key of a patient
    erased after the backup is dead before the first answer."""
    assert older_postgres.caught > 0
    assert (await person_of(older_postgres.people, drill.first)).status_code == 410
    assert await dumped(older_postgres.network) == erased
    assert_rebuild_is_equal(older_postgres.network)


async def test_a_log_older_than_postgres_stops_and_what_it_lost_is_appended_anew(
    drill: Backups, older_postgres: Restored, folder: Path
) -> None:
    """Given a log of an older backup under a newer Postgres, when the network starts, then the
    partitions that lost records stop and nothing is applied there; after a rebuild from that log
    they go on, and each submission that was lost is found and gets a verdict again."""
    older, newer = (manifest.offsets(manifest.read(x).cut) for x in (drill.older, drill.newer))
    shorter, count = await beyond(older_postgres.network, older)
    lost = [
        call
        for call in drill.traffic.calls
        if older[place := (THE_LOG.name, call.place[0])] <= call.place[1] < newer[place]
    ]
    before = await records_in(older_postgres.network, shorter)
    home = older_postgres.network.home
    await asyncio.to_thread(older_postgres.network.stop)
    shutil.rmtree(home.kafka_data)
    async with restored(home.root, drill.older, LOG) as found:
        network, people = found.network, found.people
        reason = network.reason_not_ready("registry-worker")
        assert reason is not None
        stopped = {int(line.split()[0].rpartition("/")[2]) for line in reason.splitlines()}
        assert stopped == shorter
        status = await asyncio.to_thread(rxlog, network, "status")
        assert status.returncode == 1
        assert "the broker lost the end of its log" in status.stdout
        unknown = next(call for call in lost if call.request["room"] == "prescribing")
        late = await people.reserve(unknown.code)
        assert (late.status_code, late.json()["verdict"]) == (202, "late")
        assert await records_in(network, shorter) == before, "nothing is applied silently"

        swapped = await asyncio.to_thread(rxlog, network, "rebuild", "--swap")
        assert swapped.returncode == 0, swapped.stdout + swapped.stderr
        file = folder / "lost.jsonl"
        told = await asyncio.to_thread(rxlog, network, "redrive", "--find-lost", file)
        assert f"holds {count} submissions" in told.stdout, told.stdout + told.stderr
        await until_ready(network, "registry-worker")
        redriven = await asyncio.to_thread(rxlog, network, "redrive", "--lost", file)
        assert redriven.returncode == 0, redriven.stdout + redriven.stderr
        for call in lost[:8]:
            status_code, answer = await call.again(people)
            assert status_code == call.status
            assert json.loads(answer)["result"] == json.loads(call.answer)["result"]
        assert_rebuild_is_equal(network)


async def records_in(network: LocalNetwork, partitions: set[int]) -> int:
    """How many records the registry has applied there."""
    query = f"SELECT count(*) FROM record WHERE partition IN ({', '.join(map(str, partitions))})"
    [row] = await rows(network, "registry", query)
    return int(row[0])


async def until_ready(network: LocalNetwork, name: str) -> None:
    """Return when no partition of a worker is stopped any more."""

    async def ready() -> bool:
        return await asyncio.to_thread(network.reason_not_ready, name) is None

    await until(ready, f"{name} going on by itself", 120)


def test_a_home_that_is_not_empty_is_left_alone(drill: Backups, folder: Path) -> None:
    network = a_network(folder / "home")
    network.home.create()
    (network.home.kafka_data / "rx.log-0").mkdir(parents=True)
    with pytest.raises(Problem, match="has a log already"):
        restore(network, drill.older)


def test_a_part_alone_needs_the_rest(drill: Backups, folder: Path) -> None:
    with pytest.raises(Problem, match="has not a Postgres cluster to go with"):
        restore(a_network(folder / "empty"), drill.older, LOG)


def test_a_damaged_backup_leaves_nothing_behind(drill: Backups, folder: Path) -> None:
    copy = folder / "copy"
    shutil.copytree(drill.older, copy)
    segment = next((copy / "log").glob("rx.log-*/*.log"))
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(Problem, match="use another backup, this one is damaged"):
        restore(a_network(folder / "empty"), copy)
    left = [path for path in (folder / "empty").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["lock"]


def test_a_restore_that_was_cut_short_starts_no_room_and_can_be_run_again(
    drill: Backups, folder: Path
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


def test_secrets_that_are_kept_apart_must_be_named(drill: Backups, folder: Path) -> None:
    copy = folder / "copy"
    shutil.copytree(drill.older, copy, ignore=shutil.ignore_patterns("keys"))
    verify(copy)
    with pytest.raises(Problem, match="say with --keys where the secrets"):
        restore(a_network(folder / "empty"), copy)


def test_a_backup_of_nothing_is_a_problem(folder: Path) -> None:
    with pytest.raises(Problem, match="RxLog is not up"):
        back_up(a_network(folder / "home"), folder / "copy")
    assert not (folder / "copy").exists()
