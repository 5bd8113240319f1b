"""The auditor agrees with a registry that is right, and names each thing that is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings

from infra.faults.checks import Logged, at_the_same_place
from infra.faults.checks.records import Told
from services.contracts.terms import Reason
from tests.builders import (
    OTHER_CLINIC,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    cancelled,
    dispensed,
    issued,
    released,
    reserved,
    ticked,
)
from tests.dsl import Step
from tests.faults.left_behind import after, changed, of_entries
from tests.registry.lives import Lives


class ReadTwice(Lives):
    """Random lives of prescriptions, read by the registry and by the auditor."""

    def teardown(self) -> None:
        assert of_entries(self.log).violations() == []


TestReadTwice = ReadTwice.TestCase
TestReadTwice.settings = settings(deadline=None, stateful_step_count=40)


# --- one outcome per record ---------------------------------------------------------------------


def test_a_record_without_an_outcome_is_named() -> None:
    left = after(issued(), reserved())
    del left.outcomes[1]
    left.says("one outcome per record", "0/1", "no outcome")


def test_an_outcome_sent_twice_alike_is_one_outcome() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(left.outcomes[1])
    assert left.violations() == []


def test_an_outcome_sent_twice_with_other_content_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(changed(left.outcomes[1], result="already-held"))
    left.says("one outcome per record", "0-1", "'granted' -> 'already-held'")


def test_two_outcomes_under_two_ids_are_named() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(changed(left.outcomes[1], outcome_id="0-1-again"))
    left.says("one outcome per record", "two outcomes")


def test_an_outcome_of_nothing_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(changed(left.outcomes[1], outcome_id="0-9", log_offset=9))
    left.says("one outcome per record", "0/9", "no record")


def test_an_outcome_that_names_another_time_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes[1] = changed(left.outcomes[1], recorded_at=at(3))
    left.says("one outcome per record", "append time")


# --- repeats and what cannot be read ------------------------------------------------------------


def test_a_repeat_with_another_verdict_is_named() -> None:
    again = reserved()
    left = after(issued(), again, again)
    left.outcomes[2] = changed(left.outcomes[2], result="already-held")
    left.says("repeats get the first verdict", "0/2", "0/1", "'granted' -> 'already-held'")


def test_other_content_under_a_known_id_must_be_refused() -> None:
    one, other = (reserved(event_id="e", content=text) for text in ("one", "other"))
    left = after(issued(), one, other)
    left.outcomes[2] = changed(left.outcomes[1], outcome_id="0-2", log_offset=2, recorded_at=at(2))
    left.says("repeats get the first verdict", "other content", "granted")


def test_a_readable_record_set_aside_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes[1] = changed(left.outcomes[1], verdict="UNREADABLE", result="unreadable")
    left.says("unreadable records", "0/1", "readable DispensingReserved")


def test_noise_that_was_judged_is_named() -> None:
    left = after(issued(), reserved())
    seen = left.log[1]
    left.log[1] = Logged(seen.partition, seen.offset, seen.at, seen.code, None, "noise")
    left.says("unreadable records", "0/1", "no record of ours")


def test_a_misrouted_record_that_was_judged_is_named() -> None:
    left = after(issued(), reserved())
    seen = left.log[1]
    left.log[1] = Logged(seen.partition, seen.offset, seen.at, "01001other00-c", seen.event)
    left.says("unreadable records", "01001other00-c")


def test_what_is_taken_out_of_the_log_is_missed() -> None:
    left = after(issued(), reserved(), released())
    del left.log[0]
    left.says("the log is whole", "partition 0", "0 should lie")


# --- verdicts -----------------------------------------------------------------------------------


def test_a_second_grant_is_found_by_two_checks() -> None:
    left = after(issued(), reserved(), reserved(OTHER_PHARMACY))
    held = {"holder": OTHER_PHARMACY, "held_until": at(32), "reasons": ()}
    left.outcomes[2] = changed(left.outcomes[2], verdict="ACCEPTED", result="granted", **held)
    left.says("holds never overlap", "0/1", "0/2", PHARMACY, OTHER_PHARMACY)
    left.says("verdicts follow from the log", "0/2", f"{PHARMACY} held it until")


@pytest.mark.parametrize("passing", [ticked(), released(OTHER_PHARMACY)])
def test_a_hold_that_has_lapsed_stays_lapsed_when_append_times_go_back(passing) -> None:
    """Whatever record passed its end, the next grant may bear an earlier time."""
    left = after((0, issued()), (1, reserved()), (31, passing), (30.5, reserved(OTHER_PHARMACY)))
    assert left.violations() == []


def test_a_refusal_without_a_ground_is_named() -> None:
    left = after(issued(), reserved(), reserved(OTHER_PHARMACY))
    later = left.log[2]
    left.log[2] = Logged(0, 2, at(40), later.code, later.event)  # the hold had lapsed by then
    left.outcomes[2] = changed(left.outcomes[2], recorded_at=at(40), first_recorded_at=at(40))
    left.says("verdicts follow from the log", "no ground for reserved-elsewhere")


@pytest.mark.parametrize(
    ("steps", "because"),
    [
        ((reserved(),), "no prescription had arrived"),
        ((issued(), cancelled(), reserved()), "it was cancelled"),
        ((issued(), dispensed(), reserved()), "nothing remained"),
        ((issued(valid_until=at(1)), reserved()), "it had expired"),
        ((issued(valid_from=at(9)), reserved()), "it becomes valid"),
    ],
)
def test_a_grant_that_should_have_been_refused_is_named(
    steps: tuple[Step, ...], because: str
) -> None:
    left = after(*steps)
    left.outcomes[-1] = changed(
        left.outcomes[-1],
        verdict="ACCEPTED",
        result="granted",
        holder=PHARMACY,
        held_until=left.log[-1].at + timedelta(minutes=30),
    )
    left.says("verdicts follow from the log", "granted", because)


def test_a_result_nobody_told_the_auditor_of_is_a_violation() -> None:
    left = after(issued(), reserved())
    left.outcomes[1] = changed(left.outcomes[1], result="granted-by-magic")
    left.says("verdicts follow from the log", "knows no such result")
    left.outcomes[1] = changed(
        left.outcomes[1], verdict="REFUSED", result="magic", reasons=(Reason(code="magic"),)
    )
    left.says("verdicts follow from the log", "knows no reason magic")


def test_a_cancellation_that_was_forgotten_on_release_is_named() -> None:
    left = after(issued(), reserved(), cancelled(), released(), reserved(OTHER_PHARMACY))
    left.outcomes[3] = changed(left.outcomes[3], status="active")
    left.says("what is told is so", "0/3", "status as active", "cancelled")


def test_a_foreign_cancellation_is_named() -> None:
    left = after(issued(), cancelled(clinic=OTHER_CLINIC))
    left.outcomes[1] = changed(left.outcomes[1], verdict="ACCEPTED", result="cancelled", reasons=())
    left.says("verdicts follow from the log", "a prescription of")


def test_ticks_that_came_after_the_tables_were_read_are_left_out() -> None:
    now = after((0, issued()), (1, reserved()))
    later = after((0, issued()), (1, reserved()), (40, ticked()))
    told = [Told(outcome, offset) for offset, outcome in enumerate(later.outcomes)]
    log, outcomes = at_the_same_place(now.rows, later.log, told)
    assert (len(log), len(outcomes)) == (2, 2)
    missed = after((0, issued()), (1, reserved()), (2, released()))
    assert len(at_the_same_place(now.rows, missed.log, [])[0]) == 3, "a submission stays"
