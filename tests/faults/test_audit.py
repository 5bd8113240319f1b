"""The auditor agrees with a registry that is right, and names each thing that is wrong."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given

from infra.faults.checks import Logged
from services.contracts.outcomes import Remaining
from services.contracts.terms import Reason
from tests.builders import (
    OTHER_CLINIC,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    released,
    reserved,
    reversed_,
)
from tests.dsl import Step
from tests.faults.left_behind import Left, after, changed
from tests.faults.random_lives import lives


@given(lives())
def test_two_independent_readings_of_random_lives_agree(steps: list[Step]) -> None:
    assert after(*steps).violations() == []


def _says(left: Left, check: str, *words: str) -> None:
    """Some sentence of the check has all the words."""
    sentences = [str(violation) for violation in left.violations()]
    assert any(
        sentence.startswith(check) and all(word in sentence for word in words)
        for sentence in sentences
    ), "\n".join(sentences) or "nothing was found"


# --- one outcome per record ---------------------------------------------------------------------


def test_a_record_without_an_outcome_is_named() -> None:
    left = after(issued(), reserved())
    del left.outcomes[1]
    _says(left, "one outcome per record", "0/1", "no outcome")


def test_an_outcome_sent_twice_alike_is_one_outcome() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(left.outcomes[1])
    assert left.violations() == []


def test_an_outcome_sent_twice_with_other_content_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(changed(left.outcomes[1], result="already-held"))
    _says(left, "one outcome per record", "0-1", "'granted' -> 'already-held'")


def test_two_outcomes_under_two_ids_are_named() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(changed(left.outcomes[1], outcome_id="0-1-again"))
    _says(left, "one outcome per record", "two outcomes")


def test_an_outcome_of_nothing_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes.append(changed(left.outcomes[1], outcome_id="0-9", log_offset=9))
    _says(left, "one outcome per record", "0/9", "no record")


def test_an_outcome_that_names_another_time_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes[1] = changed(left.outcomes[1], recorded_at=at(3))
    _says(left, "one outcome per record", "append time")


# --- repeats and what cannot be read ------------------------------------------------------------


def test_a_repeat_with_another_verdict_is_named() -> None:
    again = reserved()
    left = after(issued(), again, again)
    left.outcomes[2] = changed(left.outcomes[2], result="already-held")
    _says(left, "repeats get the first verdict", "0/2", "0/1", "'granted' -> 'already-held'")


def test_other_content_under_a_known_id_must_be_refused() -> None:
    one, other = (reserved(event_id="e", content=text) for text in ("one", "other"))
    left = after(issued(), one, other)
    left.outcomes[2] = changed(left.outcomes[1], outcome_id="0-2", log_offset=2, recorded_at=at(2))
    _says(left, "repeats get the first verdict", "other content", "granted")


def test_a_readable_record_set_aside_is_named() -> None:
    left = after(issued(), reserved())
    left.outcomes[1] = changed(left.outcomes[1], verdict="UNREADABLE", result="unreadable")
    _says(left, "unreadable records", "0/1", "readable DispensingReserved")


def test_noise_that_was_judged_is_named() -> None:
    left = after(issued(), reserved())
    seen = left.log[1]
    left.log[1] = Logged(seen.partition, seen.offset, seen.at, seen.code, None, "noise")
    _says(left, "unreadable records", "0/1", "no record of ours")


def test_a_misrouted_record_that_was_judged_is_named() -> None:
    left = after(issued(), reserved())
    seen = left.log[1]
    left.log[1] = Logged(seen.partition, seen.offset, seen.at, "01001other00-c", seen.event)
    _says(left, "unreadable records", "01001other00-c")


# --- verdicts -----------------------------------------------------------------------------------


def test_a_second_grant_is_found_by_two_checks() -> None:
    left = after(issued(), reserved(), reserved(OTHER_PHARMACY))
    held = {"holder": OTHER_PHARMACY, "held_until": at(32), "reasons": ()}
    left.outcomes[2] = changed(left.outcomes[2], verdict="ACCEPTED", result="granted", **held)
    _says(left, "holds never overlap", "0/1", "0/2", PHARMACY, OTHER_PHARMACY)
    _says(left, "verdicts follow from the log", "0/2", f"{PHARMACY} held it until")


def test_a_refusal_without_a_ground_is_named() -> None:
    left = after(issued(), reserved(), reserved(OTHER_PHARMACY))
    later = left.log[2]
    left.log[2] = Logged(0, 2, at(40), later.code, later.event)  # the hold had lapsed by then
    left.outcomes[2] = changed(left.outcomes[2], recorded_at=at(40), first_recorded_at=at(40))
    _says(left, "verdicts follow from the log", "no ground for reserved-elsewhere")


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
    _says(left, "verdicts follow from the log", "granted", because)


def test_a_result_nobody_told_the_auditor_of_is_a_violation() -> None:
    left = after(issued(), reserved())
    left.outcomes[1] = changed(left.outcomes[1], result="granted-by-magic")
    _says(left, "verdicts follow from the log", "knows no such result")
    left.outcomes[1] = changed(
        left.outcomes[1], verdict="REFUSED", result="magic", reasons=(Reason(code="magic"),)
    )
    _says(left, "verdicts follow from the log", "knows no reason magic")


def test_a_cancellation_that_was_forgotten_on_release_is_named() -> None:
    left = after(issued(), reserved(), cancelled(), released(), reserved(OTHER_PHARMACY))
    left.outcomes[3] = changed(left.outcomes[3], status="active")
    _says(left, "what is told is so", "0/3", "status as active", "cancelled")


def test_a_foreign_cancellation_is_named() -> None:
    left = after(issued(), cancelled(clinic=OTHER_CLINIC))
    left.outcomes[1] = changed(left.outcomes[1], verdict="ACCEPTED", result="cancelled", reasons=())
    _says(left, "verdicts follow from the log", "a prescription of")


# --- quantities ---------------------------------------------------------------------------------


def test_more_than_prescribed_without_a_finding_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 15)), dispensed(given_out(1, 15)))
    left.outcomes[2] = changed(left.outcomes[2], reasons=())
    _says(left, "quantities add up", "0/2", "over-quantity of line 1 is not on record")


def test_a_finding_without_a_ground_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 15)))
    left.outcomes[1] = changed(left.outcomes[1], reasons=(Reason(code="duplicate", line=1),))
    _says(left, "quantities add up", "duplicate of line 1 is on record without a ground")


def test_what_remains_is_recomputed() -> None:
    left = after(issued(), dispensed(given_out(1, 15)))
    left.outcomes[1] = changed(
        left.outcomes[1], remaining=(Remaining(line=1, quantity=Decimal("5.1")),)
    )
    _says(left, "what is told is so", "line 1: 5.1", "line 1: 5")


def test_a_reversal_that_restored_nothing_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 15)), reversed_())
    left.outcomes[2] = changed(left.outcomes[2], remaining=left.outcomes[1].remaining)
    _says(left, "what is told is so", "0/2", "what remains")


def test_a_claim_beyond_what_was_dispensed_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 5)), claimed(1, 10))
    left.outcomes[2] = changed(left.outcomes[2], verdict="ACCEPTED", result="payable", reasons=())
    _says(left, "quantities add up", "10 are payable, 5 were handed over")


def test_a_refused_reversal_needs_a_claim_in_its_way() -> None:
    left = after(issued(), dispensed(given_out(1, 5)), reversed_())
    left.outcomes[2] = changed(
        left.outcomes[2],
        verdict="REFUSED",
        result="claimed-already",
        reasons=(Reason(code="claimed-already"),),
        remaining=left.outcomes[1].remaining,
    )
    _says(left, "quantities add up", "no ground for claimed-already")


# --- tables -------------------------------------------------------------------------------------


def test_a_refused_record_that_left_a_trace_is_named() -> None:
    left = after(issued(), reserved(), reserved(OTHER_PHARMACY))
    [row] = left.rows.prescriptions.values()
    row["reservation"]["pharmacy_id"] = OTHER_PHARMACY
    _says(left, "the tables say what the log says", "hold", PHARMACY, OTHER_PHARMACY)


def test_a_line_that_was_counted_twice_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 5)))
    [row] = left.rows.prescriptions.values()
    row["lines"][0]["dispensed"] = "10"
    _says(left, "the tables say what the log says", "lines", "Decimal('10')")


def test_a_lost_row_and_an_invented_row_are_named() -> None:
    left = after(issued())
    [(code, row)] = left.rows.prescriptions.items()
    left.rows.prescriptions.clear()
    _says(left, "the tables say what the log says", code, "not in the registry")
    left.rows.prescriptions["01001zzzzzzz-c"] = row
    _says(left, "the tables say what the log says", "01001zzzzzzz-c", "no record of it")


def test_a_verdict_kept_other_than_told_is_named() -> None:
    left = after(issued(), reserved())
    left.rows.records[0, 1] = changed(left.outcomes[1], result="already-held")
    _says(left, "the tables say what the log says", "0/1", "granted", "already-held")
    left = after(issued(), reserved())
    del left.rows.records[0, 1]
    _says(left, "the tables say what the log says", "0/1", "no such record")


def test_totals_and_positions_are_compared() -> None:
    left = after(issued(), reserved())
    left.rows.tally["DispensingReserved", "ACCEPTED", "granted"] += 1
    _says(left, "the tables say what the log says", "totals", "granted")
    left = after(issued(), reserved())
    left.rows.applied[0] = 1
    _says(left, "the tables say what the log says", "ends at 2", "1 records")


def test_a_state_of_another_shape_is_not_passed_over() -> None:
    left = after(issued(), reserved(), dispensed(given_out(1, 5)))
    [row] = left.rows.prescriptions.values()
    before = msgspec.json.encode(row)
    row["dispenses"][0]["event_id"] = "another"
    assert msgspec.json.encode(row) != before
    _says(left, "the tables say what the log says", "sales")
