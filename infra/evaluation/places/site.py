"""A site: some practices, some pharmacies and the people who come there, and nobody else.

Sites have nothing to do with each other, so each is generated and counted by itself; only the
comparison with peers puts them together. Everything has an id that is obviously made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from random import Random
from typing import NamedTuple

from infra.evaluation.country.diary import Diary, Person, Script
from infra.evaluation.country.medicines import Course
from infra.evaluation.country.transport import as_told
from infra.evaluation.country.world import Pharmacy, Practice, World
from infra.evaluation.places.times import END_DAY, office_minute
from services.contracts.facts import Fact, FactRecorded
from services.surveillance.measures.peers import Place
from services.vietnam.directory import Province

PEOPLE_PER_SITE_MAX = 100_000


class Doctor(NamedTuple):
    """A prescriber: the practice's index, the place among its prescribers, the code."""

    practice: int
    number: int
    id: str


class Sold(NamedTuple):
    """A prescription and its sale at a minute; the diary is the patient's."""

    diary: Diary
    script: Script
    fact: FactRecorded
    at: float


class Site:
    """One site while its story is written. Places are set up before anybody comes."""

    def __init__(self, seed: int, number: int, province: Province) -> None:
        self.number = number
        self.rng = Random(f"places/{seed}/{number}")
        self.places: dict[str, Place] = {}
        self.diaries: list[Diary] = []
        self._seed, self._province = seed, province
        self._practices: list[Practice] = []
        self._pharmacies: list[Pharmacy] = []

    @cached_property
    def world(self) -> World:
        """The places as diaries know them; from here on there are no new ones."""
        practices, pharmacies = tuple(self._practices), tuple(self._pharmacies)
        return World(self._seed, 0, END_DAY, practices, pharmacies, (), ())

    def practice(
        self, staff: int, *, specialty: str = "general", level: str = "initial"
    ) -> list[Doctor]:
        """Open a practice; its prescribers."""
        index = len(self._practices)
        facility_id = f"CS-MAU-{self.number:05d}-{index:02d}"
        people = tuple(f"BS-MAU-{self.number:05d}-{index:02d}-{n}" for n in range(staff))
        here = self._province
        self._practices.append(
            Practice(
                facility_id=facility_id,
                level=level,
                specialty=specialty,
                province=here.code,
                latitude=here.latitude,
                longitude=here.longitude,
                prescribers=people,
                skew=0.0,
            )
        )
        kind = "clinic" if level == "initial" else "hospital"
        self.places[facility_id] = Place(kind, specialty, level, here.code)
        return [Doctor(index, number, who) for number, who in enumerate(people)]

    def pharmacy(self, *, chain: str = "", inside: Doctor | None = None) -> int:
        """Open a pharmacy; its index. `inside`: on the site of this prescriber's practice, under
        the practice's own code."""
        index, here = len(self._pharmacies), self._province
        facility_id = f"NT-MAU-{self.number:05d}-{index:02d}"
        if inside is not None:
            facility_id = self._practices[inside.practice].facility_id
        else:
            self.places[facility_id] = Place("pharmacy", "", "", here.code)
        self._pharmacies.append(
            Pharmacy(facility_id, chain, here.code, here.latitude, here.longitude, 0.0, ())
        )
        return index

    def pharmacy_id(self, index: int) -> str:
        """The code of a pharmacy."""
        return self._pharmacies[index].facility_id

    def patient(self) -> Diary:
        """Somebody new."""
        number = self.number * PEOPLE_PER_SITE_MAX + len(self.diaries)
        ref = f"khach-mau-{self._seed}-{number:010d}"
        diary = Diary(self.world, Person(number, ref, 40, 0, 0, 0), self.rng)
        diary.is_exact = True
        self.diaries.append(diary)
        return diary

    def prescribe(
        self,
        doctor: Doctor,
        at: float,
        courses: Sequence[Course],
        treatment: str = "ACUTE",
        *,
        kind: str = "c",
        who: Diary | None = None,
    ) -> tuple[Diary, Script]:
        """A prescription at a minute, for somebody new unless `who` is given."""
        diary = who or self.patient()
        script = diary.visit(
            at, doctor.practice, courses, treatment, prescriber=doctor.number, kind=kind
        )
        return diary, script

    def sell(
        self, written: tuple[Diary, Script], pharmacy: int, *, days: int = 0, minutes: float = 20
    ) -> Sold:
        """Its medicines are collected: so many minutes later, or so many days later at some hour
        in which shops are open."""
        diary, script = written
        at = script.at + minutes
        if days:
            at = office_minute(self.rng, int(script.at // 1440) + days)
        return Sold(diary, script, diary.collect(script, at, pharmacy), at)

    def told(self) -> list[list[Fact]]:
        """What the log carries, patient by patient, each in its order."""
        return [as_told(self.rng, diary.told, diary.lost) for diary in self.diaries]
