"""One patient's acts as they are written down: visits, collections, withdrawals, as facts.

Minutes count from the country's first local midnight. Everything is told once and in order here;
`transport.py` says how it reaches the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from infra.evaluation.country.medicines import Course, line
from infra.evaluation.country.transport import recorded_at
from infra.evaluation.country.world import Practice, World, moment
from services.contracts.facts import Fact, FactRecorded, FactWithdrawn

DAY = 1440.0
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Person:
    """`home` is a region's index; practice and pharmacy are where this person usually goes."""

    number: int
    ref: str
    age: int
    home: int
    practice: int
    pharmacy: int


class Script(NamedTuple):
    """A prescription: its code, where, by whom, when (minutes), for what."""

    code: str
    practice: int
    prescriber: str
    at: float
    courses: tuple[Course, ...]
    treatment: str
    fact: FactRecorded


class Diary:
    """Collects the facts of one patient. `is_exact`: clocks are right and nothing is lost, so that
    a planted pattern is complete to the minute."""

    def __init__(self, world: World, person: Person, rng: Random) -> None:
        self.world = world
        self.person = person
        self.rng = rng
        self.told: list[Fact] = []
        self.lost: set[str] = set()
        self.is_exact = False
        self._codes = self._facts = 0

    @property
    def end(self) -> float:
        """The minute at which the country's time ends."""
        return self.world.days * DAY

    def visit(
        self,
        at: float,
        practice: int,
        courses: Sequence[Course],
        treatment: str = "ACUTE",
        *,
        prescriber: int | None = None,
        kind: str = "c",
    ) -> Script:
        """A prescription is written."""
        place = self.world.practices[practice]
        if prescriber is None:
            who = self.rng.choice(place.prescribers)
        else:
            who = place.prescribers[prescriber % len(place.prescribers)]
        code = self._code(place.facility_id, kind)
        told_at = at if self.is_exact else at + place.skew
        fact = FactRecorded(
            fact_id=self._fact_id(),
            kind="PRESCRIBED",
            patient_ref=self.person.ref,
            prescription_code=code,
            occurred_at=moment(told_at),
            recorded_at=recorded_at(self.rng, at, ()),
            prescriber_id=who,
            practice_id=place.facility_id,
            practice_province=place.province,
            practice_latitude=place.latitude,
            practice_longitude=place.longitude,
            treatment=treatment,
            lines=tuple([line(n, c) for n, c in enumerate(courses, start=1)]),
        )
        self.told.append(fact)
        return Script(code, practice, who, at, tuple(courses), treatment, fact)

    def collect(
        self,
        script: Script,
        at: float,
        pharmacy: int,
        courses: Sequence[Course] | None = None,
        *,
        in_person: bool = True,
    ) -> FactRecorded:
        """Medicines of a prescription are handed over; without `courses`, all of them."""
        place = self.world.pharmacies[pharmacy]
        wrote: Practice = self.world.practices[script.practice]
        given = script.courses if courses is None else courses
        told_at = at if self.is_exact else at + place.skew
        offline = () if self.is_exact else place.offline
        fact = FactRecorded(
            fact_id=self._fact_id(),
            kind="DISPENSED",
            patient_ref=self.person.ref,
            prescription_code=script.code,
            occurred_at=moment(told_at),
            recorded_at=recorded_at(self.rng, at, offline),
            prescriber_id=script.prescriber,
            practice_id=wrote.facility_id,
            practice_province=wrote.province,
            practice_latitude=wrote.latitude,
            practice_longitude=wrote.longitude,
            pharmacy_id=place.facility_id,
            pharmacy_chain_id=place.chain,
            pharmacy_province=place.province,
            pharmacy_latitude=place.latitude,
            pharmacy_longitude=place.longitude,
            treatment=script.treatment,
            in_person=in_person,
            lines=tuple([line(n, c) for n, c in enumerate(given, start=1)]),
        )
        self.told.append(fact)
        return fact

    def withdraw(self, fact: FactRecorded, at: float) -> None:
        """A dispense is reversed, or a prescription cancelled."""
        when = moment(at)
        self.told.append(
            FactWithdrawn(
                fact_id=fact.fact_id,
                patient_ref=self.person.ref,
                prescription_code=fact.prescription_code,
                cause_event_id=self._fact_id(),
                occurred_at=when,
                recorded_at=max(recorded_at(self.rng, at, ()), fact.recorded_at),
            )
        )

    def lose(self, fact: FactRecorded) -> None:
        """The network never hears of it."""
        self.lost.add(fact.fact_id)

    def _fact_id(self) -> str:
        self._facts += 1
        return f"{self.person.ref}.{self._facts}"

    def _code(self, facility_id: str, kind: str) -> str:
        """Unlike every other code of the country: patient in base 36, then a serial number."""
        self._codes += 1
        number, digits = self.person.number * 1000 + self._codes, []
        for _ in range(7):
            number, digit = divmod(number, 36)
            digits.append(_DIGITS[digit])
        return f"{facility_id}{''.join(reversed(digits))}-{kind}"
