"""Narcotics in batches: three times ten days (TT 26/2025/TT-BYT Art 8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.builders import (
    MORPHINE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    batch,
    cancelled,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    reversed_,
)
from tests.dsl import Story, given

DAY = 24 * 60
FIRST = batch(1, 0, 10 * DAY)
SECOND = batch(2, 7 * DAY, 20 * DAY)
THIRD = batch(3, 17 * DAY, 30 * DAY)
BATCHES = (FIRST, SECOND, THIRD)


def narcotic(quantity: float = 30, batches=BATCHES, **more):
    return issued(line(1, quantity, MORPHINE), batches=batches, valid_until=at(30 * DAY), **more)


def sold(quantity: float, number: int | None = None, **more):
    return dispensed(given_out(1, quantity, MORPHINE, batch=number), **more)


def collectable(story: Story) -> float:
    [left] = story.last.remaining
    return float(left.collectable)


def parts(story: Story) -> list[tuple[int | None, float]]:
    return [(part.batch, float(part.quantity)) for part in story.state().dispenses[-1].lines]


@pytest.mark.parametrize(
    ("quantity", "days", "shares"),
    [
        pytest.param(30, (10, 10, 10), (10, 10, 10), id="evenly"),
        pytest.param(20, (10, 10, 10), (7, 7, 6), id="the earlier ones get the larger part"),
        pytest.param(31, (10, 10, 10), (11, 10, 10), id="one left over"),
        pytest.param(25, (10, 10, 5), (10, 10, 5), id="by their days"),
        pytest.param(21, (10, 10, 5), (9, 8, 4), id="by their days, one left over"),
        pytest.param(2, (10, 10, 10), (1, 1, 0), id="fewer than batches"),
        pytest.param(20.5, (10, 10, 10), (7, 7, 6.5), id="half a unit"),
        pytest.param(7, (10,), (7,), id="one batch"),
    ],
)
def test_a_quantity_is_shared_in_whole_units(quantity, days, shares) -> None:
    windows = tuple(
        batch(number, number * DAY, 30 * DAY, days=length)
        for number, length in enumerate(days, start=1)
    )
    state = given(narcotic(quantity, windows)).state()
    got = tuple(float(part.quantity) for one in state.batches for part in one.shares)
    assert got == shares
    assert sum(Decimal(str(share)) for share in got) == Decimal(str(quantity))


def test_only_the_open_batch_may_be_collected() -> None:
    story = given(narcotic()).when((DAY, reserved())).then("granted", remaining=(30,))
    assert collectable(story) == 10
    after = story.when((DAY + 1, sold(10))).then("dispensed", findings=(), remaining=(20,))
    assert collectable(after) == 0


def test_the_next_batch_may_be_collected_some_days_early() -> None:
    story = given(narcotic(), (DAY, sold(4))).when((8 * DAY, reserved())).then("granted")
    assert collectable(story) == 16, "the rest of the first and the whole second"
    after = story.when((8 * DAY + 1, sold(16))).then("dispensed", findings=())
    assert parts(after) == [(1, 6.0), (2, 10.0)]


def test_between_batches_a_reservation_is_refused_with_the_next_opening() -> None:
    gap = (batch(1, 0, DAY), batch(2, 3 * DAY, 4 * DAY))
    story = given(narcotic(20, gap)).when((2 * DAY, reserved()))
    story.then("not-yet-valid", verdict="REFUSED")
    assert story.last.reasons[0].details["valid_from"] == at(3 * DAY).isoformat()


def test_what_is_collected_is_refused_until_the_next_batch_opens() -> None:
    story = given(narcotic(), (DAY, reserved()), (DAY + 1, sold(10)), (DAY + 2, released()))
    story.when((2 * DAY, reserved(OTHER_PHARMACY))).then("not-yet-valid", verdict="REFUSED")
    story.when((7 * DAY, reserved(OTHER_PHARMACY))).then("granted")


def test_after_the_last_batch_it_is_expired() -> None:
    story = given(narcotic(batches=(batch(1, 0, DAY), batch(2, DAY, 2 * DAY))))
    story.when((2 * DAY, reserved())).then("expired", verdict="REFUSED")
    story.when((31 * DAY, reserved())).then("expired", verdict="REFUSED", status="expired")


def test_a_batch_nobody_collected_lapses() -> None:
    story = given(narcotic(), (12 * DAY, sold(10, 2)))
    story.when((13 * DAY, reserved())).then("not-yet-valid", verdict="REFUSED")
    last = story.when((18 * DAY, sold(10, 3)), (19 * DAY, reserved()))
    last.then("batches-collected", verdict="REFUSED", remaining=(10,))


def test_the_same_batch_is_collected_at_several_pharmacies_and_only_once() -> None:
    story = given(narcotic(), (DAY, sold(4)), (2 * DAY, sold(6, pharmacy=OTHER_PHARMACY)))
    story.then("dispensed", findings=())
    twice = story.when((3 * DAY, sold(10, pharmacy=OTHER_PHARMACY)))
    twice.then("dispensed", findings=("batch-exceeded",), remaining=(10,))
    assert twice.last.reasons[0].details == {"batch": "1", "dispensed": "10", "left": "0"}


@pytest.mark.parametrize(
    ("day", "number", "finding"),
    [
        (6, 2, "batch-early"),
        (7, 2, None),
        (21, 2, "batch-closed"),
        (21, 3, None),
        (1, 3, "batch-early"),
        (1, 9, "unknown-batch"),
    ],
)
def test_a_batch_collected_outside_its_time_is_a_finding(day, number, finding) -> None:
    story = given(narcotic()).when((day * DAY, sold(10, number)))
    story.then("dispensed", verdict="RECORDED", findings=(finding,) if finding else ())


def test_outside_every_batch_it_counts_for_the_next_or_the_last() -> None:
    gap = (batch(1, DAY, 2 * DAY), batch(2, 4 * DAY, 5 * DAY))
    early = given(narcotic(20, gap)).when((3 * DAY, sold(10)))
    early.then("dispensed", findings=("batch-early",))
    assert parts(early) == [(2, 10.0)]
    late = given(narcotic(20, gap)).when((6 * DAY, sold(10)))
    late.then("dispensed", findings=("batch-closed",))
    assert parts(late) == [(2, 10.0)]


def test_lateness_is_judged_by_when_it_was_handed_over() -> None:
    offline = sold(10, 1, occurred_at=at(9 * DAY), offline=True)
    given(narcotic()).when((12 * DAY, offline)).then("dispensed", findings=())


def test_more_than_is_open_counts_for_the_last_open_batch() -> None:
    story = given(narcotic()).when((8 * DAY, sold(25)))
    story.then("dispensed", findings=("batch-exceeded",), remaining=(5,))
    assert parts(story) == [(1, 10.0), (2, 15.0)]


def test_two_lines_of_one_sale_share_what_the_batch_holds() -> None:
    both = dispensed(given_out(1, 6, MORPHINE, batch=1), given_out(1, 6, MORPHINE, batch=1))
    given(narcotic()).when((DAY, both)).then("dispensed", findings=("batch-exceeded",))


def test_what_was_collected_out_of_turn_is_not_collected_again() -> None:
    two_lines = issued(
        line(1, 20, MORPHINE),
        line(2, 10, MORPHINE),
        batches=(batch(1, 0, 10 * DAY), batch(2, 10 * DAY, 20 * DAY)),
        valid_until=at(20 * DAY),
    )
    story = given(two_lines, (DAY, dispensed(given_out(1, 20, MORPHINE))))
    second = dispensed(given_out(2, 5, MORPHINE), pharmacy=OTHER_PHARMACY)
    story = story.when((11 * DAY, second), (12 * DAY, reserved()))
    story.then("batches-collected", verdict="REFUSED", remaining=(0, 5))


def test_a_reversal_restores_the_batch() -> None:
    story = given(narcotic(), (DAY, sold(10, event_id="sale")))
    after = story.when((2 * DAY, reversed_(dispense="sale"))).then("reversed", remaining=(30,))
    assert collectable(after) == 10
    after.when((3 * DAY, reserved())).then("granted")


def test_the_same_quantity_of_different_batches_is_no_repeat() -> None:
    story = given(narcotic(), (9 * DAY, sold(10, 1)))
    story.when((9 * DAY + 5, sold(10, 2, pharmacy=OTHER_PHARMACY))).then("dispensed", findings=())


def test_the_same_receipt_for_another_batch_is_another_sale() -> None:
    first = sold(10, 1, receipt_number="HD1")
    story = given(narcotic(), (9 * DAY, first))
    story.when((9 * DAY, sold(10, 2, receipt_number="HD1"))).then("dispensed", remaining=(10,))
    story.when((9 * DAY, sold(10, 1, receipt_number="HD1"))).then("counted-before")
    story.when((9 * DAY, sold(10, receipt_number="HD1"))).then("counted-before")


def test_all_batches_together_complete_it() -> None:
    story = given(narcotic(), (DAY, sold(10)), (9 * DAY, sold(10, 2)), (18 * DAY, sold(10)))
    story.then("dispensed", findings=(), status="completed", remaining=(0,))


def test_a_cancelled_prescription_has_nothing_to_collect() -> None:
    story = given(narcotic()).when((DAY, cancelled())).then("cancelled", remaining=(0,))
    assert collectable(story) == 0


def test_before_windows_were_stamped_batches_limited_nothing() -> None:
    plain = tuple(
        type(one)(number=one.number, start_on=one.start_on, end_on=one.end_on) for one in BATCHES
    )
    story = given(narcotic(batches=plain)).when((DAY, reserved(PHARMACY))).then("granted")
    assert story.last.remaining[0].collectable is None
    story.when((DAY + 1, sold(30))).then("dispensed", findings=(), status="completed")


def test_a_line_nobody_prescribed_belongs_to_no_batch() -> None:
    story = given(narcotic()).when((DAY, dispensed(given_out(7, 1, MORPHINE))))
    story.then("dispensed", findings=("unknown-line",))
    assert parts(story) == [(None, 1.0)]


ONE_RECEIPT = {"receipt_number": "HD1"}


def test_two_batches_under_one_receipt_are_two_sales() -> None:
    first, second = sold(10, 1, **ONE_RECEIPT), sold(10, 2, **ONE_RECEIPT)
    story = given(narcotic(), (8 * DAY, first)).when((8 * DAY + 1, second))
    story.then("dispensed", findings=(), remaining=(10,))
    story.when((8 * DAY + 2, sold(10, 2, **ONE_RECEIPT))).then("counted-before")
    story.when((8 * DAY + 2, sold(10, **ONE_RECEIPT))).then("counted-before")


def test_before_the_prescription_arrives_a_sale_is_told_by_the_batches_it_names() -> None:
    story = given(sold(10, 1, **ONE_RECEIPT)).when(sold(10, 1, **ONE_RECEIPT))
    story.then("counted-before", findings=("repeated-receipt",))
    story.when(sold(10, 2, **ONE_RECEIPT)).then("dispensed", findings=("unknown-prescription",))


def test_a_batch_of_a_prescription_without_batches_makes_no_other_sale() -> None:
    plain = issued(line(1, 30, MORPHINE))
    story = given(plain, sold(10, **ONE_RECEIPT)).when(sold(10, 1, **ONE_RECEIPT))
    story.then("counted-before", findings=("repeated-receipt",), remaining=(20,))
