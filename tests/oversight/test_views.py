"""What a regulator reads of an alert."""

from __future__ import annotations

from datetime import date

from services.contracts.directories import FacilityListed, FacilityPeriod
from services.contracts.rule_texts import RULE_TEXTS
from services.oversight.projection import project
from services.oversight.views import (
    Places,
    alert_detail,
    alert_summary,
    dead_letter_view,
    feed_entry,
    measures,
)
from services.vietnam.directory import FacilityDirectory, Province
from tests.oversight.artificial import (
    COB_FIGURES,
    at,
    changed,
    evidence,
    raised,
    retracted,
    revised,
)

HOSPITAL = FacilityListed(
    facility_id="01901",
    periods=(
        FacilityPeriod(
            valid_from=date(2018, 1, 1),
            licence_number="GPMAU-01901",
            name="Bệnh viện mẫu",
            kind="hospital",
            has_beds=True,
            province="01",
        ),
    ),
    entry_version="test",
    load_id="test",
)
PLACES = Places.of(
    FacilityDirectory({"01901": HOSPITAL}), [Province("01", "Hà Nội", 21.03, 105.85)]
)

STORY = [
    changed(raised(evidence=(evidence(1),)), 0),
    changed(revised(evidence=(evidence(1), evidence(2, "XXXXX"))), 1),
    changed(retracted(revision=3, evidence=(evidence(2, "XXXXX"),)), 2),
]


def test_the_detail_says_what_an_alert_does_not_mean() -> None:
    detail = alert_detail(project(STORY)["cob-0001"], STORY, PLACES)
    text = RULE_TEXTS["cob"]
    assert detail["title"] == {"vi": text.title.vi, "en": text.title.en}
    assert detail["does_not_mean"]["en"].startswith("It does not mean")
    assert detail["does_not_mean"]["vi"].startswith("Không có nghĩa")
    assert "not a verdict" in detail["indication"]["en"]
    assert detail["next_step"]["vi"]
    assert detail["severity_means"]["en"] == "Review within the week."


def test_figures_stand_beside_their_limits() -> None:
    (measure,) = alert_summary(project(STORY)["cob-0001"])["measures"]
    assert (measure["value"], measure["comparison"], measure["limit"]) == ("9", "at-least", "7")
    assert measure["label"]["en"] == "days with both in supply"


def test_the_limit_of_the_medicine_at_hand_is_shown() -> None:
    values = {
        "days_left": "20",
        "used_percent": "33",
        "controlled": "yes",
        "limit_days_left_allowed": "3",
        "limit_used_percent_min_controlled": "85",
        "limit_used_percent_min_other": "75",
    }
    assert [(m["name"], m["limit"]) for m in measures("early-refill", values)] == [
        ("days_left", "3"),
        ("used_percent", "85"),
    ]
    assert measures("a-rule-of-tomorrow", values) == []


def test_what_has_no_limit_of_its_own_stands_beside() -> None:
    values = {"distance_km": "224", "minutes_between": "0", "limit_distance_km_allowed": "50"}
    assert [(m["value"], m["limit"]) for m in measures("impossible-travel", values)] == [
        ("224", "50"),
        ("0", None),
    ]


def test_evidence_has_times_and_places() -> None:
    first, second = alert_detail(project(STORY[:2])["cob-0001"], STORY[:2], PLACES)["evidence"]
    assert first["occurred_at"] == at(-1)
    assert first["facility"]["name"] == "Bệnh viện mẫu"
    assert first["facility"]["province_name"] == "Hà Nội"
    assert second["facility"] == {"facility_id": "XXXXX"}, "a place nobody knows has its code only"


def test_the_history_says_what_each_change_added_and_took_away() -> None:
    changes = alert_detail(project(STORY)["cob-0001"], STORY, PLACES)["changes"]
    told = [(c["kind"], c["evidence_added"], c["evidence_removed"]) for c in changes]
    assert told == [
        ("raised", ["fact-1"], []),
        ("revised", ["fact-2"], []),
        ("retracted", [], ["fact-1"]),
    ]
    assert [c["cause_fact_id"] for c in changes] == [None, None, "fact-1"]


def test_a_long_history_is_cut_and_says_so() -> None:
    detail = alert_detail(project(STORY)["cob-0001"], STORY[1:], PLACES)
    assert detail["changes_omitted"] == 1
    assert detail["changes"][0]["evidence_added"] is None, "nothing to compare it with"
    assert detail["changes"][1]["evidence_removed"] == ["fact-1"]


def test_an_alert_of_a_rule_without_texts_is_still_told() -> None:
    change = changed(raised(rule="a-rule-of-tomorrow", figures={"new_figure": "1"}))
    detail = alert_detail(project([change])["a-rule-of-tomorrow-0001"], [change], PLACES)
    assert detail["title"] == {"vi": "a-rule-of-tomorrow", "en": "a-rule-of-tomorrow"}
    assert detail["figures"][0]["label"]["en"] == "new_figure"
    assert detail["does_not_mean"] is None


def test_the_feed_names_the_change_but_not_its_evidence() -> None:
    entry = feed_entry(STORY[1])
    assert (entry["kind"], entry["revision"], entry["evidence_facts"]) == ("revised", 2, 2)
    assert "evidence" not in entry
    assert entry["measures"][0]["value"] == COB_FIGURES["overlap_days"]


def test_a_dead_letter_shows_raw_bytes_and_says_when_they_are_cut() -> None:
    row = {
        "dead_letter_id": "registry:rx:0:1",
        "folder": "registry",
        "source_topic": "rx",
        "source_partition": 0,
        "source_offset": 1,
        "recorded_at": at(),
        "key": None,
        "value": b"\xff\x00",
        "value_bytes": 900,
        "error": "the record is empty",
    }
    view = dead_letter_view(row, {})
    assert (view["key"], view["value"]) == (None, "/wA=")
    assert (view["value_bytes"], view["value_is_whole"]) == (900, False)
    assert dead_letter_view({**row, "value": None, "value_bytes": None}, {})["value_is_whole"]
