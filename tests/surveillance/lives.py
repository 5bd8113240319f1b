"""Random artificial lives: few places and medicines, so that patterns are frequent."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import strategies as st

from services.contracts.facts import FactRecorded
from services.surveillance.timeline import PatientState, Timeline, insert
from tests.surveillance.artificial import (
    AMLODIPINE,
    CLASSES,
    DIAZEPAM,
    HAI_PHONG,
    HANOI,
    HCMC,
    HERBAL,
    PATIENT,
    TRAMADOL,
    at,
    dispensed,
    prescribed,
)

_PLACES = (HANOI, HAI_PHONG, HCMC, None)
_MEDICINES = (TRAMADOL, TRAMADOL, DIAZEPAM, AMLODIPINE, HERBAL)
_DAYS = (None, 5, 30, 30)
_HALF_HOURS_A_DAY = 48


def _fact(number: int, days: int) -> FactRecorded:
    """The fact of a number: lists of numbers shrink to the few facts that matter."""
    random = Random(number)
    occurred_at = at(0, random.randrange(days * _HALF_HOURS_A_DAY) / 2)
    place = random.randrange(4)
    is_prescribed = random.randrange(4) == 0
    tell, facility = (prescribed, "practice") if is_prescribed else (dispensed, "pharmacy")
    return tell(
        random.choice(_MEDICINES),
        occurred_at,
        random.choice(_DAYS),
        fact_id=f"fact-{number}",
        practice_id=f"0000{random.randrange(4)}",
        pharmacy_id=f"P000{place}",
        prescription_code=f"010010000000{random.randrange(10)}-c",
        treatment="CANCER" if random.randrange(20) == 0 else "ACUTE",
        in_person=random.randrange(2) == 0,
        recorded_at=occurred_at + timedelta(minutes=random.randrange(4)),
        **{f"{facility}_place": _PLACES[place], f"{facility}_province": "01"},
    )


def life(seed: int, days: int, facts: int) -> list[FactRecorded]:
    """So many facts of one patient within so many days, in no order; a seed gives one life."""
    random = Random(seed)
    return [_fact(random.randrange(2**32), days) for _ in range(facts)]


def lives(days: int = 200, most: int = 14) -> st.SearchStrategy[list[FactRecorded]]:
    """Facts of one patient within so many days, in no order."""
    numbers = st.lists(st.integers(0, 2**32), max_size=most, unique=True)
    return numbers.map(lambda drawn: [_fact(number, days) for number in drawn])


def timelines(days: int = 200, most: int = 14) -> st.SearchStrategy[Timeline]:
    """The same as the rules see it."""

    def timeline(facts: list[FactRecorded]) -> Timeline:
        state = PatientState(patient_ref=PATIENT)
        for fact in facts:
            state, _ = insert(state, fact, CLASSES)
        return state.timeline

    return lives(days, most).map(timeline)
