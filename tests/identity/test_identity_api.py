"""The identity room through its API, on a real Postgres."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.identity.identity_room import (
    NAME,
    bearer,
    behalf,
    erase,
    fresh_number,
    look_up,
    reads,
    seal,
    slug,
    unseal,
)

pytestmark = pytest.mark.network


async def test_sealed_fields_open_again(client: httpx2.AsyncClient) -> None:
    fields = {"patient.full_name": NAME, "diagnoses": '[{"code":"J00"}]', "note": ""}
    sealed = await seal(client, fresh_number(), **fields)
    assert sealed["sealed_key"] == "a1.1"
    assert NAME.encode() not in base64.b64decode(sealed["sealed"]["patient.full_name"])
    response = await unseal(client, sealed)
    assert response.json() == {"fields": fields}


async def test_a_repeat_gives_the_same_bytes(client: httpx2.AsyncClient) -> None:
    number = fresh_number()
    assert await seal(client, number) == await seal(client, number)


async def test_a_person_has_one_reference(client: httpx2.AsyncClient) -> None:
    number = fresh_number()
    spelled = {"kind": "insurance", "value": number["value"][:6] + " " + number["value"][6:]}
    one, two = await seal(client, number), await seal(client, spelled, "event-0002")
    other = await seal(client, fresh_number())
    assert one["patient_ref"] == two["patient_ref"] != other["patient_ref"]
    assert one["sealed"] != two["sealed"]


async def test_those_without_a_number_stay_apart(client: httpx2.AsyncClient) -> None:
    refs = set()
    for event in ("event-a001", "event-a002", "event-a001"):
        number = {"kind": "unidentified", "value": event}
        refs.add((await seal(client, number, event))["patient_ref"])
    assert len(refs) == 2


async def test_two_first_seals_at_once_make_one_patient(
    client: httpx2.AsyncClient, database: asyncpg.Connection
) -> None:
    before = await database.fetchval("SELECT count(*) FROM identity_test.patient_key")
    for _ in range(5):
        number = fresh_number()
        answers = await asyncio.gather(*(seal(client, number) for _ in range(8)))
        assert all(answer == answers[0] for answer in answers)
    after = await database.fetchval("SELECT count(*) FROM identity_test.patient_key")
    assert after - before == 5


async def test_nothing_clear_is_in_the_database(
    client: httpx2.AsyncClient, database: asyncpg.Connection
) -> None:
    number = fresh_number()
    sealed = await seal(client, number)
    await unseal(client, sealed)
    await look_up(client, number, "clear")
    tables = await database.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'identity_test'"
    )
    dump = ""
    for (table,) in tables:
        rows = await database.fetch(f'SELECT t::text FROM identity_test."{table}" AS t')
        dump += "".join(row[0] for row in rows)
    assert sealed["patient_ref"] in dump
    for secret in (number["value"], NAME, NAME.encode().hex(), number["value"].encode().hex()):
        assert secret not in dump


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": "event-0002"},
        {"sealed": {"other": "AAAA"}},
        {"sealed": {"name": base64.b64encode(b"x" * 48).decode()}},
        {"sealed": {"name": ""}},
    ],
)
async def test_what_does_not_belong_there_is_422(
    client: httpx2.AsyncClient, change: dict[str, Any]
) -> None:
    sealed = await seal(client, fresh_number())
    body = {**sealed, "event_id": "event-0001", "caller": behalf(), "purpose": "care", **change}
    response = await client.post("/patients/unseal", json=body)
    assert (response.status_code, slug(response)) == (422, "sealed-not-authentic")
    assert NAME not in response.text


async def test_another_patients_fields_do_not_open(client: httpx2.AsyncClient) -> None:
    one, two = await seal(client, fresh_number()), await seal(client, fresh_number())
    response = await unseal(client, {**one, "patient_ref": two["patient_ref"]})
    assert (response.status_code, slug(response)) == (422, "sealed-not-authentic")


@pytest.mark.parametrize("change", [{"patient_ref": "0" * 32}, {"sealed_key": "a1.2"}])
async def test_an_unknown_patient_or_key_is_404(
    client: httpx2.AsyncClient, change: dict[str, str]
) -> None:
    sealed = await seal(client, fresh_number())
    assert (await unseal(client, {**sealed, **change})).status_code == 404


async def test_every_reading_stays_on_record(client: httpx2.AsyncClient) -> None:
    number = fresh_number()
    sealed = await seal(client, number, a="1", b="2")
    ref = sealed["patient_ref"]
    assert await reads(client, ref) == {"reads": [], "before": None}
    await unseal(client, sealed, purpose="dispensing", reason="case 7")
    await look_up(client, number, "reads")
    await unseal(client, {**sealed, "sealed": {"b": sealed["sealed"]["b"]}})
    page = (await reads(client, ref))["reads"]
    assert [(entry["kind"], entry["fields"]) for entry in page] == [
        ("unseal", ["b"]),
        ("lookup", []),
        ("unseal", ["a", "b"]),
    ]
    assert page[2] | {"id": 0, "at": ""} == {
        "id": 0,
        "at": "",
        "kind": "unseal",
        "event_id": "event-0001",
        "fields": ["a", "b"],
        "room": "service:01234:tester:-",
        "facility": "01234",
        "role": "clinic",
        "person": "p1",
        "purpose": "dispensing",
        "reason": "case 7",
    }
    first = await reads(client, ref, limit=2)
    rest = await reads(client, ref, limit=2, before=first["before"])
    assert first["reads"] + rest["reads"] == page
    assert rest["before"] is None


async def test_the_record_cannot_be_rewritten(
    client: httpx2.AsyncClient, database: asyncpg.Connection
) -> None:
    await unseal(client, await seal(client, fresh_number()))
    for change in (
        "DELETE FROM identity_test.reading",
        "UPDATE identity_test.reading SET facility = 'x'",
        "TRUNCATE identity_test.reading",
        "DELETE FROM identity_test.shred_ledger",
    ):
        with pytest.raises(asyncpg.RaiseError, match="never changed or deleted"):
            await database.execute(change)


async def test_erasing_ends_a_patient_for_ever(
    client: httpx2.AsyncClient, database: asyncpg.Connection
) -> None:
    number = fresh_number()
    sealed = await seal(client, number)
    ref = sealed["patient_ref"]
    await unseal(client, sealed)
    for _ in range(2):
        assert (await erase(client, ref, reason="case 7")).status_code == 204
    response = await unseal(client, sealed)
    assert (response.status_code, slug(response)) == (410, "erased")
    assert response.json()["what_next_vi"]
    assert (await look_up(client, number, "gone1")).status_code == 404
    assert len((await reads(client, ref))["reads"]) == 1
    ledger = await database.fetch(
        "SELECT erased_by, reason FROM identity_test.shred_ledger WHERE patient_ref = $1", ref
    )
    assert [tuple(row) for row in ledger] == [("patient-services:01234:tester:-", "case 7")]
    left = await database.fetchval(
        "SELECT count(*) FROM identity_test.lookup WHERE patient_ref = $1", ref
    )
    assert left == 0
    again = await seal(client, number)
    assert again["patient_ref"] != ref
    assert (await unseal(client, again)).status_code == 200
    assert (await unseal(client, sealed)).status_code == 410


async def test_erasing_nobody_is_404(client: httpx2.AsyncClient) -> None:
    assert (await erase(client, "0" * 32)).status_code == 404
    response = await client.get(f"/patients/{'0' * 32}/reads", headers=bearer("patient-services"))
    assert response.status_code == 404


async def test_erasing_and_sealing_at_once_never_mix(client: httpx2.AsyncClient) -> None:
    """Whatever comes out, a reference handed out is one that opens or one that is erased."""
    for _ in range(5):
        number = fresh_number()
        ref = (await seal(client, number))["patient_ref"]
        erased, *sealed = await asyncio.gather(
            erase(client, ref), *(seal(client, number) for _ in range(4))
        )
        assert erased.status_code == 204
        for answer in sealed:
            expected = 410 if answer["patient_ref"] == ref else 200
            assert (await unseal(client, answer)).status_code == expected
        assert (await seal(client, number))["patient_ref"] != ref


async def test_lookups_are_limited_per_facility(client: httpx2.AsyncClient) -> None:
    number = fresh_number()
    ref = (await seal(client, number))["patient_ref"]
    answers = await asyncio.gather(*(look_up(client, number, "busy1") for _ in range(35)))
    assert sorted(answer.status_code for answer in answers) == [200] * 30 + [429] * 5
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert slug(refused) == "too-many-lookups"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    other = await look_up(client, number, "calm1")
    assert (other.status_code, other.json()) == (200, {"patient_ref": ref})
    assert len((await reads(client, ref))["reads"]) == 31


async def test_looking_up_nobody_is_404_and_counts(
    client: httpx2.AsyncClient, database: asyncpg.Connection
) -> None:
    response = await look_up(client, fresh_number(), "nobdy")
    assert response.status_code == 404
    row = await database.fetchrow(
        "SELECT patient_ref, kind FROM identity_test.reading WHERE facility = 'nobdy'"
    )
    assert tuple(row) == (None, "lookup")


async def test_a_lost_database_is_503_and_comes_back(
    client: httpx2.AsyncClient, database: asyncpg.Connection
) -> None:
    number = fresh_number()
    before = await seal(client, number)
    await database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'rxlog-identity' AND usename = current_user"
        " AND pid <> pg_backend_pid()"
    )
    body = {"identifier": number, "event_id": "event-0001", "fields": {"name": NAME}}
    answers = [await client.post("/patients/seal", json=body) for _ in range(12)]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert answers[-1].json() == before
    assert (await client.get("/readyz")).status_code == 200
