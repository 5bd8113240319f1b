"""How alerts of one subject become cases, and what people's decisions do to them."""

from __future__ import annotations

import pytest

from services.contracts.decisions import CaseStep
from services.oversight.cases.case import OUTCOMES, Duty, gravest
from services.oversight.cases.deciding import FROM_HERE
from services.oversight.cases.reasons import REASONS
from tests.oversight.artificial import at
from tests.oversight.case_stories import (
    A_PHARMACY,
    AN_AUTHORITY,
    PATIENT,
    REFERRED_TO,
    Story,
    referred,
    told,
    under_review,
)

# Alerts become cases


def test_alerts_of_one_subject_are_one_case_with_a_number_that_is_its_place_in_the_log() -> None:
    story = Story().found(1).found(2, rule="mpe")
    assert (story.case.number, story.case.subject) == (100, PATIENT)
    assert list(story.case.alerts) == ["cob-0001", "mpe-0002"]
    assert (story.case.opened_at, story.case.changed_at, story.case.version) == (at(0), at(1), 2)


def test_statistics_open_no_case_and_join_none() -> None:
    assert Story().found(1, severity="S4").cases == ()
    assert list(Story().found(1).found(2, severity="S4").case.alerts) == ["cob-0001"]


def test_statistics_that_grow_into_an_alert_open_a_case() -> None:
    story = Story().found(1, severity="S4").grew(1, severity="S2")
    assert (story.case.number, story.case.alerts["cob-0001"].severity) == (200, "S2")


def test_a_retraction_of_what_was_never_in_a_case_opens_none() -> None:
    assert Story().found(1, severity="S4").withdrawn(1).cases == ()


def test_a_repeated_change_is_no_news() -> None:
    story = Story().found().grew()
    assert story.repeated().cases == story.cases
    assert story.case.version == 2


def test_a_case_of_which_nothing_stands_comes_alive_with_the_next_alert() -> None:
    story = Story().found(1).withdrawn(1).found(2)
    assert story.case.number == 100
    assert [held.is_open for held in story.case.alerts.values()] == [False, True]


# People decide


def test_the_steps_of_a_case() -> None:
    story = (
        Story()
        .found()
        .accepts("TRIAGED", "needs-a-look")
        .accepts("UNDER_REVIEW", "records-requested")
        .accepts("REFERRED", "to-inspectorate", REFERRED_TO)
        .accepts("CLOSED", "settled")
    )
    assert (story.case.step, story.case.reason, story.case.version) == ("CLOSED", "settled", 5)
    assert story.case.first_decided_at == at(1)


@pytest.mark.parametrize("before", [None, "TRIAGED", "EXPLAINED", "FALSE_POSITIVE", "CLOSED"])
def test_nothing_is_referred_that_is_not_under_review(before: CaseStep | None) -> None:
    assert "REFERRED" not in FROM_HERE[before]
    assert Story().found().decides("REFERRED", "to-police", REFERRED_TO) == "not-from-here"


def test_every_step_has_its_reasons_and_can_be_reached() -> None:
    steps = {reason.step for reason in REASONS.values()}
    assert steps == set().union(*FROM_HERE.values())
    assert {step for step in FROM_HERE if step} == steps - {"NOTED"}


def test_the_second_of_two_who_decide_at_once_is_overtaken() -> None:
    story = Story().found()
    shown = story.case.version
    story.accepts("TRIAGED", "needs-a-look")
    assert story.decides("CLOSED", "settled", case_version=shown) == "overtaken"
    assert story.case.step == "TRIAGED"


def test_who_decides_without_having_seen_the_newest_evidence_is_overtaken() -> None:
    story = under_review()
    shown = story.case.version
    story.grew()
    assert story.decides("CLOSED", "settled", case_version=shown) == "overtaken"


@pytest.mark.parametrize("reason", ["needs-a-look", "no-such-reason", ""])
def test_a_reason_belongs_to_its_step(reason: str) -> None:
    assert Story().found().decides("CLOSED", reason) == "reason-not-known"


def test_a_referral_names_to_whom() -> None:
    assert under_review().decides("REFERRED", "to-police") == "names-no-authority"
    assert under_review().decides("REFERRED", "to-police", told()) == "names-no-authority"


def test_a_note_says_who_was_told() -> None:
    assert Story().found().decides("NOTED", "inquiry") == "tells-nobody"


def test_of_a_case_of_which_nothing_stands_there_is_nothing_to_tell() -> None:
    story = under_review().withdrawn()
    assert story.decides("NOTED", "inquiry", told()) == "nothing-to-tell"


def test_nobody_outside_is_told_of_statistics_or_of_a_rule_that_is_held_back() -> None:
    story = under_review().found(2).found(3).grew(3, severity="S4")
    story.accepts("NOTED", "inquiry", told(), not_told=("cob-0002",))
    assert [told.alerts for told in story.case.told] == [("cob-0001",)]
    rest = story.decides("NOTED", "inquiry", told(), not_told=("cob-0001", "cob-0002"))
    assert rest == "nothing-to-tell"


# After the outcome


def test_what_is_found_after_the_outcome_opens_the_next_case() -> None:
    story = Story().found(1).accepts("CLOSED", "settled").found(2)
    assert [case.number for case in story.cases] == [100, 300]
    assert [list(case.alerts) for case in story.cases] == [["cob-0001"], ["cob-0002"]]


def test_more_evidence_of_the_same_gravity_leaves_a_case_closed() -> None:
    story = Story().found().accepts("EXPLAINED", "known-treatment").grew()
    assert (story.case.step, story.case.alerts["cob-0001"].revision) == ("EXPLAINED", 2)


def test_an_alert_that_grows_graver_than_what_was_explained_opens_the_next_case() -> None:
    story = Story().found().accepts("EXPLAINED", "known-treatment").grew(severity="S2")
    assert [case.step for case in story.cases] == ["EXPLAINED", None]
    assert list(story.cases[1].alerts) == ["cob-0001"]


def test_an_alert_that_was_retracted_at_the_outcome_and_returns_opens_the_next_case() -> None:
    story = under_review().withdrawn().accepts("CLOSED", "withdrawn").found(1)
    assert [case.step for case in story.cases] == ["CLOSED", None]


def test_a_case_is_taken_up_again_and_what_comes_then_stays_in_it() -> None:
    story = Story().found().accepts("CLOSED", "settled")
    story.accepts("UNDER_REVIEW", "new-information").grew(severity="S2")
    assert (story.case.step, story.case.alerts["cob-0001"].severity) == ("UNDER_REVIEW", "S2")
    assert story.case.alerts["cob-0001"].judged is None


# Feedback


@pytest.mark.parametrize(
    ("step", "reason", "judged"),
    [
        ("EXPLAINED", "known-treatment", "explained"),
        ("FALSE_POSITIVE", "wrong-entry", "false-positive"),
        ("CLOSED", "settled", "confirmed"),
        ("CLOSED", "cannot-be-decided", None),
    ],
)
def test_an_outcome_judges_the_alerts_that_stand(
    step: CaseStep, reason: str, judged: str | None
) -> None:
    story = Story().found(1).found(2).withdrawn(2).accepts(step, reason)
    assert story.case.alerts["cob-0001"].judged == judged
    assert story.case.alerts["cob-0002"].judged is None


def test_only_outcomes_judge() -> None:
    assert {reason.step for reason in REASONS.values() if reason.judgement} <= OUTCOMES


# What does not hold any more, and who must hear of it


def test_evidence_that_is_withdrawn_after_somebody_acted_is_said() -> None:
    held = under_review().withdrawn().case.alerts["cob-0001"]
    assert (held.is_withdrawn, held.is_open) == (True, False)
    assert not Story().found().withdrawn().case.alerts["cob-0001"].is_withdrawn


def test_whoever_was_told_of_an_alert_must_be_told_that_it_was_retracted() -> None:
    story = referred().withdrawn()
    assert story.case.duties == (Duty(party="AUTHORITY", ref=AN_AUTHORITY, alerts=("cob-0001",)),)
    assert story.case.step == "REFERRED", "nothing is decided for people"


def test_nobody_was_told_nobody_must_be() -> None:
    assert under_review().withdrawn().case.duties == ()


def test_the_duty_ends_when_it_is_done() -> None:
    story = referred().withdrawn()
    back = told("AUTHORITY", AN_AUTHORITY, "WITHDRAWAL")
    story.accepts("NOTED", "withdrawal-told", back)
    assert story.case.duties == ()
    assert story.decides("NOTED", "withdrawal-told", back) == "nothing-to-take-back"


def test_the_duty_ends_when_the_alert_holds_again_and_begins_anew() -> None:
    story = referred().withdrawn().found(1)
    assert story.cases[0].duties == ()
    story.withdrawn(1)
    assert len(story.cases[0].duties) == 1


def test_each_party_is_owed_what_it_was_told() -> None:
    story = under_review().found(2)
    story.accepts("NOTED", "inquiry", told()).found(3)
    story.accepts("REFERRED", "to-inspectorate", REFERRED_TO).withdrawn(2).withdrawn(3)
    assert story.case.duties == (
        Duty(party="PHARMACY", ref=A_PHARMACY, alerts=("cob-0002",)),
        Duty(party="AUTHORITY", ref=AN_AUTHORITY, alerts=("cob-0002", "cob-0003")),
    )


def test_what_still_holds_is_not_taken_back_with_what_does_not() -> None:
    story = under_review().found(2).accepts("NOTED", "inquiry", told()).withdrawn(2)
    story.accepts("NOTED", "withdrawal-told", told(message="WITHDRAWAL")).withdrawn(1)
    assert [duty.alerts for duty in story.case.duties] == [("cob-0001",)]


def test_clearing_somebody_is_owed_to_all_who_were_told_of_the_suspicion() -> None:
    story = referred().accepts("FALSE_POSITIVE", "wrong-identity")
    assert [duty.ref for duty in story.case.duties] == [AN_AUTHORITY]


def test_clearing_and_telling_so_is_one_decision() -> None:
    back = told("AUTHORITY", AN_AUTHORITY, "WITHDRAWAL")
    assert referred().accepts("EXPLAINED", "one-team", back).case.duties == ()


def test_the_gravest_of_nothing_is_a_statistic() -> None:
    assert gravest([]) == "S4"
    assert gravest(["S3", "S1", "S4"]) == "S1"
