"""The HTTP shell: roles, problems, headers, ids."""

from __future__ import annotations

import io
import json

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI

from services.kernel.http.tokens import require
from services.kernel.http.web import make_app, role_table
from tests.kernel.sample_app import GOOD, KEY, SETTINGS, AnyRole, app, client_of, slug


async def test_a_good_request_is_answered(client: httpx2.AsyncClient) -> None:
    response = await client.post("/orders", json=GOOD, headers=KEY)
    assert response.status_code == 201
    assert response.json() == {"key": "0f0e0d0c-1", "lines": 1, "by": "clinic:01234:p1:l1"}


async def test_every_bad_field_is_named_in_both_languages(client: httpx2.AsyncClient) -> None:
    bad = {
        "code": "ABC",
        "at": "2026-01-02T03:04:05",
        "lines": [{"quantity": 1, "unit": "vi"}, {"quantity": 0, "unit": "", "x": 1}],
        "note": "LOUD",
    }
    response = await client.post("/orders", json=bad, headers=KEY)
    assert response.status_code == 422
    assert slug(response) == "invalid-input"
    errors = {error["field"]: error for error in response.json()["errors"]}
    assert set(errors) == {
        "code",
        "at",
        "lines[1].quantity",
        "lines[1].unit",
        "lines[1].x",
        "note",
    }
    assert errors["at"]["reason_vi"] == "thời điểm phải có múi giờ"
    assert errors["lines[1].quantity"]["reason_vi"] == "phải lớn hơn 0"
    assert errors["note"]["reason"] == "must not shout"
    assert errors["note"]["reason_vi"] == "không được viết hoa"
    assert errors["note"]["source"] == "house rule 1"
    assert "LOUD" not in response.text


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "idempotency-key-missing"),
        ({"Idempotency-Key": "short"}, "idempotency-key-invalid"),
        ({"Idempotency-Key": "with a space"}, "idempotency-key-invalid"),
        ({"Idempotency-Key": "x" * 201}, "idempotency-key-invalid"),
    ],
)
async def test_a_write_needs_an_idempotency_key(
    client: httpx2.AsyncClient, headers: dict[str, str], expected: str
) -> None:
    response = await client.post("/orders", json=GOOD, headers=headers)
    assert (response.status_code, slug(response)) == (400, expected)


async def test_without_a_token_401_says_how(client: httpx2.AsyncClient) -> None:
    for header in ("", "Basic eDp5", "Bearer", "Bearer bad"):
        response = await client.get("/orders/1", headers={"Authorization": header})
        assert response.status_code == 401, header
        assert response.headers["www-authenticate"].startswith('Bearer realm="rxlog"')
        assert slug(response) == "unauthenticated"


async def test_more_blanks_than_one_before_a_token_are_no_part_of_it(
    client: httpx2.AsyncClient,
) -> None:
    headers = {"Authorization": "bearer   clinic "}
    assert (await client.get("/orders/1", headers=headers)).status_code == 200


async def test_with_another_role_403_names_the_one_needed(client: httpx2.AsyncClient) -> None:
    response = await client.post(
        "/orders", json=GOOD, headers={**KEY, "Authorization": "Bearer pharmacy"}
    )
    assert response.status_code == 403
    assert slug(response) == "role-not-allowed"
    assert response.json()["roles_needed"] == ["clinic"]
    assert "role clinic; your token has the role pharmacy" in response.json()["detail"]


async def test_the_role_table_is_what_the_routes_say() -> None:
    table = role_table(app())
    assert table["POST", "/orders"] == {"clinic"}
    assert table["GET", "/orders/{number}"] == {"clinic", "payer"}
    assert table["GET", "/healthz"] == frozenset()


async def test_a_route_that_names_no_role_stops_the_start() -> None:
    open_router = APIRouter(prefix="/v1")

    @open_router.get("/open")
    async def forgotten() -> None:
        return None

    with pytest.raises(RuntimeError, match="/v1/open"):
        make_app("Test", SETTINGS, routers=[open_router])
    assert make_app("Test", SETTINGS, routers=[open_router], public=["/v1/open"])


async def test_a_mounted_application_stops_the_start_too() -> None:
    outer = APIRouter()
    outer.mount("/inner", FastAPI())
    with pytest.raises(RuntimeError, match="/inner"):
        make_app("Test", SETTINGS, routers=[outer])


async def test_a_router_may_name_the_roles_of_all_its_routes() -> None:
    inner = APIRouter(dependencies=[Depends(require("payer"))])

    @inner.get("/inner")
    async def guarded() -> None:
        return None

    outer = APIRouter(prefix="/v1")
    outer.include_router(inner)
    assert role_table(make_app("Test", SETTINGS, routers=[outer]))["GET", "/v1/inner"] == {"payer"}


async def test_a_part_that_is_away_is_503() -> None:
    broken = APIRouter(dependencies=[Depends(require("clinic"))])

    @broken.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError("secret-host")

    application = make_app(
        "Test", SETTINGS, verifier=AnyRole(), routers=[broken], outages={OSError: "Postgres"}
    )
    async with client_of(application) as client:
        response = await client.get("/away")
    assert (response.status_code, slug(response)) == (503, "unavailable")
    assert response.headers["retry-after"] == "2"
    assert response.json()["part"] == "Postgres"
    assert "secret-host" not in response.text


async def test_missing_addresses_and_methods_are_problems(client: httpx2.AsyncClient) -> None:
    assert slug(await client.get("/nothing")) == "not-found"
    response = await client.delete("/orders/1")
    assert (response.status_code, slug(response)) == (405, "method-not-allowed")
    assert response.headers["allow"] == "GET"
    assert slug(await client.get("/orders/x")) == "invalid-input"
    assert (await client.get("/orders/1/")).status_code == 404


async def test_a_raised_problem_keeps_its_members(client: httpx2.AsyncClient) -> None:
    response = await client.get("/refused")
    assert (response.status_code, slug(response)) == (409, "taken")
    assert response.json()["holder"] == "09999"
    assert "request_id" not in response.json()  # a repeat must get the same bytes


async def test_a_failure_tells_nothing_but_its_request_id(
    client: httpx2.AsyncClient, log: io.StringIO
) -> None:
    response = await client.get("/broken")
    assert (response.status_code, slug(response)) == (500, "internal-error")
    assert response.json()["request_id"] == response.headers["x-request-id"]
    assert "RuntimeError" not in response.text
    assert "Nguyễn" not in response.text
    assert "001085000123" not in response.text
    line = json.loads(log.getvalue())
    assert line["request_id"] == response.headers["x-request-id"]
    assert (line["event"], line["route"]) == ("request failed", "/broken")
    assert line["exception"].startswith("builtins.RuntimeError\n")
    assert "Nguyễn" not in log.getvalue()
    assert "001085000123" not in log.getvalue()


async def test_security_headers_are_on_every_answer(client: httpx2.AsyncClient) -> None:
    for path in ("/orders/1", "/nothing", "/broken", "/healthz"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in headers


async def test_ids_are_taken_over_or_made(client: httpx2.AsyncClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    given = {"X-Request-Id": "my-request-1", "traceparent": f"00-{trace}-00f067aa0ba902b7-00"}
    seen = (await client.get("/trace", headers=given)).json()
    assert seen["request_id"] == "my-request-1"
    version, same, parent, flags = seen["traceparent"].split("-")
    assert (version, same, flags) == ("00", trace, "00")
    assert parent != "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "trace", ["", "x", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "ff-" + "a" * 32 + "-b-01"]
)
async def test_bad_ids_are_replaced(client: httpx2.AsyncClient, trace: str) -> None:
    given = {"X-Request-Id": "bad id\t{}", "traceparent": trace}
    seen = (await client.get("/trace", headers=given)).json()
    assert len(seen["request_id"]) == 32
    assert len(seen["traceparent"]) == 55
