"""The regulators' API on a real Postgres."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

from services.kernel.folding.dead_letters import dead_letter
from services.kernel.http.peers import Peer, RoomToken
from services.oversight import store
from services.oversight.api import _registry_statistics
from tests.oversight.artificial import (
    CODEC,
    OTHER_PATIENT,
    PATIENT,
    at,
    letter_record,
    raised,
    record,
    records,
    retracted,
)
from tests.oversight.conftest import Worker, bearer, get

pytestmark = pytest.mark.network


async def looked_at(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch(
        "SELECT role, person_id, what, subjects, purpose FROM lookup ORDER BY id"
    )
    return [tuple(row) for row in rows]


@pytest.fixture
async def three(alerts: Worker) -> Worker:
    """Two open alerts of two rules and people, one retracted."""
    await alerts.apply(
        *records(
            [
                raised(1, occurred_at=at(10)),
                raised(2, occurred_at=at(20), rule="mpe", severity="S2", subject=OTHER_PATIENT,
                       figures={}),
                raised(3, occurred_at=at(30)),
                retracted(3, occurred_at=at(40)),
            ]
        )
    )  # fmt: skip
    return alerts


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["cob-0003", "mpe-0002", "cob-0001"]),
        ({"rule": "cob"}, ["cob-0003", "cob-0001"]),
        ({"severity": "S2"}, ["mpe-0002"]),
        ({"severity": ["S2", "S3"]}, ["cob-0003", "mpe-0002", "cob-0001"]),
        ({"status": "retracted"}, ["cob-0003"]),
        ({"status": "open", "rule": "cob"}, ["cob-0001"]),
        ({"subject": OTHER_PATIENT, "purpose": "case 7"}, ["mpe-0002"]),
        ({"since": at(20).isoformat()}, ["cob-0003", "mpe-0002"]),
    ],
)
async def test_alerts_are_listed_newest_first_and_filtered(
    client: httpx2.AsyncClient, three: Worker, filters: dict[str, Any], expected: list[str]
) -> None:
    answer = await get(client, "/alerts", **filters)
    assert [alert["alert_id"] for alert in answer["alerts"]] == expected


async def test_statistics_are_told_only_on_request(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised(1, severity="S4"), raised(2)]))
    listed = await get(client, "/alerts")
    assert [alert["alert_id"] for alert in listed["alerts"]] == ["cob-0002"]
    assert len((await get(client, "/alerts", statistics=True))["alerts"]) == 2
    assert len((await get(client, "/alerts", severity="S4"))["alerts"]) == 1
    feed = await get(client, "/alerts/feed")
    assert [change["change_id"] for change in feed["changes"]] == ["cob-0002.1"]
    assert len((await get(client, "/alerts/feed", statistics=True))["changes"]) == 2


async def test_pages_follow_each_other_without_gap_or_repeat(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    same_moment = [raised(number, occurred_at=at(number // 3)) for number in range(10)]
    await alerts.apply(*records(same_moment))
    seen, before = [], None
    while True:
        page = await get(client, "/alerts", limit=3, **({"before": before} if before else {}))
        seen += [alert["alert_id"] for alert in page["alerts"]]
        before = page["before"]
        if before is None:
            break
    assert seen == sorted((c.alert_id for c in same_moment), reverse=True)


async def test_reads_of_peoples_alerts_are_on_record(
    client: httpx2.AsyncClient, pool: asyncpg.Pool, three: Worker
) -> None:
    await get(client, "/alerts", rule="mpe")
    await get(client, "/alerts/cob-0001")
    await get(client, "/alerts", subject="patient-mau-0099", purpose="case 7")
    await get(client, "/alerts/feed", after="0-3")
    assert await looked_at(pool) == [
        ("regulator", "tester", "alerts", [OTHER_PATIENT], ""),
        ("regulator", "tester", "alert", [PATIENT], "cob-0001"),
        ("regulator", "tester", "alerts", ["patient-mau-0099"], "case 7"),
        ("regulator", "tester", "feed", [PATIENT], ""),
    ]


async def test_a_person_is_not_looked_up_without_a_purpose(client: httpx2.AsyncClient) -> None:
    response = await client.get("/alerts", params={"subject": PATIENT})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "purpose"


async def test_an_alert_has_its_evidence_its_history_and_its_caution(
    client: httpx2.AsyncClient, three: Worker
) -> None:
    answer = await get(client, "/alerts/cob-0003")
    assert answer["status"] == "retracted"
    assert [change["kind"] for change in answer["changes"]] == ["raised", "retracted"]
    assert answer["evidence"][0]["facility"]["province_name"] == "Hà Nội"
    assert "not a verdict" in answer["indication"]["en"]


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/alerts/no-such-alert", {}, 404),
        ("/alerts/%00", {}, 400),
        ("/alerts", {"purpose": "a\0bc"}, 400),
        ("/alerts", {"purpose": "a\nbc"}, 422),
        ("/alerts", {"subject": "a b", "purpose": "case 7"}, 422),
        ("/alerts", {"before": "yesterday"}, 422),
        ("/alerts", {"limit": 101}, 422),
        ("/alerts", {"severity": "S9"}, 422),
        ("/alerts", {"severty": "S1"}, 422),
        ("/alerts/feed", {"after": "0"}, 422),
        ("/cases", {"before": "1.5_100"}, 422),
        ("/cases", {"status": "punished"}, 422),
        ("/cases", {"subject": PATIENT}, 422),
        ("/cases/0", {}, 422),
        ("/cases/100", {}, 404),
        ("/alerts/feed", {"wait_seconds": 9}, 422),
        ("/dead-letters/none", {}, 404),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    client: httpx2.AsyncClient, path: str, params: dict[str, Any], status: int
) -> None:
    response = await client.get(path, params=params)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/alerts", {"regulator"}),
        ("/alerts/feed", {"regulator"}),
        ("/alerts/cob-0001", {"regulator"}),
        ("/work", {"regulator"}),
        ("/cases", {"regulator"}),
        ("/cases/100", {"regulator"}),
        ("/cases/100/decisions/d-1", {"regulator"}),
        ("/rules", {"regulator"}),
        ("/statistics", {"regulator", "service"}),
        ("/dead-letters", {"regulator", "service"}),
        ("/dead-letters/none", {"regulator", "service"}),
    ],
)
async def test_only_these_roles_may_ask(
    client: httpx2.AsyncClient, path: str, roles: set[str]
) -> None:
    everybody = {"clinic", "pharmacy", "payer", "regulator", "patient-services", "service"}
    allowed = {
        role
        for role in everybody
        if (await client.get(path, headers=bearer(role))).status_code != 403
    }
    assert allowed == roles
    del client.headers["authorization"]
    assert (await client.get(path)).status_code == 401


async def test_statistics_are_told_even_when_the_registry_is_away(
    client: httpx2.AsyncClient, three: Worker, dead_letters: Worker
) -> None:
    letter = dead_letter(CODEC, "registry", record(b"noise", b"k", 1), "unknown frame")
    await dead_letters.apply(letter_record(letter, 0))
    answer = await get(client, "/statistics")
    assert answer["open_alerts"] == [
        {"rule": "cob", "severity": "S3", "alerts": 1},
        {"rule": "mpe", "severity": "S2", "alerts": 1},
    ]
    assert [row["dead_letters"] for row in answer["dead_letters"]] == [1]
    assert answer["registry"]["available"] is False
    assert answer["registry"]["message_vi"]


async def test_alerts_per_day_go_by_the_calendar_of_vietnam(
    pool: asyncpg.Pool, alerts: Worker
) -> None:
    evening_in_hanoi = at().replace(hour=16, minute=59)
    await alerts.apply(
        *records(
            [
                raised(1, occurred_at=evening_in_hanoi),
                raised(2, occurred_at=evening_in_hanoi + timedelta(minutes=1)),
                retracted(2),
            ]
        )
    )
    async with pool.acquire() as database:
        rows = await store.per_day(database, date(2026, 11, 1))
        later = await store.per_day(database, date(2026, 11, 17))
    assert [(r["day"].day, r["raised"], r["since_retracted"]) for r in rows] == [
        (16, 1, 0),
        (17, 1, 1),
    ]
    assert len(later) == 1


async def test_the_registrys_figures_are_handed_on() -> None:
    def registry(request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/token":
            return httpx2.Response(200, json={"access_token": "t", "expires_in": 300})
        return httpx2.Response(200, json={"prescriptions": 5, "records": []})

    token = RoomToken("http://issuer/token", "service:rxlog:test:-", "s")
    transport = httpx2.MockTransport(registry)
    async with Peer("registry", "http://registry", token, transport=transport) as peer:
        assert (await _registry_statistics(peer)) == {
            "available": True,
            "prescriptions": 5,
            "records": [],
        }


async def test_dead_letters_are_shown_raw_and_bounded(
    client: httpx2.AsyncClient, dead_letters: Worker
) -> None:
    big = b"\xff" * 10_000
    letters = [
        dead_letter(CODEC, "registry", record(big, None, offset), "unknown frame")
        for offset in range(3)
    ]
    await dead_letters.apply(*(letter_record(m, i) for i, m in enumerate(letters)))
    page = await get(client, "/dead-letters", limit=2)
    newest, _ = page["dead_letters"]
    assert newest["source"]["offset"] == 2
    assert (newest["value_bytes"], newest["value_is_whole"]) == (10_000, False)
    assert len(base64.b64decode(newest["value"])) == 4096
    (last,) = (await get(client, "/dead-letters", before=page["before"]))["dead_letters"]
    whole = await get(client, f"/dead-letters/{last['dead_letter_id']}")
    assert base64.b64decode(whole["value"]) == big
    assert whole["headers"] == {}
