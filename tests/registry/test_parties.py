"""Who has to do with a prescription, and with one record of it."""

from __future__ import annotations

from services.registry.parties import concerns
from tests.builders import (
    CLINIC,
    OTHER_PHARMACY,
    PAYER,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    issued,
    released,
    reserved,
    reversed_,
    ticked,
)
from tests.dsl import Story, given


def concerned(story: Story) -> list[set[str]]:
    """Whom each record concerns, in log order."""
    folded = story.folded
    return [
        {
            one.facility_id
            for one in concerns(
                entry.submission, outcome, folded.parties.get(outcome.outcome_id, ())
            )
        }
        for entry, outcome in folded.judged
    ]


def booked(story: Story) -> list[tuple[str, str]]:
    """The entries of day books, in log order: facility and book."""
    return [
        (one.facility_id, one.book)
        for entry, outcome in story.folded.judged
        for one in concerns(entry.submission, outcome, ())
        if one.book
    ]


def test_a_clinic_follows_what_it_issued_and_a_pharmacy_what_it_holds() -> None:
    story = given(issued(), reserved(PHARMACY), reserved(OTHER_PHARMACY), dispensed())
    assert concerned(story) == [
        {CLINIC},
        {CLINIC, PHARMACY},
        {CLINIC, PHARMACY, OTHER_PHARMACY},
        {CLINIC, PHARMACY},
    ]


def test_who_loses_a_prescription_learns_of_it_and_of_nothing_after_it() -> None:
    released_ = given(issued(), reserved(), released(), reserved(OTHER_PHARMACY))
    assert concerned(released_)[2:] == [{CLINIC, PHARMACY}, {CLINIC, OTHER_PHARMACY}]
    lapsed = given(issued(), reserved(hold_minutes=30), (40, ticked()), (41, cancelled()))
    assert concerned(lapsed)[2:] == [{CLINIC, PHARMACY}, {CLINIC}]
    unnoticed = given(issued(), reserved(hold_minutes=30), (40, reserved(OTHER_PHARMACY)))
    assert concerned(unnoticed)[2] == {CLINIC, PHARMACY, OTHER_PHARMACY}


def test_who_dispensed_goes_on_following_also_after_a_reversal() -> None:
    story = given(issued(), dispensed(), reversed_(), reserved(OTHER_PHARMACY))
    assert concerned(story)[3] == {CLINIC, PHARMACY, OTHER_PHARMACY}


def test_a_payer_follows_what_is_claimed_from_it() -> None:
    story = given(issued(), dispensed(), claimed(), reversed_())
    assert concerned(story)[2:] == [{CLINIC, PHARMACY, PAYER}] * 2
    nothing = given(claimed())
    assert concerned(nothing) == [{PHARMACY, PAYER}], "refused, and both must know"


def test_a_repeat_concerns_who_sent_it_only() -> None:
    first = reserved(OTHER_PHARMACY, event_id="mine")
    story = given(issued(), reserved(PHARMACY), first, first)
    assert concerned(story)[3] == {OTHER_PHARMACY}


def test_a_record_that_cannot_be_read_concerns_nobody() -> None:
    [(entry, outcome)] = given(issued()).folded.judged
    broken = type(entry)(entry.record, entry.code, None, "noise")
    assert concerns(broken.submission, outcome, {CLINIC}) == []


def test_day_books_hold_what_was_issued_dispensed_and_claimed_once() -> None:
    sale, claim = dispensed(event_id="sale"), claimed(event_id="claim")
    story = given(issued(), reserved(), sale, sale, reserved(), claim, claim)
    assert booked(story) == [(CLINIC, "issued"), (PHARMACY, "dispensed"), (PAYER, "claimed")]


def test_an_entry_stands_under_the_moment_the_facility_says() -> None:
    late = dispensed(occurred_at=at(-600), offline=True)
    [(entry, outcome)] = given(late).folded.judged
    [one] = [c for c in concerns(entry.submission, outcome, ()) if c.book]
    assert one.booked_at == at(-600)


def test_a_refused_prescription_is_in_no_book() -> None:
    assert booked(given(issued(), issued(event_id="another"))) == [(CLINIC, "issued")]


def test_entries_are_in_the_order_of_facilities() -> None:
    [*_, (entry, outcome)] = given(issued(), dispensed(), claimed()).folded.judged
    found = [one.facility_id for one in concerns(entry.submission, outcome, {PHARMACY, CLINIC})]
    assert found == sorted(found)
