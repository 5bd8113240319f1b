"""All sites of the country, by number: towns, then what is planted at realistic frequency, then the
enriched set. Pure: seed, size and number give a site, so the work is cut by site.

    sites = Sites.of(seed=1, patients=100_000)
    for number in sites.numbers:
        told = sites.site(number)    # .people, each a list of facts in the order told; .labels
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import NamedTuple

from infra.evaluation.country.generator import REALISTIC_FORMS
from infra.evaluation.country.labels import Form
from infra.evaluation.places.labels import PlaceLabel
from infra.evaluation.places.schemes import PLANTS, PlaceScheme, Plant
from infra.evaluation.places.schemes.part import Part
from infra.evaluation.places.site import Site
from infra.evaluation.places.town import HOSPITAL_STAFF, SHOPS, STAFF, town
from services.contracts.facts import Fact
from services.surveillance.measures.peers import Place
from services.vietnam.directory import PROVINCES_FILE, Province, load_provinces

PATIENTS_PER_TOWN = 625
"""How many towns stand beside how many patients of the country; their own people are more."""

PATIENTS_PER_COPY = 20_000
PROVINCES = 10
"""Towns lie in so few provinces, so that peers of one province are many enough to compare."""

PER_TOWN = {"prescriber": HOSPITAL_STAFF + sum(STAFF), "pharmacy": SHOPS + 1, "patient": 80}
"""Patients: those to whom an opioid was sold away from its prescriber's site, by a count of six
towns (59 to 128)."""


class Plan(NamedTuple):
    """What a site is: an ordinary town without `plant`."""

    plant: Plant | None = None
    form: Form = "look-alike"
    enriched: bool = False


class Told(NamedTuple):
    """One site's facts, patient by patient; what the directory says of its places; what is true."""

    people: list[list[Fact]]
    places: Mapping[str, Place]
    label: PlaceLabel | None
    enriched: bool


@dataclass(frozen=True)
class Sites:
    """`towns` ordinary ones, and `copies` of each scheme and form in the enriched set."""

    seed: int
    towns: int
    copies: int

    @classmethod
    def of(cls, seed: int, patients: int) -> Sites:
        """As many as go with a country of so many patients."""
        towns, copies = patients // PATIENTS_PER_TOWN, patients // PATIENTS_PER_COPY
        return cls(seed, max(towns, 3), max(copies, 1))

    @property
    def numbers(self) -> range:
        """Every site."""
        return range(len(self._plans))

    def frequency(self, plant: Plant) -> int:
        """How many there are at realistic frequency; at least one."""
        of = self.towns
        if isinstance(plant, PlaceScheme):
            of *= PER_TOWN[plant.subject_kind]
        return max(round(plant.per_1000 * of / 1000), 1)

    def plan(self, number: int) -> Plan:
        """What a site is going to be; raises LookupError for a number outside `numbers`."""
        if number not in self.numbers:
            raise LookupError(f"there is no site {number}")
        return self._plans[number]

    @cached_property
    def _plans(self) -> list[Plan]:
        rng = Random(f"places/{self.seed}/plans")
        return [
            *[Plan() for _ in range(self.towns)],
            *self._realistic(rng),
            *[
                Plan(plant, form, enriched=True)
                for plant in PLANTS
                for form in forms_of(plant)
                for _ in range(self.copies)
            ],
        ]

    def _realistic(self, rng: Random) -> Iterator[Plan]:
        weight = dict(REALISTIC_FORMS)
        for plant in PLANTS:
            forms = forms_of(plant)
            weights = [weight.get(form, 1.0) for form in forms]
            for _ in range(self.frequency(plant)):
                yield Plan(plant, rng.choices(forms, weights)[0])

    def site(self, number: int) -> Told:
        """One site; raises LookupError for a number outside `numbers`."""
        plan = self.plan(number)
        site = Site(self.seed, number, _provinces()[number % PROVINCES])
        label = None
        if plan.plant is None:
            town(site)
        else:
            label = _plant(site, plan.plant, plan)
        return Told(site.told(), site.places, label, plan.enriched)


def forms_of(plant: Plant) -> tuple[Form, ...]:
    """The forms in which it is planted."""
    return plant.forms if isinstance(plant, PlaceScheme) else ("look-alike",)


def _plant(site: Site, plant: Plant, plan: Plan) -> PlaceLabel:
    part = Part.of(site)
    name, rules = plant.name, plant.rules
    planted = plant.plant(part, plan.form) if isinstance(plant, PlaceScheme) else plant.plant(part)
    return PlaceLabel(
        scheme=name,
        form=plan.form,
        rules=rules,
        subject_kind=plant.subject_kind,
        subject=planted.subject,
        accomplices=planted.accomplices,
        months=planted.months,
        enriched=plan.enriched,
    )


def _provinces() -> tuple[Province, ...]:
    return load_provinces(PROVINCES_FILE)
