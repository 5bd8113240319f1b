"""Cases, decisions and rules on a real Postgres, and decisions on a real log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import msgspec
import pytest

from services.contracts.alerts import WatermarkAdvanced
from services.contracts.decisions import CaseDecided, RuleReleased, release_key
from services.issuer.credentials import claims
from services.kernel.http.idempotency import event_id
from services.kernel.log.log_record import LogRecord
from services.oversight.__main__ import DUMPS
from services.oversight.casebook.deciding import Deciding
from services.oversight.cases.breaker import BASELINE_DAYS
from services.oversight.folder import AlertFolder
from services.oversight.projection import Change
from services.topology import ALERTS
from tests.oversight.artificial import (
    CODEC,
    OTHER_PATIENT,
    PATIENT,
    at,
    raised,
    record,
    records,
    retracted,
    revised,
)
from tests.oversight.case_stories import AN_AUTHORITY, told
from tests.oversight.conftest import Worker, bearer, get, worker

pytestmark = pytest.mark.network

KEY = "key-of-the-test"
DAY_MINUTES = 24 * 60
OFFICER = claims("regulator:01234:tester:-", issuer="http://issuer.test", now=0, token_id="1")


def decision(number: int = 100, version: int = 1, **given: Any) -> CaseDecided:
    content: dict[str, Any] = {
        "decision_id": f"decision-{number}-{version}",
        "subject": PATIENT,
        "case_number": number,
        "case_version": version,
        "step": "UNDER_REVIEW",
        "reason": "records-requested",
        "decided_by": "tester",
        "facility_id": "01234",
        "decided_at": at(),
        **given,
    }
    return CaseDecided(**content)


def decided(event: CaseDecided, offset: int, partition: int = 0) -> LogRecord:
    return record(CODEC.encode(event), event.subject.encode(), offset, partition)


def watermarks(moment: Any, offset: int, partitions: range) -> list[LogRecord]:
    """Facts are complete up to a moment: told to these partitions of the alerts."""
    value = CODEC.encode(WatermarkAdvanced(at=moment, idle=(9,)))
    return [record(value, None, offset, partition) for partition in partitions]


def referral(version: int = 2) -> CaseDecided:
    return decision(
        version=version,
        step="REFERRED",
        reason="to-inspectorate",
        informed=(told("AUTHORITY", AN_AUTHORITY),),
    )


async def ask(
    client: httpx2.AsyncClient, version: int, key: str = KEY, **given: Any
) -> httpx2.Response:
    """Decide on case 100."""
    body = {
        "version": version,
        "step": "UNDER_REVIEW",
        "reason": "records-requested",
        **given,
    }
    return await client.post("/cases/100/decisions", json=body, headers={"Idempotency-Key": key})


def named(key: str = KEY) -> str:
    """The id of the decision a request with this key makes."""
    return event_id(str(OFFICER["client_id"]), "decide", key, "100")


WILD_DAY = BASELINE_DAYS


def told_on(
    day: int, changes: Iterable[Change], offset: int, partition: int = 0
) -> list[LogRecord]:
    """The changes as records of one day of the log."""
    moment = round(at(day * DAY_MINUTES).timestamp() * 1000)
    return [
        msgspec.structs.replace(one, timestamp_ms=moment)
        for one in records(changes, partition, offset)
    ]


def wild(first: int, offset: int, day: int = WILD_DAY, **given: Any) -> list[LogRecord]:
    """So many alerts of a rule told on one day that it is held back."""
    burst = [raised(n, subject=f"patient-mau-{n}", **given) for n in range(first, first + 30)]
    return told_on(day, burst, offset)


def released(offset: int) -> LogRecord:
    """A person lets that rule be heard again, on the same day."""
    event = RuleReleased(
        release_id="r-1", rule="cob", reason="rule-is-right", released_by="tester",
        facility_id="01234", released_at=at(WILD_DAY * DAY_MINUTES),
    )  # fmt: skip
    key = release_key("cob").encode()
    moment = round(at(WILD_DAY * DAY_MINUTES).timestamp() * 1000)
    return LogRecord(ALERTS.name, 0, offset, moment, key, CODEC.encode(event), ())


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


INQUIRY = {
    "step": "NOTED",
    "reason": "inquiry",
    "informed": [{"party": "PHARMACY", "ref": "01P01", "message": "SUSPICION"}],
}


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


# Rules


async def test_feedback_is_the_rules_precision(client: httpx2.AsyncClient, alerts: Worker) -> None:
    await alerts.apply(
        *records([raised(1), raised(2, rule="mpe", figures={}, subject=OTHER_PATIENT)])
    )
    false = decision(step="FALSE_POSITIVE", reason="wrong-entry")
    settled = decision(200, subject=OTHER_PATIENT, step="CLOSED", reason="settled")
    await alerts.apply(decided(false, 2), decided(settled, 3))
    rules = {rule["rule"]: rule for rule in (await get(client, "/rules"))["rules"]}
    assert (rules["cob"]["precision"], rules["mpe"]["precision"]) == (0, 1)
    assert (rules["cob"]["raised"], rules["cob"]["judged"]) == (1, 1)
    assert not rules["cob"]["enough_judged"]


async def test_a_rule_that_runs_wild_is_held_back_until_it_is_released(
    client: httpx2.AsyncClient, pool: asyncpg.Pool, alerts: Worker
) -> None:
    await alerts.apply(*records([raised(1)]), *wild(2, offset=1))
    (rule,) = (await get(client, "/rules"))["rules"]
    assert rule["trips"][0]["fired"] == 30
    assert [a["alert_id"] for a in (await get(client, "/alerts"))["alerts"]] == ["cob-0001"]
    assert len((await get(client, "/alerts", held_back=True))["alerts"]) == 31
    assert [c["number"] for c in (await get(client, "/cases"))["cases"]] == [100]
    assert len((await get(client, "/alerts/feed"))["changes"]) == 1
    await alerts.apply(released(31))
    assert (await get(client, "/rules"))["rules"][0]["held_back_since"] is None
    assert len((await get(client, "/cases"))["cases"]) == 31


async def test_a_late_rerun_about_one_old_day_hides_only_what_it_told(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    old, between = at(WILD_DAY * DAY_MINUTES), at(40 * DAY_MINUTES)
    await alerts.apply(
        *records([raised(1)]),
        *told_on(40, [raised(2, subject=OTHER_PATIENT, occurred_at=between)], offset=1),
        *wild(10, offset=2, day=60, occurred_at=old),
    )
    (rule,) = (await get(client, "/rules"))["rules"]
    assert rule["held_back_since"] == at(60 * DAY_MINUTES).date().isoformat()
    shown = (await get(client, "/alerts"))["alerts"]
    assert [alert["alert_id"] for alert in shown] == ["cob-0002", "cob-0001"]
    assert sorted(c["number"] for c in (await get(client, "/cases"))["cases"]) == [100, 200]
    assert len((await get(client, "/alerts/feed"))["changes"]) == 2
    hidden = await get(client, "/alerts/cob-0010")
    assert (hidden["held_back"], (await get(client, "/alerts/cob-0002"))["held_back"]) == (
        True,
        False,
    )


async def test_a_rule_that_is_held_back_silences_nothing_of_other_rules(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    """Neither a duty to tell nor what was taken back nor what became a statistic."""
    mpe = {"rule": "mpe", "figures": {}}
    inquiry = decision(step="NOTED", reason="inquiry", informed=(told(),))
    await alerts.apply(*records([raised(1, **mpe)]), decided(inquiry, 1))
    await alerts.apply(
        *records(
            [
                retracted(1, **mpe),
                raised(2, subject="patient-mau-2", **mpe),
                retracted(2, subject="patient-mau-2", **mpe),
                raised(3, subject="patient-mau-3", **mpe),
                revised(3, subject="patient-mau-3", severity="S4", **mpe),
                raised(4, subject="patient-mau-4"),
            ],
            first=2,
        )
    )
    before = (await get(client, "/cases"))["cases"]
    await alerts.apply(*wild(10, offset=8))
    await get(client, "/rules")
    assert [c["number"] for c in (await get(client, "/work"))["must_tell"]] == [100]
    assert [c["number"] for c in (await get(client, "/cases", owing=True))["cases"]] == [100]
    assert (await get(client, "/cases"))["cases"] == before
    assert [c["number"] for c in before] == [800, 600, 400, 100]


async def test_cases_that_are_held_back_are_not_said_to_wait(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    await alerts.apply(*records([raised(1)]), *wild(10, offset=1))
    await get(client, "/rules")
    work = await get(client, "/work")
    assert [case["number"] for case in work["new"]] == [100]
    assert work["budget"] == {"a_day": 50, "taken": 0, "waiting": 1, "left_out": 0}


async def test_a_rule_that_is_heard_cannot_be_released(client: httpx2.AsyncClient) -> None:
    headers = {"Idempotency-Key": KEY}
    body = {"reason": "rule-is-right"}
    response = await client.post("/rules/cob/release", json=body, headers=headers)
    assert response.json()["type"] == "urn:rxlog:problem:rule-not-held-back"
    wrong = await client.post("/rules/cob/release", json={"reason": "x"}, headers=headers)
    assert wrong.status_code == 422


async def test_the_days_work_ends_with_the_budget(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    many = [raised(n, subject=f"patient-mau-{n}") for n in range(1, 56)]
    await alerts.apply(*records(many))
    work = await get(client, "/work")
    assert len(work["new"]) == 50
    assert work["budget"] == {"a_day": 50, "taken": 0, "waiting": 55, "left_out": 5}
