"""Who may call what: every route of every room against every role, default deny."""

from __future__ import annotations

from typing import Any

import pytest

from tests.people import CLINIC, OTHER_CLINIC, OTHER_PHARMACY, PAYER, PHARMACY, People, a_draft

pytestmark = pytest.mark.network

ROLES = {
    "clinic": CLINIC,
    "pharmacy": PHARMACY,
    "payer": PAYER,
    "regulator": "01991",
    "patient-services": "01991",
    "service": "rxlog",
}
CODE = "01901aaaaaaa-c"
REF = "0" * 32
EVENT = "00000000-0000-8000-8000-000000000000"
DAY = "2026-11-16"

MAY: dict[tuple[str, str, str], set[str]] = {
    ("POST", "prescribing", "/prescriptions"): {"clinic"},
    ("POST", "prescribing", f"/prescriptions/{CODE}/cancel"): {"clinic"},
    ("POST", "prescribing", f"/prescriptions/{CODE}/replace"): {"clinic"},
    ("GET", "prescribing", f"/submissions/{CODE}/{EVENT}"): {"clinic"},
    ("POST", "dispensing", f"/prescriptions/{CODE}/reserve"): {"pharmacy"},
    ("POST", "dispensing", f"/prescriptions/{CODE}/release"): {"pharmacy"},
    ("POST", "dispensing", f"/prescriptions/{CODE}/dispenses"): {"pharmacy"},
    ("POST", "dispensing", f"/prescriptions/{CODE}/dispenses/last/reverse"): {"pharmacy"},
    ("GET", "dispensing", f"/submissions/{CODE}/{EVENT}"): {"pharmacy"},
    ("POST", "claims", f"/prescriptions/{CODE}/claims"): {"payer", "pharmacy"},
    ("POST", "claims", f"/prescriptions/{CODE}/claims/c/withdraw"): {"payer", "pharmacy"},
    ("GET", "claims", f"/submissions/{CODE}/{EVENT}"): {"payer", "pharmacy"},
    ("GET", "registry", f"/prescriptions/{CODE}"): {
        "clinic",
        "pharmacy",
        "payer",
        "regulator",
        "service",
    },
    ("GET", "registry", f"/prescriptions/{CODE}/history"): {
        "clinic",
        "pharmacy",
        "payer",
        "regulator",
        "service",
    },
    ("GET", "registry", f"/prescriptions/{CODE}/person"): {"clinic", "pharmacy"},
    ("POST", "registry", "/patient-prescriptions"): {"clinic", "pharmacy"},
    ("GET", "registry", f"/patients/{REF}/prescriptions"): {"regulator", "service"},
    ("GET", "registry", f"/facilities/{CLINIC}/days/{DAY}"): {
        "clinic",
        "pharmacy",
        "payer",
        "regulator",
    },
    ("GET", "registry", "/changes"): {"clinic", "pharmacy", "payer"},
    ("GET", "registry", "/statistics"): {"regulator", "service"},
    ("GET", "registry", f"/outcomes/{CODE}/{EVENT}"): {"service"},
    ("POST", "identity", "/patients/seal"): {"service"},
    ("POST", "identity", "/patients/unseal"): {"service"},
    ("POST", "identity", "/patients/lookup"): {"service"},
    ("DELETE", "identity", f"/patients/{REF}/key"): {"patient-services"},
    ("GET", "identity", f"/patients/{REF}/reads"): {"patient-services"},
}


@pytest.mark.parametrize("route", MAY, ids=lambda r: f"{r[0]} {r[1]}{r[2]}")
async def test_only_the_roles_named_get_past_the_door(
    people: People, route: tuple[str, str, str]
) -> None:
    method, room, path = route
    for role, facility in ROLES.items():
        response = await people.ask(method, room, path, role=role, facility=facility, body={})
        if role in MAY[route]:
            assert response.status_code not in (401, 403), f"{role}: {response.text}"
        else:
            assert response.status_code == 403, f"{role} got {response.status_code}"
            assert response.json()["what_next"]


async def test_every_route_has_its_row(people: People) -> None:
    rows = {(method, room, _template(path)) for method, room, path in MAY}
    for room in ("prescribing", "dispensing", "claims", "registry", "identity"):
        url = people.network.urls["registry-api" if room == "registry" else room]
        document = (await people._http.get(f"{url}/openapi.json")).json()
        for path, methods in document["paths"].items():
            for method in methods:
                row = (method.upper(), room, path)
                assert row in rows, f"{row} has no row in the matrix of roles"


def _template(path: str) -> str:
    for value, name in (
        (f"/submissions/{CODE}/{EVENT}", "/submissions/{code}/{event_id}"),
        ("/dispenses/last/", "/dispenses/{dispense_event_id}/"),
        ("/claims/c/", "/claims/{claim_id}/"),
        (CODE, "{code}"),
        (EVENT, "{event_id}"),
        (REF, "{patient_ref}"),
        (f"/facilities/{CLINIC}/", "/facilities/{facility_id}/"),
        (DAY, "{day}"),
    ):
        path = path.replace(value, name)
    return path


async def test_without_a_token_nothing_is_told(people: People) -> None:
    for method, room, path in MAY:
        name = "registry-api" if room == "registry" else room
        response = await people._http.request(method, people.network.urls[name] + path)
        assert response.status_code == 401, f"{method} {room}{path}"


async def _status(people: People, path: str, role: str, facility: str) -> int:
    return (await people.look_up(path, role=role, facility=facility)).status_code


async def test_a_foreign_prescription_answers_like_a_missing_one(people: People) -> None:
    code = await people.issued_code(a_draft())
    missing: Any = await people.look_up(
        f"/prescriptions/{CODE}", role="clinic", facility=OTHER_CLINIC
    )
    foreign: Any = await people.look_up(
        f"/prescriptions/{code}", role="clinic", facility=OTHER_CLINIC
    )
    for member in ("request_id",):
        missing, foreign = (
            {k: v for k, v in answer.json().items() if k != member} for answer in (missing, foreign)
        )
    assert foreign == missing
    assert await _status(people, f"/prescriptions/{code}", "clinic", CLINIC) == 200
    assert await _status(people, f"/prescriptions/{code}", "pharmacy", PHARMACY) == 404
    await people.reserve(code)
    assert await _status(people, f"/prescriptions/{code}", "pharmacy", PHARMACY) == 200
    assert await _status(people, f"/prescriptions/{code}", "pharmacy", OTHER_PHARMACY) == 404
    assert await _status(people, f"/prescriptions/{code}/history", "payer", PAYER) == 404


async def test_a_clinic_cancels_only_its_own(people: People) -> None:
    code = await people.issued_code()
    assert (await people.cancel(code, clinic=OTHER_CLINIC)).status_code == 404
    assert (await people.cancel(code)).status_code == 201
