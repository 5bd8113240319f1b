"""The timeline: local days, the horizon, and what is kept of a fact."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from services.contracts.facts import FactRecorded
from services.contracts.terms import Drug
from services.surveillance.late.lane import is_too_late
from services.surveillance.timeline import (
    FACTS_MAX,
    HORIZON_DAYS,
    PatientState,
    calendar_date,
    day_number,
    decode,
    encode,
    epoch_ms,
    insert,
    local_day,
    moment,
    near,
    withdraw,
)
from tests.surveillance.artificial import (
    AMLODIPINE,
    CLASSES,
    PATIENT,
    TRAMADOL,
    at,
    dispensed,
    medicine,
    prescribed,
    withdrawn,
)

EMPTY = PatientState(patient_ref=PATIENT)


def told(*facts: FactRecorded, state: PatientState = EMPTY) -> PatientState:
    for fact in facts:
        state, _ = insert(state, fact, CLASSES)
    return state


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        (datetime(2026, 3, 1, 16, 59, 59, 999000, UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 17, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2028, 2, 28, 17, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_a_day_ends_at_local_midnight(utc: datetime, local: date) -> None:
    """17:00 in UTC is midnight in Vietnam, on a leap day as well."""
    assert calendar_date(local_day(epoch_ms(utc))) == local
    assert day_number(local) == local_day(epoch_ms(utc))
    assert moment(epoch_ms(utc)) == utc


def test_a_moment_without_time_zone_is_refused() -> None:
    """Nobody guesses where a clock stood."""
    with pytest.raises(TypeError):
        epoch_ms(datetime(2026, 1, 1))  # noqa: DTZ001


def test_facts_stand_in_the_order_they_happened() -> None:
    """Whatever the order they came in; at the same moment by id."""
    late, early = dispensed(when=5), dispensed(when=1)
    twins = [dispensed(when=3, fact_id=name) for name in ("b", "a")]
    ids = [entry.fact_id for entry in told(late, *twins, early).timeline]
    assert ids == [early.fact_id, "a", "b", late.fact_id]


def test_what_happened_before_the_horizon_is_not_taken() -> None:
    """24 months before the newest fact, to the day."""
    state = told(dispensed(when=HORIZON_DAYS))
    oldest, older = dispensed(when=0), dispensed(when=-1)
    assert not is_too_late(state, oldest)
    assert is_too_late(state, older)
    assert len(told(oldest, older, state=state).timeline) == 2
    in_order = told(older, oldest, dispensed(when=HORIZON_DAYS))
    assert in_order.timeline[0].fact_id == oldest.fact_id


def test_a_mistyped_year_pushes_nothing_out() -> None:
    """A fact cannot have happened later than it was recorded, so it does not move the horizon."""
    future = dispensed(when=4000, recorded_at=at(10))
    state = told(dispensed(when=0), future, dispensed(when=10))
    assert len(state.timeline) == 3


def test_withdrawing_the_newest_fact_does_not_move_the_horizon_back() -> None:
    """What was forgotten stays forgotten, so the order of arrival does not matter."""
    newest = dispensed(when=HORIZON_DAYS)
    state, gone = withdraw(told(newest), withdrawn(newest))
    assert gone is not None
    assert is_too_late(state, dispensed(when=-1))


def test_withdrawals_are_forgotten_when_their_facts_are() -> None:
    """The memory of a patient is bounded on all sides."""
    fact = dispensed(when=0)
    state, _ = withdraw(told(fact), withdrawn(fact))
    assert fact.fact_id in state.withdrawn
    state = told(dispensed(when=HORIZON_DAYS + 2), state=state)
    assert state.withdrawn == {}
    assert len(told(fact, state=state).timeline) == 1


def test_a_reference_with_endless_facts_keeps_the_newest() -> None:
    """No reference grows without bound."""
    state = told(*(dispensed(when=at(0, 0, n)) for n in range(FACTS_MAX + 5)))
    assert len(state.timeline) == FACTS_MAX
    assert state.timeline[0].at == epoch_ms(at(0, 0, 5))


def test_a_fact_of_an_unknown_kind_is_not_taken() -> None:
    """A newer writer's word that this reader does not know."""
    state, entry = insert(
        EMPTY, FactRecorded(**{**_fields(dispensed()), "kind": "UNKNOWN"}), CLASSES
    )
    assert (state, entry) == (EMPTY, None)


def _fields(fact: FactRecorded) -> dict[str, object]:
    return {name: getattr(fact, name) for name in fact.__struct_fields__}


def test_a_state_that_still_carries_what_the_registry_found_is_read() -> None:
    """Entries used to end with the registry's findings, which no rule ever read."""
    state = told(dispensed())
    entry = state.timeline[0]
    before = json.loads(encode(state))
    before["timeline"][0].append(["cancelled-late"])
    assert len(before["timeline"][0]) == len(entry.__struct_fields__) + 1
    assert decode(json.dumps(before).encode()) == state


def test_medicines_are_kept_with_what_is_known_of_them() -> None:
    """Prescribed or handed over; unknown days are unknown."""
    state = told(
        prescribed(TRAMADOL, 0),
        dispensed(
            (
                medicine(AMLODIPINE, 0),
                medicine(Drug(code="MAU", ingredients=("b", "a"), atc="N02A")),
                medicine(Drug(code="MAU", atc=" n02ax02 "), None),
            ),
            1,
        ),
    )
    plan, sale = state.timeline
    assert [m.key for m in plan.medicines] == ["N02AX02"]
    assert [(m.key, m.days) for m in sale.medicines] == [
        ("C08CA01", None),
        ("a+b", 30),
        ("N02AX02", None),
    ]


def test_near_takes_both_ends() -> None:
    """The days given are included."""
    timeline = told(*(dispensed(when=n) for n in range(10))).timeline
    first = timeline[0].day
    assert [e.day - first for e in near(timeline, first + 3, first + 5)] == [3, 4, 5]
    assert near(timeline, first + 8, first + 99) == timeline[8:]
    assert near(timeline, first + 10, first + 99) == ()
    assert near((), 0, 99) == ()
