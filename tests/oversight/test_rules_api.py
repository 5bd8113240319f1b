"""Rules on a real Postgres: how often they are right, and what is held back."""

from __future__ import annotations

import asyncpg
import httpx2
import pytest

from tests.oversight.artificial import (
    EXEMPT_FIGURES,
    OTHER_PATIENT,
    at,
    raised,
    records,
    retracted,
    revised,
)
from tests.oversight.case_requests import (
    DAY_MINUTES,
    KEY,
    WILD_DAY,
    decided,
    decision,
    released,
    told_on,
    wild,
)
from tests.oversight.case_stories import told
from tests.oversight.conftest import Worker, get

pytestmark = pytest.mark.network


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


async def test_what_an_exemption_hides_is_on_record(
    client: httpx2.AsyncClient, alerts: Worker
) -> None:
    """It makes no case of its own and asks nobody to look; whoever asks can count and read it."""
    exempt = raised(2, severity="S4", figures=EXEMPT_FIGURES)
    gone = raised(3, severity="S4", figures=EXEMPT_FIGURES)
    ended = retracted(3, severity="S4", figures=EXEMPT_FIGURES)
    await alerts.apply(*records([raised(1), exempt, gone, ended]))
    (rule,) = (await get(client, "/rules"))["rules"]
    assert (rule["raised"], rule["retracted"], rule["suppressed"]) == (1, 0, 1)
    assert rule["suppressed_by"] == {"cancer": 1}
    assert [a["alert_id"] for a in (await get(client, "/alerts"))["alerts"]] == ["cob-0001"]
    on_record = await get(client, "/alerts/cob-0002")
    assert [exemption["name"] for exemption in on_record["suppressed_by"]] == ["cancer"]
    assert [exemption["name"] for exemption in on_record["exemptions"]] == ["palliative"]
    assert "nobody may be asked" in on_record["next_step"]["en"]
    case = await get(client, "/cases/100")
    assert [alert["alert_id"] for alert in case["alerts"]] == ["cob-0001"]
    assert [alert["alert_id"] for alert in case["suppressed"]] == ["cob-0002"]
    told = await get(client, "/statistics")
    assert [row["alerts"] for row in told["open_alerts"]] == [1]
    assert told["suppressed_alerts"] == [{"rule": "cob", "suppressed_by": "cancer", "alerts": 1}]


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
