"""The identity room's door: who may call what, and what a request must be."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.identity.identity_room import (
    NAME,
    bearer,
    behalf,
    fresh_number,
    seal,
    slug,
)

pytestmark = pytest.mark.network

ROUTES = [
    ("POST", "/patients/seal", {"service"}),
    ("POST", "/patients/unseal", {"service"}),
    ("POST", "/patients/lookup", {"service"}),
    ("DELETE", f"/patients/{'0' * 32}/key", {"patient-services"}),
    ("GET", f"/patients/{'0' * 32}/reads", {"patient-services"}),
]
ROLES = ["clinic", "pharmacy", "payer", "regulator", "patient-services", "service"]


@pytest.mark.parametrize("role", [*ROLES, ""])
@pytest.mark.parametrize(("method", "path", "allowed"), ROUTES)
async def test_the_role_matrix(
    client: httpx2.AsyncClient, method: str, path: str, allowed: set[str], role: str
) -> None:
    headers = bearer(role) if role else {"Authorization": ""}
    response = await client.request(method, path, headers=headers)
    if not role:
        assert response.status_code == 401
    elif role in allowed:
        assert response.status_code in (404, 422)
    else:
        assert (response.status_code, slug(response)) == (403, "role-not-allowed")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"identifier": {"kind": "citizen", "value": "12"}}, "identifier"),
        ({"identifier": {"kind": "shoe", "value": "12"}}, "identifier.kind"),
        ({"identifier": {"kind": "citizen"}}, "identifier.value"),
        ({"event_id": "x"}, "event_id"),
        ({"event_id": "a b c d e f"}, "event_id"),
        ({"fields": {"Name": "x"}}, "fields.Name.[key]"),
        ({"fields": {"name": 1}}, "fields.name"),
        ({"fields": {"name": "x" * 65_537}}, "fields.name"),
        ({"fields": {f"f{n}": "" for n in range(101)}}, "fields"),
        ({"more": 1}, "more"),
    ],
)
async def test_bad_input_names_its_field_and_repeats_nothing(
    client: httpx2.AsyncClient, change: dict[str, Any], field: str
) -> None:
    body = {"identifier": fresh_number(), "event_id": "event-0001", "fields": {"name": NAME}}
    response = await client.post("/patients/seal", json={**body, **change})
    assert response.status_code == 422
    errors = response.json()["errors"]
    assert [error["field"] for error in errors] == [field]
    assert errors[0]["reason_vi"]
    assert NAME not in response.text


@pytest.mark.parametrize(
    "change",
    [
        {"patient_ref": "x"},
        {"sealed_key": "a9.1"},
        {"sealed": {}},
        {"sealed": {"name": "not base64!"}},
        {"caller": {"role": "clinic"}},
        {"purpose": ""},
        {"purpose": "two\nlines"},
    ],
)
async def test_a_reading_without_who_or_why_is_refused(
    client: httpx2.AsyncClient, change: dict[str, Any]
) -> None:
    sealed = await seal(client, fresh_number())
    body = {**sealed, "event_id": "event-0001", "caller": behalf(), "purpose": "care", **change}
    response = await client.post("/patients/unseal", json=body)
    assert (response.status_code, slug(response)) == (422, "invalid-input")
