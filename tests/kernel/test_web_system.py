"""The HTTP shell: readiness, metrics, documentation."""

from __future__ import annotations

import httpx2

from tests.kernel.sample_app import app, client_of, slug


async def test_ready_only_when_every_check_passes() -> None:
    state: dict[str, str | None] = {"database": "Postgres does not answer: start it."}

    async def database() -> str | None:
        return state["database"]

    async def failing() -> str | None:
        if state["database"]:
            raise OSError("secret-host")
        return None

    async with client_of(app(checks={"database": database, "log": failing})) as client:
        response = await client.get("/readyz")
        assert (response.status_code, slug(response)) == (503, "not-ready")
        assert set(response.json()["checks"]) == {"database", "log"}
        assert "secret-host" not in response.text
        state["database"] = None
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/healthz")).json() == {"status": "alive"}


async def test_metrics_count_by_route_template(client: httpx2.AsyncClient) -> None:
    for number in range(3):
        await client.get(f"/orders/{number}")
    await client.get("/nothing/42")
    await client.request("BREW", "/orders/1")
    text = (await client.get("/metrics")).text
    assert 'route="/orders/{number}",status="200"' in text
    assert 'rxlog_http_request_seconds_bucket{le="0.005",method="GET",room="test"' in text
    assert "/orders/2" not in text
    assert "/nothing/42" not in text
    assert 'method="OTHER"' in text


async def test_the_description_has_the_problem_on_every_operation(
    client: httpx2.AsyncClient,
) -> None:
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/orders",
        "/orders/{number}",
        "/broken",
        "/refused",
        "/trace",
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation["responses"]["4XX"]["content"]
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
            assert operation["security"] == [{"HTTPBearer": []}]
    assert "422" not in document["paths"]["/orders"]["post"]["responses"]
    schemas = document["components"]["schemas"]
    assert {"Problem", "FieldProblem", "Order"} <= set(schemas)
    key = document["paths"]["/orders"]["post"]["parameters"][0]
    assert (key["name"], key["required"]) == ("Idempotency-Key", True)


async def test_the_docs_page_needs_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    response = await client.get("/docs")
    assert response.status_code == 200
    assert "/orders/{number}" in response.text
    assert "Take an order." in response.text
    assert "<script" not in response.text
    assert "http://" not in response.text
    assert "https://" not in response.text


async def test_names_in_the_description_cannot_break_the_page() -> None:
    async with client_of(app(description="<script>alert(1)</script>")) as client:
        assert "<script" not in (await client.get("/docs")).text
