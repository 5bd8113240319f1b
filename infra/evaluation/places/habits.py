"""What ordinary prescribers prescribe, how often, and where it is collected.

All numbers here are the generator's own: no public source gives them by prescriber. They are low
(some 110 prescriptions a month), so that a country can be counted in minutes.
"""

from __future__ import annotations

from math import cos, exp, pi
from random import Random
from typing import NamedTuple

from infra.evaluation.country.medicines import Course, course
from infra.evaluation.places.times import is_holiday, weekday

A_DAY = (1.4, 0.7)
"""Prescriptions on an ordinary day: mean and standard deviation of their logarithm (median 4)."""

A_DAY_MAX = 25.0
COOL_SEASON = {"general": 0.25, "paediatrics": 0.35}
"""By how much more there is to do in January than on average."""

BUSY = {5: 0.6, 6: 0.1}
"""Saturdays and Sundays, as parts of a weekday."""

COMES_BACK = (2.0, 14.0)
"""Beta distribution of how often an acute patient is not well yet and comes again."""

CONTROLLED_SHARE = {
    "general": (2.0, 48.0),
    "internal": (3.0, 47.0),
    "paediatrics": (1.0, 99.0),
    "psychiatry": (9.0, 11.0),
    "hospital": (4.0, 36.0),
}
"""Beta distributions of a prescriber's share of controlled medicines."""


class Wares(NamedTuple):
    """What is prescribed: medicines, what for, and the type of prescription."""

    courses: tuple[Course, ...]
    treatment: str
    kind: str = "c"


ACUTE = tuple(
    Wares(courses, "ACUTE")
    for courses in (
        (course("amoxicillin", 7, 2), course("paracetamol", 3, 3)),
        (course("amoxicillin", 5, 2),),
        (course("cefuroxime", 7, 2), course("paracetamol", 3, 3)),
        (course("cefixime", 5, 2),),
        (course("ibuprofen", 5, 2),),
        (course("omeprazole", 28),),
    )
)
CHRONIC = tuple(
    Wares((course(medicine, 30),), "LONG_TERM")
    for medicine in ("amlodipine", "losartan", "metformin", "atorvastatin", "levothyroxine")
)
PAIN = tuple(
    Wares((course("tramadol", days, units),), "ACUTE", "n")
    for days in (3, 5, 7)
    for units in (2, 3)
)
NERVES = (
    *(
        Wares((course(m, d),), "LONG_TERM", "h")
        for m in ("diazepam", "lorazepam")
        for d in (10, 30)
    ),
    *(Wares((course(m, 30),), "LONG_TERM", "h") for m in ("clonazepam", "phenobarbital")),
    Wares((course("zolpidem", 10),), "ACUTE", "h"),
    Wares((course("bromazepam", 30),), "LONG_TERM", "h"),
)
LASTING = tuple(wares for wares in NERVES if wares.treatment == "LONG_TERM")


class Habit(NamedTuple):
    """One prescriber's ways. `on_leave` are the days on which nobody stands in; `comes_back` is how
    often an acute patient is one of the last weeks'."""

    specialty: str
    a_day: float
    controlled: float
    on_leave: range
    at_night: float = 0.0
    comes_back: float = 0.0

    def expected(self, day: int) -> float:
        """Prescriptions to be expected on a day."""
        if day in self.on_leave:
            return 0.0
        season = 1 + COOL_SEASON.get(self.specialty, 0.1) * cos(2 * pi * (day - 198) / 365)
        return self.a_day * season * BUSY.get(weekday(day), 1.0) * (0.05 if is_holiday(day) else 1)


def habit(rng: Random, specialty: str, first_day: int, end_day: int) -> Habit:
    """Somebody's ways; hospital prescribers have night duty now and then."""
    start = rng.randrange(first_day, end_day)
    leave = range(start, start + rng.randint(5, 12)) if rng.random() < 0.6 else range(0)
    return Habit(
        specialty=specialty,
        a_day=min(rng.lognormvariate(*A_DAY), A_DAY_MAX),
        controlled=rng.betavariate(*CONTROLLED_SHARE[specialty]),
        on_leave=leave,
        at_night=rng.betavariate(2, 48) if specialty == "hospital" else 0.0,
        comes_back=rng.betavariate(*COMES_BACK),
    )


def poisson(rng: Random, expected: float) -> int:
    """A Poisson number (Knuth), for less than 100 expected."""
    limit, count, product = exp(-expected), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def days_to_collect(rng: Random) -> int:
    """Whole days until somebody comes to the pharmacy: most come at once, hardly any on the fifth
    and last day."""
    return rng.choices((0, 1, 2, 3, 4, 5), (0.80, 0.09, 0.05, 0.03, 0.02, 0.01))[0]
