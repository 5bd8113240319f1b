"""After a run: did surveillance find what was planted, and nothing else?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.simulation.course import Course
from services.simulation.regulator import Regulator, SeenAlert
from services.simulation.schemes import Scheme

FOUND_WITHIN_S = 30.0


@dataclass(frozen=True)
class Planted:
    """One planted story and the rules that have an open alert on its patient: `rules` ask
    somebody to look, `counted` are in shadow."""

    scheme: Scheme
    subject: str
    is_whole: bool
    rules: frozenset[str]
    counted: frozenset[str] = frozenset()

    @property
    def is_right(self) -> bool:
        """Told to its end; the rule it was planted for has found it, or spared it, and no other
        one asks somebody to look."""
        found = self.scheme.rule in self.rules | self.counted
        return self.is_whole and found == self.scheme.is_found and self.rules <= {self.scheme.rule}


@dataclass(frozen=True)
class Verification:
    """`strangers` are open alerts on people about whom nothing was planted; what rules in shadow
    count is not among them."""

    planted: tuple[Planted, ...]
    strangers: tuple[SeenAlert, ...]

    @property
    def is_right(self) -> bool:
        return not self.strangers and all(planted.is_right for planted in self.planted)


async def verified(
    courses: Sequence[Course],
    regulator: Regulator,
    known: Collection[str] = (),
    within_s: float = FOUND_WITHIN_S,
) -> Verification:
    """Wait until oversight shows what was planted, `within_s` at most, and compare.

    `known` are patients whom other stories have made known to surveillance.
    """
    subjects = {
        course.key: await regulator.patient_of(course.codes[0]) if course.codes else ""
        for course in courses
    }

    def look() -> tuple[Planted, ...]:
        return tuple(
            Planted(
                scheme=course.scheme,
                subject=subjects[course.key],
                is_whole=course.is_whole,
                rules=frozenset(regulator.open_on(subjects[course.key])),
                counted=frozenset(regulator.open_on(subjects[course.key], statistics=True)),
            )
            for course in courses
            if course.scheme is not None
        )

    await regulator.wait_for(lambda: all(p.is_right or not p.is_whole for p in look()), within_s)
    expected = {*subjects.values(), *known}
    strangers = tuple(
        alert
        for alert in regulator.alerts.values()
        if alert.is_open and not alert.is_statistics and alert.subject not in expected
    )
    return Verification(look(), strangers)
