"""Score, finality, precision, budget and the breaker: the numbers beside cases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.rule_texts import RULE_TEXTS
from services.oversight.cases.breaker import BASELINE_DAYS, FEWEST, Trip, trips
from services.oversight.cases.budget import Budget
from services.oversight.cases.case import Case
from services.oversight.cases.families import FAMILIES, family_of
from services.oversight.cases.finality import is_final, status
from services.oversight.cases.precision import precision, precision_at, wilson
from services.oversight.cases.score import rank, score
from tests.oversight.artificial import at
from tests.oversight.case_stories import Story, referred, under_review

DAY = 24 * 60
END = at(-1)  # of the artificial alerts' episodes


# Score


def test_a_score_shows_every_part_it_is_made_of() -> None:
    case = Story().found(1, severity="S2").found(2, rule="mpe", severity="S3").case
    found = score(case, END + timedelta(days=60))
    assert [(part.alert_id, part.points, part.recency) for part in found.parts] == [
        ("cob-0001", 4, 0.5),
        ("mpe-0002", 1, 0.5),
    ]
    assert [(family.family, family.counted) for family in found.families] == [
        ("danger", 2),
        ("shopping", 0.5),
    ]
    assert found.value == 2.5


def test_many_rules_about_one_thing_count_double_at_most() -> None:
    story = Story()
    for number, rule in enumerate(("cob", "trinity", "opioid-overlap", "mme-daily"), 1):
        story.found(number, rule=rule, severity="S2")
    assert score(story.case, END).families[0].value == 16
    assert score(story.case, END).value == 8


def test_what_is_retracted_or_held_back_or_of_statistics_counts_nothing() -> None:
    case = Story().found(1).found(2).withdrawn(2).found(3).grew(3, severity="S4").case
    assert score(case, END).value == 1
    assert score(case, END, held_back={"cob-0001"}).value == 0


def test_a_case_of_which_nothing_counts_has_no_rank() -> None:
    assert rank(Story().found().withdrawn().case) is None
    assert rank(Story().found().grew(severity="S4").case) is None


cases = st.lists(
    st.tuples(
        st.sampled_from(["S1", "S2", "S3"]),
        st.sampled_from(["cob", "trinity", "mpe", "early-refill"]),
        st.integers(-1000, 0),
    ),
    min_size=1,
    max_size=8,
)


def _case(alerts: list[tuple[str, str, int]]) -> Case:
    story = Story()
    for number, (severity, rule, day) in enumerate(alerts, 1):
        story.found(number, severity=severity, rule=rule, episode_end=at(day * DAY))
    return story.case


@given(cases, cases, st.integers(0, 2000))
def test_the_stored_rank_orders_cases_as_their_scores_do_at_any_time(
    one: list[tuple[str, str, int]], other: list[tuple[str, str, int]], days: int
) -> None:
    a, b = _case(one), _case(other)
    moment = at(days * DAY)
    first, second = rank(a), rank(b)
    assert first is not None
    assert second is not None
    if abs(first - second) > 1e-9:
        assert (score(a, moment).value > score(b, moment).value) == (first > second)


@pytest.mark.parametrize("rule", sorted(RULE_TEXTS))
def test_every_rule_of_a_patient_is_in_a_family(rule: str) -> None:
    assert family_of(rule) != rule


def test_families_name_only_rules_that_exist() -> None:
    assert {rule for _, rules in FAMILIES.values() for rule in rules} <= RULE_TEXTS.keys()


# Provisional or final


def test_an_alert_is_final_when_facts_are_complete_up_to_its_end_and_the_grace() -> None:
    week = END + timedelta(days=7)
    assert not is_final("patient", END, None)
    assert not is_final("patient", END, week - timedelta(milliseconds=1))
    assert is_final("patient", END, week)
    assert not is_final("pharmacy", END, week)


def test_the_status_is_what_people_decided_and_else_what_became_of_the_alerts() -> None:
    later = END + timedelta(days=8)
    assert status(Story().found().case, None) == "provisional"
    assert status(Story().found().case, later) == "open"
    assert status(Story().found().withdrawn().case, later) == "retracted"
    assert status(under_review().withdrawn().case, later) == "under_review"
    assert status(referred().case, None) == "referred"


def test_a_case_is_open_as_soon_as_one_of_its_alerts_is_final() -> None:
    case = Story().found(1).found(2, episode_end=END + timedelta(days=30)).case
    assert status(case, END + timedelta(days=7)) == "open"


# Precision


def test_a_true_pattern_with_a_good_reason_counts_against_the_rule() -> None:
    found = precision("cob", {"confirmed": 15, "explained": 4, "false-positive": 1})
    assert (found.value, found.judged, found.is_enough) == (0.75, 20, True)
    assert found.low == pytest.approx(0.531, abs=0.001)
    assert found.high == pytest.approx(0.888, abs=0.001)
    assert not found.belongs_in_shadow, "it may still be above 0.8"


def test_a_rule_that_surely_falls_short_belongs_in_shadow() -> None:
    assert precision("cob", {"confirmed": 5, "false-positive": 25}).belongs_in_shadow
    assert not precision("cob", {"false-positive": 19}).belongs_in_shadow, "too few to tell"


def test_without_feedback_there_is_no_precision() -> None:
    assert precision("cob", {}).value is None


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_the_share(hits: int, more: int) -> None:
    of = hits + more
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1


def test_precision_at_k_looks_at_the_first_that_were_judged() -> None:
    ranked = ["confirmed", None, "explained", "confirmed"]
    assert precision_at(ranked, 2) == 0.5  # type: ignore[arg-type]
    assert precision_at([None], 2) is None


# Budget


@pytest.mark.parametrize(
    ("taken", "waiting", "shown"), [(0, 3, 3), (0, 9, 5), (4, 9, 1), (5, 9, 0), (9, 9, 0)]
)
def test_new_cases_are_shown_as_far_as_the_day_goes(taken: int, waiting: int, shown: int) -> None:
    budget = Budget(a_day=5, taken=taken, waiting=waiting)
    assert (budget.shown, budget.left_out) == (shown, waiting - shown)


# Breaker

FIRST = date(2026, 1, 1)


def fires(*per_day: int, first: date = FIRST) -> dict[date, int]:
    return {first + timedelta(days=n): fired for n, fired in enumerate(per_day) if fired}


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


QUIET = (4,) * BASELINE_DAYS


def test_five_times_the_mean_is_allowed_more_is_not() -> None:
    assert trips("cob", fires(*QUIET, 20)) == []
    assert trips("cob", fires(*QUIET, 21)) == [
        Trip(rule="cob", day=day(BASELINE_DAYS), fired=21, mean=4)
    ]


def test_small_numbers_may_jump() -> None:
    rare = (1, *(0,) * (BASELINE_DAYS - 1))
    assert trips("cob", fires(*rare, FEWEST - 1)) == []
    assert len(trips("cob", fires(*rare, FEWEST))) == 1


def test_a_young_rule_is_left_alone() -> None:
    assert trips("cob", fires(*QUIET[:-1], 1000)) == []
    assert trips("cob", {}) == []


def test_it_is_held_back_until_a_person_releases_it() -> None:
    story = fires(*QUIET, 100, 1000, 4)
    (trip,) = trips("cob", story)
    assert trip.is_held_back
    (trip,) = trips("cob", story, released=[day(BASELINE_DAYS + 1)])
    assert (trip.is_held_back, trip.released_on) == (False, day(BASELINE_DAYS + 1))


def test_after_its_release_it_may_be_held_back_again() -> None:
    story = fires(*QUIET, 100, 4, 100)
    assert len(trips("cob", story, released=[day(BASELINE_DAYS)])) == 2


def test_a_release_from_before_does_not_help() -> None:
    (trip,) = trips("cob", fires(*QUIET, 100), released=[day(3)])
    assert trip.is_held_back


@given(st.lists(st.integers(0, 60), max_size=60), st.lists(st.integers(0, 59), max_size=3))
def test_days_to_come_never_change_what_was_held_back(per_day: list[int], on: list[int]) -> None:
    released = [day(number) for number in on]
    whole = trips("cob", fires(*per_day), released)
    for until in range(len(per_day)):
        before = trips("cob", fires(*per_day[:until]), [d for d in released if d < day(until)])
        known = [(trip.day, trip.fired, trip.mean) for trip in before]
        assert known == [(t.day, t.fired, t.mean) for t in whole if t.day < day(until)]
