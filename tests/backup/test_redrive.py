"""Dead letters driven again."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from confluent_kafka import Producer

from infra.local.environment import PROJECT
from infra.local.network import LocalNetwork
from services.contracts.dead_letters import DeadLetterRedriven
from services.kernel.log.codec import LOCK_FILE
from services.kernel.log.language import published_language
from services.topology import DEAD_LETTERS, LOG, OUTCOMES
from tests.backup.networks import assert_rebuild_is_equal, caught_up, rows, rxlog
from tests.network.reading import everything
from tests.network.waiting import until
from tests.people import OTHER_PHARMACY, People, key

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]

WORKER = "registry-worker"


def an_older_release(folder: Path, unknown: str) -> Path:
    """This release as it was before a version of a schema was known."""
    release = folder / "release"
    shutil.copytree(PROJECT / "services", release / "services")
    shutil.copytree(PROJECT / "schemas", release / "schemas")
    lock = release / "schemas" / LOCK_FILE
    entries = json.loads(lock.read_text())
    lock.write_text(json.dumps([entry for entry in entries if entry["file"] != unknown]))
    return release


async def run_worker_of(network: LocalNetwork, release: Path) -> None:
    """Restart the registry's worker with the program of another release."""
    script = network.home.run / f"{WORKER}.sh"
    lines = script.read_text().splitlines()
    changed = [
        f"export PYTHONPATH={release}" if line.startswith("export PYTHONPATH=") else line
        for line in lines
    ]
    script.write_text("\n".join([*changed, ""]))
    await asyncio.to_thread(network.restart_process, WORKER)


async def listed(people: People) -> dict[str, dict[str, object]]:
    answer = await people.ask(
        "GET", "oversight", "/dead-letters?limit=100", role="regulator", facility="01991"
    )
    return {letter["dead_letter_id"]: letter for letter in answer.json()["dead_letters"]}


async def letter_at(people: People, partition: int, offset: int) -> str:
    """The dead letter of a record of the log, once oversight has it."""
    name = f"registry:{LOG.name}:{partition}:{offset}"

    async def there() -> bool:
        return name in await listed(people)

    await until(there, f"the dead letter {name}")
    return name


async def test_what_an_old_worker_could_not_read_is_judged_when_driven_again(
    people: People, folder: Path
) -> None:
    """Given a reservation in a schema its worker does not know, when a newer worker runs and the
    dead letter is driven again, then it is judged; verdicts given before stay as they are."""
    network = people.network
    code = await people.issued_code()
    release = an_older_release(folder, "log/DispensingReserved.2.avsc")
    await run_worker_of(network, release)
    same = key()
    unread = await people.reserve(code, idempotency_key=same)
    assert (unread.status_code, unread.json()["verdict"]) == (202, "late")
    history = (await people.look_up(f"/prescriptions/{code}/history")).json()["records"]
    assert [record["result"] for record in history] == ["issued", "unreadable"]
    place = history[-1]["position"]
    name = await letter_at(people, place["partition"], place["offset"])

    await run_worker_of(network, PROJECT)
    before = await outcomes_of(network, code)
    done = await asyncio.to_thread(rxlog, network, "redrive", name, "--because", "upgraded")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name} -> {LOG.name}/{place['partition']} at offset" in done.stdout
    assert done.stdout.rstrip().endswith("accepted, granted")

    after = await outcomes_of(network, code)
    assert after[: len(before)] == before, "what was told stands"
    assert [outcome.result for outcome in after] == ["issued", "unreadable", "granted"]
    again = await people.reserve(code, idempotency_key=same)
    assert (again.status_code, again.json()["result"]) == (201, "granted"), "the key finds it"
    refused = await people.reserve(code, OTHER_PHARMACY)
    assert refused.json()["result"] == "reserved-elsewhere"

    [redriven] = (await listed(people))[name]["redriven"]
    assert redriven["because"] == "upgraded"
    assert redriven["to"]["topic"] == LOG.name
    twice = await asyncio.to_thread(rxlog, network, "redrive", name)
    assert twice.returncode == 1
    assert "was driven again on" in twice.stderr
    assert "--again" in twice.stderr
    once_more = await asyncio.to_thread(rxlog, network, "redrive", name, "--again")
    assert once_more.stdout.rstrip().endswith("accepted, granted"), "a repeat, the same verdict"
    await caught_up(network)
    assert_rebuild_is_equal(network)


async def outcomes_of(network: LocalNetwork, code: str) -> list[object]:
    codec = published_language()
    return [
        codec.decode(message.value())
        for message in await asyncio.to_thread(everything, network, OUTCOMES)
        if message.key() == code.encode()
    ]


async def test_all_of_them_keep_key_bytes_headers_and_order(people: People) -> None:
    network = people.network
    code = await people.issued_code()
    noise = [b"noise 1", b"noise 2", b"\x00\x00\x00\x00\x63noise"]
    producer = Producer(
        {"bootstrap.servers": network.kafka_bootstrap, "partitioner": "murmur2_random"}
    )
    for value in noise:
        producer.produce(LOG.name, key=code.encode(), value=value, headers=[("who", b"x\xff")])
    assert producer.flush(10) == 0
    history = (await people.look_up(f"/prescriptions/{code}/history")).json()["records"]

    async def all_there() -> bool:
        found = (await people.look_up(f"/prescriptions/{code}/history")).json()["records"]
        return len(found) == 1 + len(noise)

    await until(all_there, "their outcomes")
    history = (await people.look_up(f"/prescriptions/{code}/history")).json()["records"]
    names = [
        await letter_at(people, r["position"]["partition"], r["position"]["offset"])
        for r in history[1:]
    ]

    done = await asyncio.to_thread(rxlog, network, "redrive", "--all")
    assert done.returncode == 1, "they still cannot be read"
    assert done.stdout.count("it could not be read again") == len(noise)
    assert "is a new dead letter" in done.stdout

    records = [
        message
        for message in await asyncio.to_thread(everything, network, LOG)
        if message.key() == code.encode()
    ]
    assert [r.value() for r in records[1:]] == [*noise, *noise]
    for number, record in enumerate(records[1 + len(noise) :]):
        assert dict(record.headers()) == {
            "who": b"x\xff",
            "ce_redriven_from": names[number].encode(),
        }

    notes = [
        event
        for message in await asyncio.to_thread(everything, network, DEAD_LETTERS)
        if isinstance(event := published_language().decode(message.value()), DeadLetterRedriven)
        and event.dead_letter_id in names
    ]
    assert [note.dead_letter_id for note in notes] == names
    assert [note.offset for note in notes] == [r.offset() for r in records[1 + len(noise) :]]

    shown = await asyncio.to_thread(rxlog, network, "redrive", "--list")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in names)


async def test_a_dead_letter_nobody_has_is_told(people: People) -> None:
    done = await asyncio.to_thread(rxlog, people.network, "redrive", "registry:rx.log:0:999999")
    assert done.returncode == 1
    assert "There is no dead letter registry:rx.log:0:999999" in done.stderr


async def test_without_a_former_registry_there_is_nothing_lost_to_find(
    people: People, folder: Path
) -> None:
    await rows(people.network, "owner", "DROP SCHEMA IF EXISTS registry_before CASCADE")
    file = folder / "lost.jsonl"
    done = await asyncio.to_thread(rxlog, people.network, "redrive", "--find-lost", file)
    assert done.returncode == 1
    assert "rebuild the registry from the log as it is" in done.stderr
    assert not file.exists()
