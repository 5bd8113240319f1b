"""Reviews: when a month is looked at, what is told, taken back and told again."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised
from services.surveillance.measures.alerting import start_of
from services.surveillance.measures.counting import Counts
from services.surveillance.measures.ledger import Ledger
from services.surveillance.measures.measure import Key, Measure
from services.surveillance.measures.months import first_day
from services.surveillance.measures.reviewing import GRACE_DAYS, changes, due, find
from services.surveillance.measures.signals import Signal, runs
from services.surveillance.timeline import moment
from tests.surveillance.measures.months import FEBRUARY, MARCH, ME, SHIPPED

JANUARY = FEBRUARY - 1
LATER = start_of(first_day(MARCH + 1) + GRACE_DAYS)


def at_night(month: int, count: int = 10) -> Counts:
    """A month of twenty controlled prescriptions, so many of them at night."""
    day = first_day(month)
    return Counter(
        {Key(Measure.CONTROLLED, ME, day): 20, Key(Measure.CONTROLLED_AT_NIGHT, ME, day): count}
    )


def ledger(*counts: Counts) -> Ledger:
    kept = Ledger(SHIPPED)
    for one in counts:
        kept.add(one)
    return kept


@pytest.mark.parametrize(("early_ms", "expected"), [(1, 0), (0, 1), (-1, 1)])
def test_a_month_is_reviewed_ten_days_after_its_end(early_ms: int, expected: int) -> None:
    """By the log's time, to the millisecond of local midnight."""
    assert len(ledger(at_night(MARCH)).review(LATER - early_ms)) == expected


def test_what_was_told_is_not_told_again() -> None:
    """Neither without any change nor after one that changes nothing found."""
    kept = ledger(at_night(MARCH))
    (raised,) = kept.review(LATER)
    assert isinstance(raised, AlertRaised)
    assert (raised.subject_kind, raised.subject, raised.rule) == (
        "prescriber",
        ME,
        "out-of-hours",
    )
    assert raised.figures["month"] == "2026-03"
    assert kept.review(LATER + 1) == []
    kept.add(Counter({Key(Measure.PATIENTS, ME, first_day(MARCH)): 1}))
    assert kept.review(LATER + 2) == []


def test_late_facts_revise_and_withdrawn_ones_retract() -> None:
    """And what comes back is raised again with the next revision."""
    kept = ledger(at_night(MARCH))
    told = kept.review(LATER)
    more = Counter({Key(Measure.CONTROLLED_AT_NIGHT, ME, first_day(MARCH)): 2})
    less = Counter({Key(Measure.CONTROLLED_AT_NIGHT, ME, first_day(MARCH)): -12})
    for change in (more, less, more + more + more):
        kept.add(change)
        told += kept.review(LATER)
    kinds = [type(change) for change in told]
    assert kinds == [AlertRaised, AlertRevised, AlertRetracted, AlertRaised]
    assert [change.revision for change in told] == [1, 2, 3, 4]
    assert len({change.alert_id for change in told}) == 1
    assert len({change.change_id for change in told}) == 4


def test_what_unknown_numbers_judged_stands_as_published() -> None:
    """Given alerts and signals of a version that the parameters no longer have, when the month is
    reviewed anew, then they are left alone and the review goes on."""
    found = find(ledger(at_night(MARCH)).panel("prescriber", MARCH), SHIPPED)
    kept, (raised,) = changes(SHIPPED.versions, found, [], moment(LATER))
    assert isinstance(raised, AlertRaised)
    known = [version for version in SHIPPED.versions if version.rule.name != raised.rule]
    assert changes(known, found, kept, moment(LATER)) == ([], [])


def test_months_in_a_row_are_one_alert() -> None:
    """The first month names it; the last extends it."""
    kept = ledger(at_night(JANUARY), at_night(FEBRUARY), at_night(MARCH))
    kept.review(LATER)
    (alert,) = kept.open
    assert alert.month == JANUARY
    assert alert.figures["months_found"] == "3"


def signals(*months: int) -> list[Signal]:
    return [Signal(ME, month, 0, 0, 1.0, {}) for month in months]


def test_quiet_months_and_new_years_end_an_episode() -> None:
    """Three quiet months re-arm; so does January."""
    assert [len(run) for run in runs(signals(JANUARY, JANUARY + 3), 3)] == [2]
    assert [len(run) for run in runs(signals(JANUARY, JANUARY + 4), 3)] == [1, 1]
    assert [len(run) for run in runs(signals(JANUARY - 1, JANUARY), 3)] == [1, 1]


def test_a_change_reviews_the_months_it_is_compared_with() -> None:
    """Half a year on; older months stand."""
    changed = {MARCH - 20: 1, MARCH - 3: 1, MARCH: 1}
    states = due(changed, {}, LATER)
    assert due(changed, states, LATER) == {}
    again = due({**changed, MARCH - 3: 2}, states, LATER)
    assert set(again) == {MARCH - 3, MARCH - 2, MARCH - 1, MARCH}
    assert due({**changed, MARCH - 20: 2}, states, LATER) == {}


def test_the_end_does_not_depend_on_when_reviews_happened() -> None:
    """Counts that come in any order, reviewed after each or once, end in the same alerts."""
    random = Random(5)
    pieces = [
        Counter({key: 1})
        for month in (JANUARY, FEBRUARY, MARCH)
        for key, count in at_night(month, random.randrange(3, 7)).items()
        for _ in range(count)
    ]
    ends = []
    for every in (1, 7, len(pieces)):
        random.shuffle(pieces)
        kept = ledger()
        for n, piece in enumerate(pieces, start=1):
            kept.add(piece)
            if n % every == 0:
                kept.review(LATER)
        kept.review(LATER)
        ends.append([(a.alert_id, a.first_day, a.last_day, a.figures) for a in kept.open])
    assert ends[0] == ends[1] == ends[2]
