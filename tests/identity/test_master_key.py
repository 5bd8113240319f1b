"""The master key file: made once, checked at every start, changed without losing anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from services.kernel.settings import CannotStartError
from tests.identity.identity_room import Room

pytestmark = pytest.mark.network
SCHEMA = "identity_other"
NUMBER = {"kind": "citizen", "value": "999000000042"}


@pytest.fixture(autouse=True)
async def empty(database: asyncpg.Connection) -> None:
    await database.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


async def seal(client: httpx2.AsyncClient, event_id: str = "event-0001") -> Any:
    body = {"identifier": NUMBER, "event_id": event_id, "fields": {"name": "MẪU"}}
    response = await client.post("/patients/seal", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def name_of(client: httpx2.AsyncClient, sealed: Any) -> Any:
    caller = {"facility": "01234", "role": "clinic"}
    body = {**sealed, "event_id": "event-0001", "caller": caller, "purpose": "treatment"}
    return (await client.post("/patients/unseal", json=body)).json()["fields"]["name"]


async def refusal(room: Room, folder: Path) -> str:
    with pytest.raises(CannotStartError) as refused:
        async with room(folder, SCHEMA):
            pass
    return str(refused.value)


async def test_a_restart_finds_everybody_again(room: Room, tmp_path: Path) -> None:
    async with room(tmp_path, SCHEMA) as client:
        sealed = await seal(client)
    async with room(tmp_path, SCHEMA) as client:
        assert await seal(client) == sealed
        assert await name_of(client, sealed) == "MẪU"


async def test_another_key_file_is_refused(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "identity-master.key"
    async with room(tmp_path, SCHEMA) as client:
        await seal(client)
    right = path.read_text()
    path.write_text("1:" + "00" * 32)
    assert "is not the key this database was made with" in await refusal(room, tmp_path)
    path.write_text("nonsense")
    assert "holds something else" in await refusal(room, tmp_path)
    path.write_text("2:" + "00" * 32)
    assert "Version 1 is missing" in await refusal(room, tmp_path)
    path.unlink()
    assert "is missing, but the database holds keys" in await refusal(room, tmp_path)
    assert not path.exists()
    path.touch(mode=0o600)
    path.write_text(right)
    async with room(tmp_path, SCHEMA) as client:
        await seal(client)


async def test_a_new_master_key_takes_over_patient_by_patient(
    room: Room, tmp_path: Path, database: asyncpg.Connection
) -> None:
    path = tmp_path / "identity-master.key"
    async with room(tmp_path, SCHEMA) as client:
        sealed = await seal(client)
    path.write_text(path.read_text() + "2:" + "42" * 32)
    async with room(tmp_path, SCHEMA) as client:
        assert await name_of(client, sealed) == "MẪU"
        assert await seal(client) == sealed
        assert await seal(client) == sealed
    versions = await database.fetch(f"SELECT master_version FROM {SCHEMA}.patient_key")
    assert [row[0] for row in versions] == [2]
    path.write_text("2:" + "42" * 32)
    async with room(tmp_path, SCHEMA) as client:
        assert await seal(client) == sealed
        assert await name_of(client, sealed) == "MẪU"


async def test_a_restored_key_of_an_erased_patient_dies_again(
    room: Room, tmp_path: Path, database: asyncpg.Connection
) -> None:
    async with room(tmp_path, SCHEMA) as client:
        ref = (await seal(client))["patient_ref"]
    await database.execute(
        f"INSERT INTO {SCHEMA}.shred_ledger VALUES ($1, now(), 'patients office', '')", ref
    )
    async with room(tmp_path, SCHEMA) as client:
        assert (await seal(client))["patient_ref"] != ref
    for table in ("patient_key", "lookup"):
        found = await database.fetchval(
            f"SELECT count(*) FROM {SCHEMA}.{table} WHERE patient_ref = $1", ref
        )
        assert found == 0
