"""Cases and decisions on a real Postgres, and decisions on a real log."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

from services.contracts.decisions import CaseDecided
from services.oversight.__main__ import DUMPS
from services.oversight.casebook.deciding import Deciding
from services.oversight.folder import AlertFolder
from services.topology import ALERTS
from tests.oversight.artificial import (
    CODEC,
    OTHER_PATIENT,
    PATIENT,
    at,
    raised,
    records,
    retracted,
    revised,
)
from tests.oversight.case_requests import (
    INQUIRY,
    KEY,
    WILD_DAY,
    ask,
    decided,
    decision,
    named,
    referral,
    released,
    told_on,
    watermarks,
    wild,
)
from tests.oversight.case_stories import AN_AUTHORITY
from tests.oversight.conftest import Worker, bearer, get, worker

pytestmark = pytest.mark.network


# What is folded


async def test_alerts_of_one_subject_are_one_case(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised(1), raised(2, rule="mpe", severity="S2", figures={})]))
    (case,) = (await get(client, "/cases"))["cases"]
    assert (case["number"], case["severity"], case["alerts"]) == (100, "S2", 2)
    shown = await get(client, "/cases/100")
    assert [alert["alert_id"] for alert in shown["alerts"]] == ["cob-0001", "mpe-0002"]
    assert shown["alerts"][0]["evidence"][0]["facility"]["province_name"] == "Hà Nội"
    (listed,) = (await get(client, "/alerts", rule="mpe"))["alerts"]
    assert listed["case"] == 100


async def test_a_decision_on_the_log_counts_and_a_second_one_is_overtaken(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    late = decision(decision_id="late", step="CLOSED", reason="settled")
    await alerts.apply(decided(decision(), 1), decided(late, 2))
    shown = await get(client, "/cases/100")
    assert (shown["status"], shown["version"]) == ("under_review", 2)
    assert [one["ruling"] for one in shown["decisions"]] == ["accepted", "overtaken"]


async def test_the_same_decision_twice_on_the_log_is_one(
    pool: asyncpg.Pool, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    await alerts.apply(decided(decision(), 1), decided(decision(), 2))
    await alerts.apply(decided(decision(), 3))
    assert await pool.fetchval("SELECT count(*) FROM decision") == 1


async def test_a_retraction_after_a_referral_is_a_duty_that_leads_the_days_work(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    await alerts.apply(decided(decision(), 1), decided(referral(), 2))
    await alerts.apply(*records([retracted()], first=3))
    work = await get(client, "/work")
    assert [case["number"] for case in work["must_tell"]] == [100]
    shown = await get(client, "/cases/100")
    assert (shown["status"], shown["duties"][0]["ref"]) == ("referred", AN_AUTHORITY)
    assert shown["alerts"][0]["withdrawn_after_acting"]


async def test_decisions_survive_a_rebuild_however_the_log_is_cut(
    pool: asyncpg.Pool, alerts: Worker
) -> None:
    story = [
        *records([raised(1), raised(2, severity="S4"), raised(3, rule="mpe", figures={})]),
        decided(decision(version=2), 3),
        decided(referral(version=3), 4),
        decided(decision(version=1, decision_id="late"), 5),
        *records([revised(1, severity="S2"), retracted(3)], first=6),
        *watermarks(at(), 8, range(1)),
        *records([raised(4, subject=OTHER_PATIENT)], partition=1),
    ]
    for one in story:
        await alerts.apply(one)
    expected = await dump(pool)
    assert all(expected[name] for name in ("case_file", "case_alert", "decision", "rule_day"))
    await pool.execute(f"TRUNCATE fold_position, {', '.join(expected)}")
    again = await worker(pool, AlertFolder(CODEC), range(3))
    await again.apply(*story)
    assert await dump(pool) == expected


async def dump(pool: asyncpg.Pool) -> dict[str, list[Any]]:
    return {one.name: [tuple(row) for row in await pool.fetch(one.query)] for one in DUMPS}


# What is asked


async def test_cases_come_by_weight_page_by_page(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    heavy = [
        raised(n, subject=f"patient-mau-{n}", severity="S2" if n % 3 else "S1", figures={})
        for n in range(1, 8)
    ]
    await alerts.apply(*records(heavy))
    seen, before = [], None
    while True:
        page = await get(client, "/cases", limit=3, **({"before": before} if before else {}))
        seen += page["cases"]
        before = page["before"]
        if before is None:
            break
    assert [case["severity"] for case in seen] == ["S1"] * 2 + ["S2"] * 5
    assert len({case["number"] for case in seen}) == 7


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [100, 200, 300, 400]),
        ({"status": "provisional"}, [200, 300]),
        ({"status": "open"}, []),
        ({"status": ["under_review", "retracted"]}, [100, 400]),
        ({"rule": "mpe"}, [300]),
        ({"subject": OTHER_PATIENT, "purpose": "case 7"}, [200]),
        ({"owing": True}, []),
    ],
)
async def test_cases_are_filtered(
    client: httpx2.AsyncClient, alerts: Worker, filters: dict[str, Any], expected: list[int]
) -> None:
    await alerts.apply(
        *records(
            [
                raised(1),
                raised(2, subject=OTHER_PATIENT),
                raised(3, subject="patient-mau-3", rule="mpe", figures={}),
                raised(4, subject="patient-mau-4"),
                retracted(4, subject="patient-mau-4"),
            ]
        )
    )
    await alerts.apply(decided(decision(), 5))
    found = (await get(client, "/cases", **filters))["cases"]
    assert sorted(case["number"] for case in found) == expected


async def test_a_case_is_open_when_every_partition_was_told_that_facts_are_complete(
    client: httpx2.AsyncClient, pool: asyncpg.Pool
) -> None:
    every = range(ALERTS.partitions)
    alerts = await worker(pool, AlertFolder(CODEC), every)
    await alerts.apply(*records([raised()]))
    complete = raised().episode_end + timedelta(days=7)
    await alerts.apply(*watermarks(complete, 1, range(1)), *watermarks(complete, 0, every[1:-1]))
    assert (await get(client, "/cases/100"))["status"] == "provisional"
    await alerts.apply(*watermarks(complete - timedelta(seconds=1), 0, every[-1:]))
    assert (await get(client, "/cases/100"))["status"] == "provisional"
    await alerts.apply(*watermarks(complete, 1, every[-1:]))
    await alerts.apply(*watermarks(at(), 2, every[-1:]))
    shown = await get(client, "/cases/100")
    assert (shown["status"], shown["alerts"][0]["is_final"]) == ("open", True)
    assert [c["number"] for c in (await get(client, "/cases", status="open"))["cases"]] == [100]
    assert (await get(client, "/statistics"))["idle_partitions"] == [9]


async def test_reads_of_cases_are_on_record(
    client: httpx2.AsyncClient, pool: asyncpg.Pool, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    await get(client, "/cases")
    await get(client, "/work")
    await get(client, "/cases/100", purpose="complaint 7")
    rows = await pool.fetch("SELECT what, subjects, purpose FROM lookup ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("cases", [PATIENT], ""),
        ("work", [PATIENT], ""),
        ("case", [PATIENT], "complaint 7"),
    ]


# What is decided


async def test_a_decision_is_on_the_log_before_it_is_answered(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    deciding = asyncio.create_task(ask(client, version=1))
    await asyncio.wait([deciding], timeout=0.3)
    assert not deciding.done(), "the log has not ruled on it"
    await alerts.apply(decided(decision(decision_id=named()), 1))
    response = await deciding
    assert response.status_code == 201, response.text
    assert response.json()["case"]["status"] == "under_review"
    again = await ask(client, version=1)
    assert (again.status_code, again.json()["decision"]) == (201, response.json()["decision"])


async def test_who_was_overtaken_is_told_to_look_again(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised(), revised()]))
    deciding = asyncio.create_task(ask(client, version=1))
    await asyncio.wait([deciding], timeout=0.3)
    await alerts.apply(decided(decision(decision_id=named(), version=1), 2))
    response = await deciding
    assert response.status_code == 409
    assert response.json()["type"] == "urn:rxlog:problem:decision-overtaken"
    assert response.json()["may"]


async def test_a_decision_the_log_is_slow_about_is_late_and_can_be_asked_for(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    response = await ask(client, version=1)
    assert response.status_code == 202
    await alerts.apply(decided(decision(decision_id=named()), 1))
    later = await client.get(response.headers["Location"])
    assert (later.status_code, later.json()["decision"]["ruling"]) == (201, "accepted")


async def test_a_key_names_one_decision(client: httpx2.AsyncClient, alerts: Worker) -> None:
    await alerts.apply(*records([raised()]))
    await alerts.apply(decided(decision(decision_id=named()), 1))
    response = await ask(client, version=1, reason="new-information")
    assert response.json()["type"] == "urn:rxlog:problem:idempotency-key-reused"


async def test_two_decisions_at_once_under_one_key_are_not_taken_for_each_other(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    asked = [
        asyncio.create_task(ask(client, version=1)),
        asyncio.create_task(ask(client, version=1, step="CLOSED", reason="settled")),
    ]
    await asyncio.wait(asked, timeout=0.3)
    await alerts.apply(decided(decision(decision_id=named()), 1))
    first, second = await asyncio.gather(*asked)
    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["type"] == "urn:rxlog:problem:idempotency-key-reused"


async def test_nobody_outside_hears_of_what_is_provisional_unless_it_cannot_wait(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised()]))
    suspicion = {
        "step": "NOTED",
        "reason": "inquiry",
        "informed": [{"party": "PHARMACY", "ref": "01P01", "message": "SUSPICION"}],
    }
    response = await ask(client, version=1, **suspicion)
    assert response.json()["type"] == "urn:rxlog:problem:case-provisional"
    cannot_wait = await ask(client, version=1, although_provisional=True, **suspicion)
    assert cannot_wait.status_code == 202, "it is on the log"


async def test_one_final_alert_does_not_let_outsiders_hear_of_those_that_are_not(
    client: httpx2.AsyncClient, pool: asyncpg.Pool
) -> None:
    every = range(ALERTS.partitions)
    alerts = await worker(pool, AlertFolder(CODEC), every)
    await alerts.apply(*records([raised(1), raised(2, episode_end=at())]))
    complete = raised(1).episode_end + timedelta(days=7)
    await alerts.apply(*watermarks(complete, 2, every[:1]), *watermarks(complete, 0, every[1:]))
    assert (await get(client, "/cases/100"))["status"] == "open"
    response = await ask(client, version=2, **INQUIRY)
    assert (response.status_code, response.json()["alerts"]) == (409, ["cob-0002"])
    assert response.json()["type"] == "urn:rxlog:problem:case-provisional"
    assert (
        await ask(client, 2, f"{KEY}-2", although_provisional=True, **INQUIRY)
    ).status_code == 202
    await alerts.apply(*records([revised(2, severity="S4", episode_end=at())], first=3))
    assert (await ask(client, 3, f"{KEY}-3", **INQUIRY)).status_code == 202, (
        "a statistic is not told"
    )


async def test_nobody_outside_is_told_of_a_rule_that_is_held_back(
    client: httpx2.AsyncClient, alerts: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alerts.apply(
        *records([raised(1, rule="mpe", figures={}), raised(3)]), *told_on(WILD_DAY, [raised(2)], 2)
    )
    await alerts.apply(*wild(10, offset=3))

    async def folded(_self: Deciding, event: CaseDecided) -> None:
        await alerts.apply(decided(event, 33))

    monkeypatch.setattr(Deciding, "append", folded)
    response = await ask(client, version=3, although_provisional=True, **INQUIRY)
    assert response.status_code == 201, response.text
    (told_of,) = response.json()["case"]["told"]
    assert told_of["alerts"] == ["cob-0003", "mpe-0001"]
    assert response.json()["decision"]["not_told"] == ["cob-0002"]
    await alerts.apply(released(34))
    await get(client, "/rules")
    again = await ask(client, version=3, although_provisional=True, **INQUIRY)
    assert again.status_code == 201, "the same request, also once the rule is heard again"


@pytest.mark.parametrize("role", ["clinic", "pharmacy", "payer", "service"])
async def test_only_regulators_decide(client: httpx2.AsyncClient, role: str) -> None:
    headers = {**bearer(role), "Idempotency-Key": KEY}
    for path in ("/cases/100/decisions", "/rules/cob/release"):
        assert (await client.post(path, json={}, headers=headers)).status_code == 403
