"""What a planted scheme is written with: days, distinct places, and fills that are noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from infra.evaluation.country.diary import DAY, Diary, Script
from infra.evaluation.country.labels import Form
from infra.evaluation.country.medicines import Course
from infra.evaluation.country.world import CHAINS, Pharmacy, Region
from services.contracts.facts import FactRecorded

SPAN_MAX = 200
"""No scheme lasts longer, so that all of it lies within the country's year."""

PLANTED_FORMS: tuple[Form, ...] = ("easy", "above", "at", "below", "evasive")


class Scheme(NamedTuple):
    """`plant` writes it and gives the fact that completes the pattern, None where none does.

    `rules` are expected to find it. `per_10_000` patients do it in the realistic country.
    `alone`: whoever does it is known for nothing else.
    """

    name: str
    rules: tuple[str, ...]
    per_10_000: float
    plant: Callable[[Plot, Form], FactRecorded | None]
    alone: bool = False


class LookAlike(NamedTuple):
    """Innocent, and `rules` should leave it alone."""

    name: str
    rules: tuple[str, ...]
    per_10_000: float
    plant: Callable[[Plot], object]


@dataclass
class Plot:
    """One patient's part in a scheme. `first_day` is where it begins."""

    diary: Diary
    first_day: int
    facts: list[FactRecorded] = field(default_factory=list)

    @classmethod
    def of(cls, diary: Diary) -> Plot:
        """Somewhere in the country's time; a diary that is exact from here on."""
        diary.is_exact = True
        last = max(diary.world.days - SPAN_MAX, 2)
        return cls(diary, diary.rng.randrange(1, last))

    @property
    def region(self) -> Region:
        """Where the patient lives."""
        return self.diary.world.regions[self.diary.person.home]

    def practices(self, count: int) -> list[int]:
        """Different practices of the province."""
        places = [*self.region.hospitals, *self.region.clinics.places]
        return self.diary.rng.sample(places, count)

    def hospital(self) -> int:
        """One with many prescribers."""
        return self.diary.rng.choice(self.region.hospitals)

    def pharmacies(self, count: int) -> list[int]:
        """Different pharmacies of the province that see nothing of one another's sales."""
        alone = list(self.region.independent)
        self.diary.rng.shuffle(alone)
        alone.insert(0, self.branches(1)[0])
        return alone[:count]

    def branches(self, count: int) -> list[int]:
        """Different branches of one chain."""
        return self.diary.rng.sample(self.region.branches[CHAINS[0]], count)

    def pharmacy(self, index: int) -> Pharmacy:
        """The place itself."""
        return self.diary.world.pharmacies[index]

    def write(
        self,
        day: float,
        courses: Sequence[Course],
        practice: int,
        treatment: str = "LONG_TERM",
        *,
        prescriber: int | None = None,
        hour: float = 9,
        kind: str = "h",
    ) -> Script:
        """A prescription at an hour so many days after the first day."""
        at = (self.first_day + day) * DAY + hour * 60
        script = self.diary.visit(
            at, practice, courses, treatment, prescriber=prescriber, kind=kind
        )
        self.facts.append(script.fact)
        return script

    def take(
        self, script: Script, pharmacy: int, minutes: float = 20, *, in_person: bool = True
    ) -> FactRecorded:
        """Its medicines are collected so many minutes later."""
        fact = self.diary.collect(script, script.at + minutes, pharmacy, in_person=in_person)
        self.facts.append(fact)
        return fact

    def fill(
        self,
        day: float,
        medicine: Course,
        practice: int,
        pharmacy: int,
        treatment: str = "LONG_TERM",
        *,
        prescriber: int | None = None,
    ) -> FactRecorded:
        """Written and collected at nine o'clock."""
        script = self.write(day, (medicine,), practice, treatment, prescriber=prescriber)
        return self.take(script, pharmacy)


def distance_km(one: Pharmacy, other: Pharmacy) -> float:
    """Great-circle distance, on the mean radius of 6371.0088 km."""
    phi, phi_b = radians(one.latitude), radians(other.latitude)
    half = sin((phi_b - phi) / 2) ** 2
    half += cos(phi) * cos(phi_b) * sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))
