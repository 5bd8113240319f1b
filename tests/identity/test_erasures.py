"""Erasures that no restore can undo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from confluent_kafka import Producer

from infra.local.network import LocalNetwork
from services.contracts.dead_letters import DeadLettered
from services.contracts.erasures import PatientErased
from services.kernel import clock
from services.kernel.log.language import published_language
from services.topology import DEAD_LETTERS, ERASURES
from tests.identity.identity_room import (
    Room,
    erase,
    fresh_number,
    look_up,
    seal,
    slug,
    unseal,
)
from tests.network.reading import everything
from tests.network.waiting import DEADLINE_S, until

pytestmark = pytest.mark.network

KEPT = ("master_fingerprint", "patient_key", "lookup")
"""The tables that open people."""


@pytest.fixture(scope="module")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("erasures")


@pytest.fixture
async def schema(database: asyncpg.Connection) -> AsyncIterator[str]:
    """A schema of this test alone."""
    name = "identity_erasures"
    drop = f"DROP SCHEMA IF EXISTS {name}, {name}_copy CASCADE"
    await database.execute(drop)
    yield name
    await database.execute(drop)


async def copy_tables(database: asyncpg.Connection, schema: str) -> None:
    """A backup of the room's keys."""
    await database.execute(f"CREATE SCHEMA {schema}_copy")
    for table in KEPT:
        await database.execute(f"CREATE TABLE {schema}_copy.{table} AS TABLE {schema}.{table}")


async def put_back(database: asyncpg.Connection, schema: str) -> None:
    """The keys of the backup again, and a ledger that knows of no erasure."""
    for table in KEPT:
        await database.execute(
            f"INSERT INTO {schema}.{table} SELECT * FROM {schema}_copy.{table}"
            " ON CONFLICT DO NOTHING"
        )
    await database.execute(
        f"ALTER TABLE {schema}.shred_ledger DISABLE TRIGGER USER;"
        f" DELETE FROM {schema}.shred_ledger;"
        f" ALTER TABLE {schema}.shred_ledger ENABLE TRIGGER USER"
    )


async def on_the_log(network: LocalNetwork, ref: str) -> list[PatientErased]:
    codec = published_language()
    return [
        event
        for message in await asyncio.to_thread(everything, network, ERASURES)
        if message.key() == ref.encode()
        and isinstance(event := codec.decode(message.value()), PatientErased)
    ]


async def test_an_erasure_is_on_the_log_once_with_nothing_personal(
    client: httpx2.AsyncClient, network: LocalNetwork
) -> None:
    ref = (await seal(client, fresh_number()))["patient_ref"]
    for _ in range(2):
        answer = await erase(client, ref, reason="case 7", basis="retention-ended")
        assert answer.status_code == 204
    [erased] = await on_the_log(network, ref)
    assert (erased.patient_ref, erased.legal_basis) == (ref, "RETENTION_ENDED")


async def test_a_basis_nobody_knows_is_bad_input(client: httpx2.AsyncClient) -> None:
    ref = (await seal(client, fresh_number()))["patient_ref"]
    assert (await erase(client, ref, basis="because")).status_code == 422


async def test_a_restored_database_erases_again_before_the_first_answer(
    room: Room,
    database: asyncpg.Connection,
    schema: str,
    secrets_dir: Path,
) -> None:
    number, other = fresh_number(), fresh_number()
    async with room(secrets_dir, schema) as client:
        sealed, kept = await seal(client, number), await seal(client, other)
        await copy_tables(database, schema)
        assert (await erase(client, sealed["patient_ref"])).status_code == 204
    await put_back(database, schema)
    async with room(secrets_dir, schema) as client:
        answer = await unseal(client, sealed)
        assert (answer.status_code, slug(answer)) == (410, "erased")
        assert (await look_up(client, number, "again")).status_code == 404
        assert (await seal(client, number))["patient_ref"] != sealed["patient_ref"]
        assert (await unseal(client, kept)).status_code == 200, "the others live on"
    row = await database.fetchrow(
        f"SELECT erased_by, legal_basis FROM {schema}.shred_ledger WHERE patient_ref = $1",
        sealed["patient_ref"],
    )
    assert tuple(row) == (ERASURES.name, "PERSON_REQUEST")


@pytest.mark.parametrize("way", ["unseal", "lookup", "seal"])
async def test_a_database_put_back_under_a_running_room_opens_nobody(
    room: Room, database: asyncpg.Connection, schema: str, secrets_dir: Path, way: str
) -> None:
    number = fresh_number()
    async with room(secrets_dir, schema) as client:
        sealed = await seal(client, number)
        await copy_tables(database, schema)
        await erase(client, sealed["patient_ref"])
        await put_back(database, schema)
        if way == "unseal":
            assert slug(await unseal(client, sealed)) == "erased"
        elif way == "lookup":
            assert (await look_up(client, number, "under")).status_code == 404
        else:
            assert (await seal(client, number))["patient_ref"] != sealed["patient_ref"]
        left = await database.fetchval(
            f"SELECT count(*) FROM {schema}.patient_key WHERE patient_ref = $1",
            sealed["patient_ref"],
        )
        assert left == 0


async def test_an_erasure_of_another_process_is_applied_while_running(
    room: Room,
    database: asyncpg.Connection,
    network: LocalNetwork,
    schema: str,
    secrets_dir: Path,
) -> None:
    async with room(secrets_dir, schema) as client:
        sealed = await seal(client, fresh_number())
        _append(network, sealed["patient_ref"].encode(), _erased(sealed["patient_ref"]))

        async def gone() -> bool:
            return (await unseal(client, sealed)).status_code == 410

        await until(gone, "the erasure")


async def test_what_the_log_lost_is_appended_again_from_the_ledger(
    room: Room,
    database: asyncpg.Connection,
    network: LocalNetwork,
    schema: str,
    secrets_dir: Path,
) -> None:
    ref = clock.random_bytes(16).hex()
    async with room(secrets_dir, schema):
        pass
    await database.execute(
        f"INSERT INTO {schema}.shred_ledger VALUES ($1, now(), 'office', 'case 1', $2)",
        ref,
        "AUTHORITY_ORDER",
    )
    for _ in range(2):
        async with room(secrets_dir, schema):
            [erased] = await on_the_log(network, ref)
            assert erased.legal_basis == "AUTHORITY_ORDER"


async def test_noise_on_the_topic_becomes_a_dead_letter_and_stops_nobody(
    room: Room, network: LocalNetwork, schema: str, secrets_dir: Path
) -> None:
    ref = clock.random_bytes(16).hex()
    noise = [b"noise", b"", _erased("not hexadecimal"), _erased(ref)]
    for value in noise:
        _append(network, b"k" * 32, value)
    async with room(secrets_dir, schema) as client:
        assert (await client.get("/readyz")).status_code == 200
        assert (await seal(client, fresh_number()))["patient_ref"]

    async def set_aside() -> bool:
        codec = published_language()
        letters = [
            letter
            for message in await asyncio.to_thread(everything, network, DEAD_LETTERS)
            if isinstance(letter := codec.decode(message.value()), DeadLettered)
        ]
        return set(noise) <= {x.value for x in letters if x.source_topic == ERASURES.name}

    await until(set_aside, "the dead letters")


async def test_with_kafka_away_nothing_is_erased_and_it_says_so(
    client: httpx2.AsyncClient, network: LocalNetwork
) -> None:
    sealed = await seal(client, fresh_number())
    await asyncio.to_thread(network.stop_process, "kafka")
    try:
        answer = await erase(client, sealed["patient_ref"])
        assert (answer.status_code, slug(answer)) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert (await unseal(client, sealed)).status_code == 200, "nothing was erased"
    finally:
        await asyncio.to_thread(network.start_process, "kafka")
        await asyncio.to_thread(network.wait_ready, "kafka", DEADLINE_S)

    async def erased() -> bool:
        return (await erase(client, sealed["patient_ref"])).status_code == 204

    await until(erased, "the erasure once Kafka is back")
    assert slug(await unseal(client, sealed)) == "erased"


def _erased(ref: str) -> bytes:
    return published_language().encode(PatientErased(patient_ref=ref, erased_at=clock.now()))


def _append(network: LocalNetwork, key: bytes, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": network.kafka_bootstrap})
    producer.produce(ERASURES.name, key=key, value=value)
    assert producer.flush(10) == 0
