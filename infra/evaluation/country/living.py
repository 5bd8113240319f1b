"""Ordinary lives: who falls ill with what, who goes where, and what comes of it.

The list of courses follows Synthea's medication modules (acute infections, chronic refills,
surgery, cancer, psychiatry, dental); their frequencies are this generator's own, because no public
source gives them for one country with prescriber and pharmacy.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from infra.evaluation.country.diary import DAY, Diary, Person, Script
from infra.evaluation.country.medicines import Course, course
from infra.evaluation.country.world import World
from services.contracts.facts import FactRecorded

AGES = ((0, 5, 9), (6, 17, 17), (18, 39, 31), (40, 64, 31), (65, 90, 12))
"""First and last age, and how many of a hundred people are of it."""

NEVER_COLLECTED = 0.08
PARTLY = 0.02
TAKEN_BACK = 0.005
CANCELLED = 0.02
LOST = 0.003
PROXY = 0.08
TRIPS_A_YEAR = 0.4
TRIP_DAYS = (2, 14)
HOME_FOR_TET = 0.15
"""So many spend the holiday in another province."""
OTHER_PHARMACY = 0.15
NOT_IN_STOCK = 0.35
"""How often somebody has to go to another pharmacy for a controlled medicine."""
OTHER_PRACTICE = 0.12
SUNDAY_KEPT = 0.25
TET = (228, 235)
"""First and last day of the holiday, counted from the country's first day (14 to 21 February)."""


def person(world: World, number: int, rng: Random) -> Person:
    """Somebody, and where they usually go."""
    low, high, _ = rng.choices(AGES, [share for _, _, share in AGES])[0]
    home = rng.choice(world.homes)
    region = world.regions[home]
    return Person(
        number=number,
        ref=f"nguoi-benh-mau-{world.seed}-{number:07d}",
        age=rng.randint(low, high),
        home=home,
        practice=region.clinics.choose(rng),
        pharmacy=region.pharmacies.choose(rng),
    )


def working_minute(rng: Random, day: float) -> float:
    """A minute of opening hours on that day or, for most Sundays and the holiday, on another."""
    whole = int(day)
    if TET[0] <= whole <= TET[1] and rng.random() > 0.1:
        whole = TET[1] + rng.randint(1, 4)
    weekday = (whole + 1) % 7  # the first day is a Tuesday
    if weekday == 6 and rng.random() > SUNDAY_KEPT:
        whole += 1
    hour = min(max(rng.gauss(10.5, 2.8), 7), 20)
    return whole * DAY + hour * 60 + rng.uniform(0, 1)


Trip = tuple[int, int, int]
"""First and last day away, and the region."""


class Life:
    """One person's visits and collections; the conditions are in `conditions.py`."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.person = diary.person
        self.rng = diary.rng
        self.world = diary.world
        self.trips = self._trips()

    def _trips(self) -> list[Trip]:
        rng, days = self.rng, self.world.days
        trips = []
        if rng.random() < HOME_FOR_TET:
            trips.append(
                (TET[0] - rng.randint(0, 3), TET[1] + rng.randint(0, 3), self._somewhere())
            )
        day = rng.expovariate(TRIPS_A_YEAR / 365)
        while day < days:
            stays = rng.randint(*TRIP_DAYS)
            trips.append((int(day), int(day) + stays, self._somewhere()))
            day += stays + 1 + rng.expovariate(TRIPS_A_YEAR / 365)
        return trips

    def _somewhere(self) -> int:
        return self.rng.randrange(len(self.world.regions))

    def trip(self, at: float) -> Trip | None:
        """The journey that this person is on at a minute."""
        day = int(at // DAY)
        return next((trip for trip in self.trips if trip[0] <= day <= trip[1]), None)

    def is_near(self, at: float, pharmacy: int) -> bool:
        """Whether the person is in the pharmacy's province at a minute."""
        trip = self.trip(at)
        region = self.world.regions[trip[2] if trip else self.person.home]
        return self.world.pharmacies[pharmacy].province == region.province.code

    def practice(self) -> int:
        """The usual one, mostly."""
        if self.rng.random() < OTHER_PRACTICE:
            return self.world.regions[self.person.home].clinics.choose(self.rng)
        return self.person.practice

    def hospital(self) -> int:
        """One of the province."""
        return self.rng.choice(self.world.regions[self.person.home].hospitals)

    def pharmacy(self, kind: str = "c") -> int:
        """The usual one, mostly; another of the province else."""
        if self.rng.random() < (OTHER_PHARMACY if kind == "c" else NOT_IN_STOCK):
            return self.world.regions[self.person.home].pharmacies.choose(self.rng)
        return self.person.pharmacy

    def treat(
        self,
        day: float,
        courses: Sequence[Course],
        treatment: str = "ACUTE",
        *,
        practice: int | None = None,
        kind: str = "c",
    ) -> float | None:
        """A visit and what follows; the day the medicines were collected, None if never."""
        at = working_minute(self.rng, day)
        trip = self.trip(at)
        while trip is not None and practice is not None:  # this practice: when back at home
            at = working_minute(self.rng, trip[1] + 1)
            trip = self.trip(at)
        if at + 4 * DAY >= self.diary.end or at < 0:
            return None
        where, pharmacy = self.practice() if practice is None else practice, self.pharmacy(kind)
        if trip is not None:
            region = self.world.regions[trip[2]]
            where, pharmacy = region.clinics.choose(self.rng), region.pharmacies.choose(self.rng)
        script = self.diary.visit(at, where, courses, treatment, kind=kind)
        if self.rng.random() < LOST:
            self.diary.lose(script.fact)
        if self.rng.random() < CANCELLED:
            self._replace(script, pharmacy)
            return at / DAY
        if self.rng.random() < NEVER_COLLECTED:
            return None
        later = self.rng.randint(1, 3) * DAY if self.rng.random() < 0.1 else 0.0
        collected = at + later + self.rng.uniform(5, 60)
        self._collect(script, collected, pharmacy)
        return collected / DAY

    def _replace(self, script: Script, pharmacy: int) -> None:
        """The prescription is cancelled and written anew before anybody sells it."""
        rng = self.rng
        self.diary.withdraw(script.fact, script.at + rng.uniform(1, 10))
        again = self.diary.visit(
            script.at + rng.uniform(2, 15), script.practice, script.courses, script.treatment
        )
        self._collect(again, again.at + rng.uniform(5, 60), pharmacy)

    def _collect(self, script: Script, at: float, pharmacy: int) -> None:
        rng, diary = self.rng, self.diary
        in_person = rng.random() >= PROXY and self.is_near(at, pharmacy)
        if rng.random() < PARTLY and all(c.days > 1 for c in script.courses):
            first = [c.part(c.days // 2) for c in script.courses]
            rest = [c.part(c.days - c.days // 2) for c in script.courses]
            diary.collect(script, at, pharmacy, first, in_person=in_person)
            later = at + rng.uniform(1, 3) * DAY
            diary.collect(script, later, pharmacy, rest, in_person=self.is_near(later, pharmacy))
            return
        fact = diary.collect(script, at, pharmacy, in_person=in_person)
        if rng.random() < TAKEN_BACK:
            self._void_and_resend(script, fact, at, pharmacy)

    def _void_and_resend(
        self, script: Script, fact: FactRecorded, at: float, pharmacy: int
    ) -> None:
        later = at + self.rng.uniform(5, 1440)
        self.diary.withdraw(fact, later)
        if self.rng.random() < 0.7:
            again = later + self.rng.uniform(1, 30)
            self.diary.collect(script, again, pharmacy, in_person=False)


def again_and_again(
    life: Life,
    courses: Sequence[Course],
    treatment: str,
    *,
    days: int,
    practice: int | None = None,
    kind: str = "c",
) -> None:
    """Refills every `days` days from some day of the first month on, for most until the end.

    People come a few days early or late; how late is this person's own (adherence like a Beta
    distribution), before the holiday up to a week early.
    """
    rng = life.rng
    adherence = rng.betavariate(12, 2)
    day = rng.uniform(-days, 30)
    last = life.world.days if rng.random() < 0.85 else rng.uniform(60, life.world.days)
    usual = life.practice() if practice is None else practice
    while day < last:
        if day >= 0:
            where = usual if rng.random() > 0.04 else life.practice()
            collected = life.treat(day, courses, treatment, practice=where, kind=kind)
            day = max(collected or day, day)
        late = rng.expovariate(1.0) * days * (1 - adherence)
        following = day + days - rng.uniform(0, 3) + late
        if TET[0] - 2 <= following <= TET[1] + 2:
            following = max(TET[0] - rng.uniform(1, 6), day + days - 7)
        day = following


def ages(person_: Person, low: int, high: int = 200) -> bool:
    """Whether the person is of an age."""
    return low <= person_.age <= high


FEVER = course("paracetamol", 3, 3)
