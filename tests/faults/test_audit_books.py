"""The auditor over quantities, tables, dead letters and logs that were cut."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from infra.faults.checks import Logged, check_cut, check_letters
from services.contracts.dead_letters import DeadLettered
from services.contracts.outcomes import Remaining
from services.contracts.terms import Reason
from services.topology import LOG
from tests.builders import (
    CODE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    batch,
    by,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    reserved,
    reversed_,
    ticked,
)
from tests.faults.left_behind import after, changed

# --- quantities ---------------------------------------------------------------------------------


def test_more_than_prescribed_without_a_finding_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 15)), dispensed(given_out(1, 15)))
    left.outcomes[2] = changed(left.outcomes[2], reasons=())
    left.says("quantities add up", "0/2", "over-quantity of line 1 is not on record")


def test_a_finding_without_a_ground_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 15)))
    left.outcomes[1] = changed(left.outcomes[1], reasons=(Reason(code="duplicate", line=1),))
    left.says("quantities add up", "duplicate of line 1 is on record without a ground")


def test_what_remains_is_recomputed() -> None:
    left = after(issued(), dispensed(given_out(1, 15)))
    left.outcomes[1] = changed(
        left.outcomes[1], remaining=(Remaining(line=1, quantity=Decimal("5.1")),)
    )
    left.says("what is told is so", "line 1: 5.1", "line 1: 5")


def test_a_reversal_that_restored_nothing_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 15)), reversed_())
    left.outcomes[2] = changed(left.outcomes[2], remaining=left.outcomes[1].remaining)
    left.says("what is told is so", "0/2", "what remains")


def test_a_claim_beyond_what_was_dispensed_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 5)), claimed(1, 10))
    left.outcomes[2] = changed(left.outcomes[2], verdict="ACCEPTED", result="payable", reasons=())
    left.says("quantities add up", "10 are payable, 5 were handed over")


def test_a_refused_reversal_needs_a_claim_in_its_way() -> None:
    left = after(issued(), dispensed(given_out(1, 5)), reversed_())
    left.outcomes[2] = changed(
        left.outcomes[2],
        verdict="REFUSED",
        result="claimed-already",
        reasons=(Reason(code="claimed-already"),),
        remaining=left.outcomes[1].remaining,
    )
    left.says("quantities add up", "no ground for claimed-already")


# --- tables -------------------------------------------------------------------------------------


def test_a_refused_record_that_left_a_trace_is_named() -> None:
    left = after(issued(), reserved(), reserved(OTHER_PHARMACY))
    [row] = left.rows.prescriptions.values()
    row["reservation"]["pharmacy_id"] = OTHER_PHARMACY
    left.says("the tables say what the log says", "hold", PHARMACY, OTHER_PHARMACY)


def test_a_line_that_was_counted_twice_is_named() -> None:
    left = after(issued(), dispensed(given_out(1, 5)))
    [row] = left.rows.prescriptions.values()
    row["lines"][0]["dispensed"] = "10"
    left.says("the tables say what the log says", "lines", "Decimal('10')")


def test_a_lost_row_and_an_invented_row_are_named() -> None:
    left = after(issued())
    [(code, row)] = left.rows.prescriptions.items()
    left.rows.prescriptions.clear()
    left.says("the tables say what the log says", code, "not in the registry")
    left.rows.prescriptions["01001zzzzzzz-c"] = row
    left.says("the tables say what the log says", "01001zzzzzzz-c", "no record of it")


def test_a_verdict_kept_other_than_told_is_named() -> None:
    left = after(issued(), reserved())
    left.rows.records[0, 1, CODE] = changed(left.outcomes[1], result="already-held")
    left.says("the tables say what the log says", "0/1", "granted", "already-held")
    left = after(issued(), reserved())
    del left.rows.records[0, 1, CODE]
    left.says("the tables say what the log says", "0/1", "no such record")


def test_totals_and_positions_are_compared() -> None:
    left = after(issued(), reserved())
    left.rows.tally["DispensingReserved", "ACCEPTED", "granted"] += 1
    left.says("the tables say what the log says", "totals", "granted")
    left = after(issued(), reserved())
    left.rows.applied[0] = 1
    left.says("the tables say what the log says", "ends at 2", "1 records")


def test_a_state_of_another_shape_is_not_passed_over() -> None:
    left = after(issued(), reserved(), dispensed(given_out(1, 5)))
    [row] = left.rows.prescriptions.values()
    before = msgspec.json.encode(row)
    row["dispenses"][0]["event_id"] = "another"
    assert msgspec.json.encode(row) != before
    left.says("the tables say what the log says", "sales")


# --- log time, batches, licences ----------------------------------------------------------------


def test_a_tick_that_tells_nothing_of_what_was_due_is_named() -> None:
    left = after(issued(), reserved(hold_minutes=5), (20, ticked()))
    [told] = [outcome for outcome in left.outcomes if outcome.submission == "TimeTicked"]
    assert left.violations() == []
    left.outcomes.remove(told)
    left.says("ticks move on what is due", "0/2", "told nothing", "reservation-lapsed")


def test_a_tick_that_tells_of_what_was_not_due_is_named() -> None:
    left = after(issued(), reserved(hold_minutes=5), (20, ticked()), (21, ticked()))
    [told] = [outcome for outcome in left.outcomes if outcome.submission == "TimeTicked"]
    again = changed(told, outcome_id=told.outcome_id.replace("0-2", "0-3"), log_offset=3)
    left.outcomes.append(changed(again, recorded_at=at(21)))
    left.says("ticks move on what is due", "0/3", "nothing was due")


def test_a_tick_that_names_another_event_is_named() -> None:
    left = after(issued(), reserved(hold_minutes=5), cancelled(), (20, ticked()))
    told = left.outcomes[-1]
    assert told.result == "cancelled"
    left.outcomes[-1] = changed(told, reasons=told.reasons[1:], result="reservation-lapsed")
    left.says("ticks move on what is due", "0/3", "cancelled, reservation-lapsed")


def test_what_may_be_collected_now_is_recomputed() -> None:
    written = issued(line(1, 20), valid_until=at(900), batches=[batch(1, 0, 9), batch(2, 9, 99)])
    left = after(written, dispensed(given_out(1, 4)))
    [share] = left.outcomes[1].remaining
    assert (share.quantity, share.collectable) == (16, 6)
    more = (Remaining(line=1, quantity=share.quantity, collectable=Decimal(16)),)
    left.outcomes[1] = changed(left.outcomes[1], remaining=more)
    left.says("what is told is so", "collected now", "line 1: 16", "line 1: 6")


def test_a_grant_to_a_pharmacy_without_a_licence_is_named() -> None:
    closed = by(PHARMACY, "pharmacy", licence_status="INACTIVE")
    left = after(issued(), reserved(submitter=closed))
    assert (left.violations(), left.outcomes[1].result) == ([], "pharmacy-unlicensed")
    granted = {"verdict": "ACCEPTED", "result": "granted", "reasons": ()}
    held = {"holder": PHARMACY, "held_until": at(31), "status": "reserved"}
    left.outcomes[1] = changed(left.outcomes[1], **granted, **held)
    left.says("verdicts follow from the log", f"{PHARMACY} may not: pharmacy-unlicensed")


def test_a_claim_that_becomes_payable_must_be_told() -> None:
    left = after(issued(), claimed(1, 5), dispensed(given_out(1, 5)))
    assert left.violations() == []
    left.outcomes[2] = changed(left.outcomes[2], reasons=())
    left.says("quantities add up", "told as payable now, by the log it is claim-1")


def test_a_sale_that_was_sent_again_must_not_count_twice() -> None:
    left = after(issued(), *(dispensed(given_out(1, 5), receipt_number="HD1") for _ in range(2)))
    assert (left.violations(), left.outcomes[2].result) == ([], "counted-before")
    left.outcomes[2] = changed(left.outcomes[2], result="dispensed", reasons=())
    left.says("quantities add up", "0/2", "again (receipt HD1)")


def test_an_owing_hold_that_was_not_told_is_named() -> None:
    owing = dispensed(given_out(1, 5), owing=True, owing_hold_minutes=600)
    left = after(issued(), reserved(), owing)
    assert left.violations() == []
    left.outcomes[2] = changed(left.outcomes[2], held_until=left.outcomes[1].held_until)
    left.says("what is told is so", "0/2", "the hold's end")


# --- dead letters and logs that were cut ---


def _letter(offset: int, value: bytes, topic: str = LOG.name) -> DeadLettered:
    return DeadLettered(
        dead_letter_id=f"registry:{topic}:0:{offset}",
        folder="registry",
        source_topic=topic,
        source_partition=0,
        source_offset=offset,
        recorded_at=at(offset),
        key=b"k",
        value=value,
        error="noise",
    )


def test_noise_is_kept_whole_among_the_dead_letters() -> None:
    log = [*after(issued()).log, Logged(0, 1, at(1), "k", None, "noise", b"noise")]
    letters = [_letter(1, b"noise"), _letter(1, b"noise"), _letter(0, b"", "rx.facts")]
    assert [*check_letters(log, letters, partitions=0)] == []
    for wrong, words in (
        ([], "0/1 of k cannot be read and is no dead letter"),
        ([_letter(1, b"nois")], "does not have its bytes"),
        ([_letter(0, b""), _letter(1, b"noise")], "can be read and is a dead letter"),
        ([_letter(1, b"noise"), _letter(7, b"")], "0/7, where nothing lies"),
    ):
        assert any(
            words in str(violation) for violation in check_letters(log, wrong, partitions=0)
        ), words


def test_a_cut_log_must_stop_its_partition_and_only_that() -> None:
    left = after(issued(), reserved())
    assert [*check_cut(left.rows, left.log, set())] == []
    for log, words in (
        (left.log[:1], "it ends at 1 and 2 records of it are applied"),
        ([*left.log[:1], Logged(0, 1, at(9), CODE, left.log[1].event)], "its record 1 of"),
    ):
        [violation] = check_cut(left.rows, log, set())
        assert words in violation.sentence
        assert [*check_cut(left.rows, log, {0})] == []
    [violation] = check_cut(left.rows, left.log, {0})
    assert "nothing is wrong" in violation.sentence
