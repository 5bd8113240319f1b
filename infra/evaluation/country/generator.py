"""The labelled country: patient by patient, facts as the log carries them, and what is true.

    country = Country.of(seed=1, patients=1_000)
    for number in country.numbers:
        patient = country.patient(number)    # .facts in the order told, .labels, .ref

Pure: seed, size and number give a patient, whoever asks in whatever order, so the work is cut by
patient. Numbers below `patients` are the country with schemes as rare as they are; those from there
on are the enriched set: each scheme in each form, and each look-alike, `copies` times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import NamedTuple

from infra.evaluation.country import conditions, living
from infra.evaluation.country.diary import Diary
from infra.evaluation.country.labels import Form, Label
from infra.evaluation.country.schemes import LOOK_ALIKES, SCHEMES, LookAlike, Scheme
from infra.evaluation.country.schemes.plot import PLANTED_FORMS, Plot
from infra.evaluation.country.transport import as_told
from infra.evaluation.country.world import World
from services.contracts.facts import Fact, FactRecorded

REALISTIC_FORMS: tuple[tuple[Form, float], ...] = (
    ("easy", 0.5),
    ("above", 0.1),
    ("at", 0.1),
    ("below", 0.1),
    ("evasive", 0.2),
)
_PLANTS: tuple[Scheme | LookAlike, ...] = (*SCHEMES, *LOOK_ALIKES)
_ENDS = tuple(accumulate(plant.per_10_000 / 10_000 for plant in _PLANTS))
PATIENTS_PER_COPY = 2500


class Patient(NamedTuple):
    """`facts` in the order in which the log carries them; `labels` are for the measures only."""

    ref: str
    facts: tuple[Fact, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Country:
    """`copies` of each scheme and form stand in the enriched set."""

    world: World
    copies: int

    @classmethod
    def of(cls, seed: int, patients: int, *, days: int = 365, copies: int | None = None) -> Country:
        """The same arguments give the same country."""
        world = World.build(seed, patients, days)
        return cls(world, max(patients // PATIENTS_PER_COPY, 2) if copies is None else copies)

    @property
    def enriched(self) -> int:
        """How many patients the enriched set has."""
        return self.copies * (len(SCHEMES) * len(PLANTED_FORMS) + len(LOOK_ALIKES))

    @property
    def numbers(self) -> range:
        """Everybody."""
        return range(self.world.patients + self.enriched)

    def everybody(self) -> Iterator[Patient]:
        """One after the other."""
        return map(self.patient, self.numbers)

    def patient(self, number: int) -> Patient:
        """One patient; raises LookupError for a number outside `numbers`."""
        if number not in self.numbers:
            raise LookupError(f"there is no patient {number}")
        rng = Random(f"country/{self.world.seed}/{number}")
        diary = Diary(self.world, living.person(self.world, number, rng), rng)
        plant, form = self._planted(number, rng)
        labels: tuple[Label, ...] = ()
        if plant is None:
            conditions.live(living.Life(diary))
        else:
            labels = (self._plant(diary, plant, form, number),)
        return Patient(diary.person.ref, tuple(as_told(rng, diary.told, diary.lost)), labels)

    def _planted(self, number: int, rng: Random) -> tuple[Scheme | LookAlike | None, Form]:
        extra = number - self.world.patients
        if extra >= 0:
            kinds = len(SCHEMES) * len(PLANTED_FORMS)
            place = extra // self.copies
            if place >= kinds:
                return LOOK_ALIKES[place - kinds], "look-alike"
            return SCHEMES[place // len(PLANTED_FORMS)], PLANTED_FORMS[place % len(PLANTED_FORMS)]
        drawn = rng.random()
        for plant, end in zip(_PLANTS, _ENDS, strict=True):
            if drawn < end:
                forms, shares = zip(*REALISTIC_FORMS, strict=True)
                is_scheme = isinstance(plant, Scheme)
                return plant, rng.choices(forms, shares)[0] if is_scheme else "look-alike"
        return None, "look-alike"

    def _plant(self, diary: Diary, plant: Scheme | LookAlike, form: Form, number: int) -> Label:
        # borderline patterns are exact only where nothing else happens
        if form in ("easy", "evasive") and isinstance(plant, Scheme) and not plant.alone:
            conditions.live(living.Life(diary), controlled=False)
        plot = Plot.of(diary)
        complete: FactRecorded | None = None
        if isinstance(plant, Scheme):
            complete = plant.plant(plot, form)
        else:
            plant.plant(plot)
        return Label(
            scheme_id=f"{plant.name}-{form}-{number}",
            scheme=plant.name,
            form=form,
            rules=plant.rules,
            subject=diary.person.ref,
            fact_ids=tuple(fact.fact_id for fact in plot.facts),
            first_detectable_at=complete.occurred_at if complete else None,
            enriched=number >= self.world.patients,
        )
