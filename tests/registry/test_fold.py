"""The fold: repeats, conflicts, batches, rebuilds, the past."""

from __future__ import annotations

import itertools
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from services.registry.fold import Earlier, as_of, fold
from services.registry.prescription import Prescription, status
from tests.builders import (
    CODE,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    reversed_,
    withdrawn,
)
from tests.dsl import entries, given


def test_a_repeat_gets_the_first_verdict_again_whatever_happened_since() -> None:
    first = reserved(PHARMACY, event_id="mine")
    story = given(issued(), first, released(), reserved(OTHER_PHARMACY)).when(first)
    again = story.then("granted").last
    assert again.first_offset == 1
    assert again.log_offset == 4
    assert story.state().reservation.pharmacy_id == OTHER_PHARMACY, "the repeat changed nothing"


def test_the_same_id_with_other_content_is_refused_and_does_not_hide_the_first() -> None:
    first = reserved(event_id="mine", content="one")
    other = reserved(event_id="mine", content="two")
    story = given(issued(), first).when(other).then("same-id-other-content", verdict="REFUSED")
    story.when(first).then("granted")


def test_a_record_that_cannot_be_read_counts_as_never_sent() -> None:
    steps = entries([issued(), reserved()])
    broken = type(steps[0])(steps[0].record, CODE, None, "it is noise")
    folded = fold({}, {}, [broken, steps[1]])
    assert [o.result for _, o in folded.judged] == ["unreadable", "unknown-prescription"]
    assert [problem for _, problem in folded.unreadable] == ["it is noise"]


@pytest.mark.parametrize(
    ("minute", "expected"),
    [(-1, "not-issued"), (0, "active"), (1.5, "reserved"), (2, "completed"), (50, "completed")],
)
def test_the_past_can_be_asked(minute: float, expected: str) -> None:
    history = entries([issued(), reserved(), dispensed()])
    assert status(as_of(history, CODE, at(minute)), at(minute)) == expected


def test_a_hold_that_lapsed_since_the_last_record_is_seen_as_lapsed() -> None:
    history = entries([issued(), reserved(hold_minutes=30)])
    assert status(as_of(history, CODE, at(10)), at(10)) == "reserved"
    assert status(as_of(history, CODE, at(40)), at(40)) == "active"


quantities = st.decimals(min_value=Decimal("0.001"), max_value=30, places=3)
pharmacies = st.sampled_from([PHARMACY, OTHER_PHARMACY])
ids = st.integers(0, 12).map(lambda n: f"id-{n}")


def _any_submission() -> st.SearchStrategy:
    return st.one_of(
        st.builds(lambda i: issued(line(1, 20), event_id=f"issue-{i}"), ids),
        st.builds(lambda i: cancelled(event_id=f"cancel-{i}"), ids),
        st.builds(lambda p, i: reserved(p, event_id=f"{p}-hold-{i}"), pharmacies, ids),
        st.builds(lambda p, i: released(p, event_id=f"{p}-free-{i}"), pharmacies, ids),
        st.builds(
            lambda p, i, q: dispensed(
                given_out(1, q), pharmacy=p, event_id=f"{p}-sale-{i}", content=f"{i}-{q}"
            ),
            pharmacies,
            ids,
            quantities,
        ),
        st.builds(
            lambda p, i, d: reversed_(
                pharmacy=p, dispense=f"{p}-sale-{d}", event_id=f"{p}-undo-{i}", content=f"{i}{d}"
            ),
            pharmacies,
            ids,
            ids,
        ),
        st.builds(
            lambda p, i, q: claimed(
                1,
                q,
                by_facility=p,
                claim_id=f"{p}-{i}",
                event_id=f"{p}-claim-{i}",
                content=f"{i}-{q}",
            ),
            pharmacies,
            ids,
            quantities,
        ),
        st.builds(
            lambda p, i: withdrawn(by_facility=p, claim_id=f"{p}-{i}", event_id=f"{p}-back-{i}"),
            pharmacies,
            ids,
        ),
    )


steps_of_time = st.lists(
    st.tuples(st.floats(0, 45, allow_nan=False), _any_submission()), min_size=1, max_size=25
)


def _log(gaps) -> list:
    """Records in order of log time: the drawn gaps are added up."""
    minute, steps = 0.0, []
    for gap, submission in gaps:
        minute += gap
        steps.append((minute, submission))
    return entries(steps)


@settings(deadline=None)
@given_any(steps_of_time)
def test_quantities_add_up_whatever_happens(gaps) -> None:
    state = fold({}, {}, _log(gaps)).states.get(CODE, Prescription(code=CODE))
    sold = sum(
        (
            one.quantity
            for sale in state.dispenses
            if sale.reversed_by is None and state.issued
            for one in sale.lines
        ),
        Decimal(0),
    )
    paid = sum(
        (one.quantity for c in state.claims if c.withdrawn_by is None for one in c.lines),
        Decimal(0),
    )
    for held in state.lines:
        assert held.dispensed == sold
        assert held.claimed == paid
        assert held.claimed <= held.dispensed
        assert held.remaining == max(held.quantity - sold, Decimal(0))
        if sold > held.quantity:
            findings = {f for sale in state.dispenses for f in sale.findings}
            assert findings & {"duplicate", "over-quantity"}


@settings(deadline=None)
@given_any(steps_of_time)
def test_at_most_one_pharmacy_is_granted_while_a_hold_lasts(gaps) -> None:
    holder, until = None, at(0)
    for entry, outcome in fold({}, {}, _log(gaps)).judged:
        repeat = outcome.first_offset != outcome.log_offset
        if holder and (entry.at >= until or (outcome.holder is None and not repeat)):
            holder = None
        if outcome.result == "granted" and not repeat:
            assert holder is None
            holder, until = outcome.facility_id, outcome.held_until


@settings(deadline=None)
@given_any(steps_of_time, st.lists(st.integers(1, 25), max_size=6))
def test_how_records_are_cut_into_batches_changes_nothing(gaps, cuts) -> None:
    log = _log(gaps)
    whole = fold({}, {}, log)
    states, earlier, outcomes = {}, {}, []
    bounds = sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})
    for start, end in itertools.pairwise(bounds):
        part = fold(states, earlier, log[start:end])
        states |= {
            code: msgspec.json.decode(msgspec.json.encode(state), type=Prescription)
            for code, state in part.states.items()
        }
        for entry, outcome in part.judged:
            key = (entry.code, outcome.event_id)
            if entry.submission is not None:
                earlier.setdefault(key, Earlier(entry.submission.content_hash, outcome))
        outcomes += [outcome for _, outcome in part.judged]
    assert outcomes == [outcome for _, outcome in whole.judged]
    assert states == whole.states


@settings(deadline=None)
@given_any(steps_of_time, st.data())
def test_a_verdict_depends_on_the_records_before_it_only(gaps, data) -> None:
    log = _log(gaps)
    cut = data.draw(st.integers(1, len(log)))
    whole = [outcome for _, outcome in fold({}, {}, log).judged]
    assert [outcome for _, outcome in fold({}, {}, log[:cut]).judged] == whole[:cut]


@settings(deadline=None)
@given_any(steps_of_time)
def test_sending_everything_twice_changes_no_state(gaps) -> None:
    log = _log(gaps)
    twice = log + [
        type(e)(
            type(e.record)("log", 0, len(log) + n, e.record.timestamp_ms, e.record.key, b"", ()),
            e.code,
            e.submission,
        )
        for n, e in enumerate(log)
    ]
    assert fold({}, {}, twice).states == fold({}, {}, log).states
