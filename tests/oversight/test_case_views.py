"""What callers see of cases, and how what they send becomes a record."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.contracts.case_texts import CASE_STATUSES
from services.contracts.rule_texts import EXEMPTIONS
from services.kernel.http.tokens import Caller
from services.oversight.casebook.deciding import decision_of
from services.oversight.casebook.queries import (
    RANK_PATTERN,
    CaseQuery,
    DecisionRequest,
    rank_place,
    written_place,
)
from services.oversight.casebook.refusals import RULINGS, refused
from services.oversight.casebook.store import _in_status
from services.oversight.casebook.views import case_detail, case_summary, may, rule_view, standing
from services.oversight.casebook.watching import Watch
from services.oversight.cases.breaker import Trip
from services.oversight.cases.deciding import FROM_HERE
from services.oversight.cases.folding import Decision
from services.oversight.cases.precision import precision
from services.oversight.projection import project
from services.oversight.views import Places
from services.surveillance.exemptions import EXEMPTIONS as CONSIDERED
from services.vietnam.directory import FacilityDirectory
from tests.oversight.artificial import at, changed, evidence, raised
from tests.oversight.case_stories import Story, decision, referred, told

PLACES = Places.of(FacilityDirectory({}), [])
NOBODY_KNOWS = Watch(watermark=None, trips=())
HELD = Watch(watermark=None, trips=(Trip(rule="cob", day=date(2026, 11, 16), fired=90, mean=2.0),))
OFFICER = Caller("01SYT", "regulator", "officer-mau-1", "-", "regulator:01SYT:officer-mau-1:-", "")


def detail(story: Story, watch: Watch = NOBODY_KNOWS, decisions: Any = ()) -> dict[str, Any]:
    alerts = list(project([changed(raised(1, evidence=(evidence(1),)))]).values())
    return case_detail(story.case, alerts, decisions, (), watch=watch, places=PLACES, at=at(60))


def test_a_case_tells_all_that_is_needed_to_decide() -> None:
    shown = detail(Story().found())
    assert (shown["status"], shown["severity"], shown["version"]) == ("provisional", "S3", 1)
    assert "tell nobody yet" in shown["next_step"]["en"]
    (alert,) = shown["alerts"]
    assert alert["title"]["vi"]
    assert alert["rule_version"] == "1/2020-01-01"
    assert [one["name"] for one in alert["exemptions"]] == ["cancer", "palliative"]
    assert alert["evidence"][0]["facility"] == {"facility_id": "01901"}
    assert (alert["case"], alert["is_final"]) == (100, False)
    assert shown["score"]["value"] == pytest.approx(0.9995, abs=0.001)
    assert "no probability" in shown["score"]["means"]["en"]


def test_the_parts_of_a_score_add_up_to_it() -> None:
    story = Story().found(1, severity="S2").found(2, rule="trinity").found(3, rule="mpe")
    shown = case_detail(story.case, [], (), (), watch=NOBODY_KNOWS, places=PLACES, at=at(60))
    score = shown["score"]
    assert sum(family["counted"] for family in score["families"]) == pytest.approx(
        score["value"], abs=0.01
    )


def test_what_may_be_decided_is_said_with_its_reasons() -> None:
    steps = {step["step"]: step["reasons"] for step in may(Story().found().case)}
    assert set(steps) == FROM_HERE[None]
    assert all(reasons for reasons in steps.values())


def test_who_must_be_told_is_said() -> None:
    shown = detail(referred().withdrawn())
    assert "MUST BE TOLD" in shown["duty"]["en"]
    assert shown["duties"][0]["ref"] == "01TTR"
    assert shown["evidence_withdrawn"]
    assert detail(referred())["duty"] is None


def test_a_decision_that_did_not_count_says_why() -> None:
    event = decision(Story().found().case, "CLOSED", "settled")
    overtaken = Decision(partition=0, offset=3, recorded_at=at(3), ruling="overtaken", event=event)
    (shown,) = detail(Story().found(), decisions=[overtaken])["decisions"]
    assert "changed while" in shown["ruling_title"]["en"]
    assert shown["decided_by"] == "officer-mau-1"


def test_an_alert_of_a_rule_that_is_held_back_counts_nothing_and_says_so() -> None:
    alert = project([changed(raised())])["cob-0001"]
    assert standing(alert, HELD, None)["held_back"]
    assert case_summary(Story().found().case, HELD, at(60))["score"] == 0
    before = Watch(
        watermark=None, trips=(Trip(rule="cob", day=date(2026, 11, 17), fired=90, mean=2.0),)
    )
    assert not standing(alert, before, None)["held_back"]


def test_a_released_rule_is_heard() -> None:
    released = Trip(
        rule="cob", day=date(2026, 11, 16), fired=90, mean=2.0, released_on=date(2026, 11, 18)
    )
    watch = Watch(watermark=None, trips=(released,))
    assert watch.held_back == ()
    shown = rule_view(
        "cob", precision("cob", {}), raised=99, retracted=3, suppressed={}, trips=watch.trips
    )
    assert (shown["held_back_since"], shown["precision"]) == (None, None)


def test_a_final_alert_is_final() -> None:
    alert = project([changed(raised())])["cob-0001"]
    complete = Watch(watermark=alert.episode_end + timedelta(days=7), trips=())
    assert standing(alert, complete, 100)["is_final"]


def test_every_status_says_what_to_do_next_and_has_its_condition() -> None:
    conditions = {_in_status(status, "$1") for status in CASE_STATUSES}  # type: ignore[arg-type]
    assert len(conditions) == len(CASE_STATUSES)


@pytest.mark.parametrize("ruling", sorted(set(RULINGS) - {"accepted"}))
def test_every_refusal_says_what_to_do_next(ruling: Any) -> None:
    document = refused(ruling).document()
    assert document["what_next"]
    assert document["what_next_vi"]


def test_every_exemption_that_rules_consider_is_in_words() -> None:
    assert set(EXEMPTIONS) >= set(CONSIDERED)


# What is sent


@given(st.floats(allow_nan=False, allow_infinity=False, width=64), st.integers(1, 10**15))
def test_a_place_in_the_queue_survives_being_written(rank: float, number: int) -> None:
    for value in (rank, float("-inf")):
        text = written_place(value, number)
        assert re.fullmatch(RANK_PATTERN, text)
        assert rank_place(text) == (value, number)


def test_the_same_request_with_the_same_key_is_the_same_decision() -> None:
    case = Story().found().case
    request = DecisionRequest(version=1, step="CLOSED", reason="settled")
    one = decision_of(case, request, OFFICER, "key-00001", at(1))
    again = decision_of(case, request, OFFICER, "key-00001", at(1))
    other = decision_of(case, request, OFFICER, "key-00002", at(1))
    assert one == again
    assert one.decision_id != other.decision_id
    assert (one.subject, one.decided_by, one.facility_id) == (
        case.subject, "officer-mau-1", "01SYT",
    )  # fmt: skip


@pytest.mark.parametrize(
    "given_",
    [
        {"reference": "bà Mẫu ở số 3"},
        {"reference": "BàMẫu"},
        {"informed": [{"party": "PHARMACY", "ref": "Nhà thuốc Mẫu", "message": "SUSPICION"}]},
        {"version": 0},
        {"step": "PUNISHED"},
        {"note": "free text"},
    ],
)
def test_nothing_that_could_name_somebody_reaches_the_log(given_: dict[str, Any]) -> None:
    wanted = {"version": 1, "step": "CLOSED", "reason": "settled", **given_}
    with pytest.raises(ValidationError):
        DecisionRequest.model_validate(wanted)


def test_who_was_told_is_carried() -> None:
    request = DecisionRequest.model_validate(
        {
            "version": 1,
            "step": "NOTED",
            "reason": "inquiry",
            "informed": [{"party": "PHARMACY", "ref": "01P01", "message": "SUSPICION"}],
        }
    )
    found = decision_of(Story().found().case, request, OFFICER, "key-00001", at(1))
    assert found.informed == (told(),)


def test_an_unknown_filter_is_refused() -> None:
    with pytest.raises(ValidationError):
        CaseQuery.model_validate({"stauts": "open"})
