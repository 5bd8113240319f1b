"""Real networks: they keep their data, heal themselves, and end with what they belong to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from infra.local import pids, ports
from infra.local.home import default_home
from infra.local.network import LocalNetwork
from infra.local.pids import Recorded
from infra.problem import Problem
from infra.processes import KAFKA, POSTGRES, PROCESSES, Process
from services.topology import FACILITIES, LOG, TOPICS
from tests.network.waiting import until

pytestmark = pytest.mark.network

ROOT = Path(__file__).resolve().parents[2]
TINY = Process("tiny", "tests.infra.tiny_room")
ENDS_WITHIN_S = 30.0


@pytest.fixture(scope="module")
def tiny() -> Iterator[LocalNetwork]:
    """Kafka, Postgres and a room that only waits."""
    with LocalNetwork(extra=(TINY,)) as network:
        network.start(("tiny",))
        yield network


@pytest.fixture
def downloads() -> Path:
    """A persistent network of the tests takes Kafka's jars from where the others do."""
    return default_home(os.environ)


def _records(found: Mapping[str, int]) -> list[Recorded]:
    return [record for pid in found.values() if (record := Recorded.of(pid))]


async def _all_gone(processes: list[Recorded], network_ports: Mapping[str, int]) -> None:
    async def gone() -> bool:
        return not any(record.alive() for record in processes) and not any(
            ports.in_use(port) for port in network_ports.values()
        )

    await until(gone, "the end of every process", ENDS_WITHIN_S)


# --- single processes -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tiny", KAFKA, POSTGRES])
async def test_a_killed_process_comes_back_by_itself(tiny: LocalNetwork, name: str) -> None:
    before = tiny.kill(name, signal.SIGKILL)

    async def back() -> bool:
        return tiny.pids().get(name, before) != before and tiny.reason_not_ready(name) is None

    await until(back, f"the return of {name}")

    async def counted() -> bool:
        return next(row.restarts for row in tiny.status() if row.name == name) == 1

    await until(counted, "the count of restarts")


def test_a_stopped_process_stays_stopped_until_it_is_started(tiny: LocalNetwork) -> None:
    tiny.stop_process("tiny")
    assert "tiny" not in tiny.pids()
    assert tiny.reason_not_ready("tiny") == "it is stopped"
    with pytest.raises(Problem, match="tiny does not run"):
        tiny.kill("tiny")
    tiny.start_process("tiny")
    tiny.wait_ready("tiny")


def test_a_frozen_process_is_stopped_all_the_same(tiny: LocalNetwork) -> None:
    pid = tiny.kill("tiny", signal.SIGSTOP)
    tiny.restart_process("tiny")
    assert tiny.pids()["tiny"] != pid


def test_what_is_not_started_does_not_run(tiny: LocalNetwork) -> None:
    assert set(tiny.pids()) == {"leash", KAFKA, POSTGRES, "tiny"}
    with pytest.raises(Problem, match=r"There is no process named nobody; there are "):
        tiny.start_process("nobody")


def test_a_room_that_cannot_start_is_reported_with_its_own_words(tiny: LocalNetwork) -> None:
    script = tiny.home.run / "claims.sh"
    script.write_text("#!/bin/sh\necho my own words\nexit 3\n")
    tiny.start_process("claims")
    with pytest.raises(Problem, match=r"(?s)claims ends again and again.*my own words"):
        tiny.wait_ready("claims")
    tiny.stop_process("claims")


# --- the servers' contents --------------------------------------------------------------------


def test_topics_are_those_of_the_topology(tiny: LocalNetwork) -> None:
    consumer = Consumer({"bootstrap.servers": tiny.kafka_bootstrap, "group.id": "tests"})
    found = consumer.list_topics(timeout=10).topics
    consumer.close()
    assert {topic.name: topic.partitions for topic in TOPICS} == {
        name: len(topic.partitions) for name, topic in found.items() if not name.startswith("__")
    }


async def test_a_role_owns_its_schema_and_nothing_else(tiny: LocalNetwork) -> None:
    registry = await asyncpg.connect(tiny.postgres_url("registry"))
    claims_role = await asyncpg.connect(tiny.postgres_url("identity"))
    try:
        await registry.execute("CREATE TABLE mine (id int)")
        await registry.execute("CREATE SCHEMA registry_rebuild")
        await registry.execute("CREATE TEMPORARY TABLE batch (id int)")
        for refused in ("SELECT * FROM registry.mine", "CREATE SCHEMA other"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await claims_role.execute(refused)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await claims_role.execute("CREATE TABLE public.anything (id int)")
        assert await claims_role.fetchval("SHOW search_path") == "identity"
        assert await claims_role.fetchval("SHOW data_checksums") == "on"
        assert await claims_role.fetchval("SHOW fsync") == "on"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(tiny.postgres_url("registry"), password="guess")
    finally:
        await registry.execute("DROP TABLE mine; DROP SCHEMA registry_rebuild")
        await registry.close()
        await claims_role.close()


# --- what a network belongs to ------------------------------------------------------------------


def _owner(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start a program that owns a network, in a session of its own; what it says of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.infra.owner", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.mark.parametrize(
    ("moment", "number"),
    [("up", signal.SIGKILL), ("early", signal.SIGINT), ("early", signal.SIGTERM)],
    ids=["killed", "interrupted while starting", "terminated while starting"],
)
async def test_a_network_ends_with_its_owner(moment: str, number: int) -> None:
    owner, facts = await asyncio.to_thread(_owner, moment)
    processes = _records({**facts["pids"], "supervisord": facts["supervisord"]})
    assert len(processes) >= 3

    try:
        owner.send_signal(number)
        await asyncio.to_thread(owner.wait, 60)
    finally:
        owner.kill()

    await _all_gone(processes, facts["ports"])

    home = Path(facts["home"])

    async def removed() -> bool:
        return not await asyncio.to_thread(home.exists)

    await until(removed, "the removal of the temporary home")


async def test_a_network_ends_with_its_supervisor() -> None:
    with LocalNetwork() as network:
        network.start(())
        processes = _records(network.pids())
        os.kill(network.supervisor.pid(), signal.SIGKILL)
        await _all_gone(processes, network.ports)
        assert not network.running


# --- a network that lasts -----------------------------------------------------------------------


def _write(network: LocalNetwork, text: str) -> None:
    producer = Producer({"bootstrap.servers": network.kafka_bootstrap})
    producer.produce(LOG.name, text.encode(), partition=0)
    assert producer.flush(20) == 0
    asyncio.run(_insert(network.postgres_url("registry"), text))


async def _insert(url: str, text: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
    await connection.execute("INSERT INTO kept VALUES ($1)", text)
    await connection.close()


def _read(network: LocalNetwork) -> tuple[list[str], list[str]]:
    """What Kafka and what Postgres kept."""
    consumer = Consumer(
        {"bootstrap.servers": network.kafka_bootstrap, "group.id": "t", "enable.auto.commit": False}
    )
    end = consumer.get_watermark_offsets(TopicPartition(LOG.name, 0), timeout=20)[1]
    consumer.assign([TopicPartition(LOG.name, 0, 0)])
    records = [message.value().decode() for message in consumer.consume(end, timeout=20)]
    consumer.close()
    return records, asyncio.run(_rows(network.postgres_url("registry")))


async def _rows(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT text FROM kept ORDER BY text")
    await connection.close()
    return [row["text"] for row in rows]


def _listed(network: LocalNetwork) -> int:
    """How many entries the directory of facilities was ever given."""
    consumer = Consumer({"bootstrap.servers": network.kafka_bootstrap, "group.id": "t"})
    end = consumer.get_watermark_offsets(TopicPartition(FACILITIES.name, 0), timeout=20)[1]
    consumer.close()
    return int(end)


def test_a_persistent_network_keeps_its_data(tmp_path: Path, downloads: Path) -> None:
    """Through down and up, on other ports, and after its supervisor and its leash were killed."""

    def network(chosen: dict[str, int] | None = None) -> LocalNetwork:
        return LocalNetwork(
            tmp_path / "home", ephemeral=False, chosen_ports=chosen, downloads=downloads
        )

    first = network(ports.free(PROCESSES))
    try:
        first.start(())
        _write(first, "one")
        listed = _listed(first)
        assert listed > 400
        with pytest.raises(Problem, match="RxLog is already up"):
            network().start(())
        processes = _records(first.pids())
        network().stop()  # another process than the one that started it would do the same
        assert not any(record.alive() for record in processes)

        moved = network(ports.free(PROCESSES))
        moved.start(())
        assert _read(moved) == (["one"], ["one"])
        _write(moved, "two")

        stale = _records(moved.pids())
        supervisord = Recorded.of(moved.supervisor.pid())
        assert supervisord is not None
        moved.kill("leash", signal.SIGSTOP)
        supervisord.send(signal.SIGKILL)
        moved_leash = pids.read(moved.home.pids)["leash"]
        moved_leash.send(signal.SIGKILL)
        assert pids.await_end([supervisord, moved_leash], ENDS_WITHIN_S) == []
        assert len([record for record in stale if record.alive()]) == 2

        again = network()
        assert again.ports == moved.ports
        again.start(())
        assert not any(record.alive() for record in stale)
        assert _read(again) == (["one", "two"], ["one", "two"])
        assert _listed(again) == listed, "the samples are loaded once"
    finally:
        network().stop()
    assert not any(ports.in_use(port) for port in network().ports.values())
