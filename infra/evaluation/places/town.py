"""Ordinary sites: a town with a hospital, some clinics and pharmacies, and their people.

Prescribers see their own patients again, pharmacies near a practice sell most of its prescriptions,
tills make mistakes. What rules find here is a false alarm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.evaluation.country.diary import DAY, Diary, Script
from infra.evaluation.country.living import NEVER_COLLECTED
from infra.evaluation.country.world import SPECIALTIES, Weighted
from infra.evaluation.places.habits import (
    ACUTE,
    CHRONIC,
    LASTING,
    NERVES,
    PAIN,
    Habit,
    Wares,
    days_to_collect,
    habit,
    poisson,
)
from infra.evaluation.places.site import Doctor, Site
from infra.evaluation.places.times import END_DAY, FIRST_DAY, minute, office_minute

STAFF = (1, 1, 1, 2)
HOSPITAL_STAFF = 3
SHOPS = 5
CHAIN_SHARE = 0.4
INSIDE_SHARE = 0.6
"""How many of a hospital's prescriptions its own pharmacy sells."""

NEXT_DOOR = (4.0, 4.0)
"""Beta distribution of the share of a clinic's prescriptions that the pharmacy beside it sells."""

TILL_ERRORS = (-5.1, 0.7)
"""Sales taken back: mean and standard deviation of the logarithm of a pharmacy's share (0.6 %)."""

LATE_ERRORS = 0.1
"""Of these, noticed a week or more later."""

NEVER_TOLD = 0.003


@dataclass
class Office:
    """A prescriber at work: ways, the pharmacy beside, and the patients who come again."""

    doctor: Doctor
    habit: Habit
    beside: int
    beside_share: float
    chronic: deque[tuple[int, Diary, Wares]] = field(default_factory=deque)
    controlled: deque[tuple[int, Diary, Wares]] = field(default_factory=deque)
    recent: deque[Diary] = field(default_factory=lambda: deque(maxlen=40))


@dataclass
class Streets:
    """The pharmacies of a site and how often their tills err; the first are visited most."""

    shops: Sequence[int]
    errors: dict[int, float]

    @classmethod
    def of(cls, site: Site, shops: Sequence[int], inside: Sequence[int] = ()) -> Streets:
        """Each till's own share of errors."""
        rng = site.rng
        errors = {shop: min(rng.lognormvariate(*TILL_ERRORS), 0.03) for shop in (*shops, *inside)}
        return cls(shops, errors)


def town(site: Site) -> None:
    """Half a year of an ordinary town."""
    rng = site.rng
    hospital = site.practice(HOSPITAL_STAFF, level="specialised")
    own = site.pharmacy(inside=hospital[0])
    clinics: list[tuple[str, list[Doctor]]] = []
    for place, staff in enumerate(STAFF):
        specialty = SPECIALTIES[(site.number + place) % len(SPECIALTIES)] if place else "general"
        clinics.append((specialty, site.practice(staff, specialty=specialty)))
    chains = [f"CHUOI-MAU-{site.number % 3}" if rng.random() < CHAIN_SHARE else "" for _ in STAFF]
    shops = [site.pharmacy(chain=chain) for chain in (*chains, "")]
    streets = Streets.of(site, shops, [own])
    for doctor in hospital:
        ways = habit(rng, "hospital", FIRST_DAY, END_DAY)
        work(site, Office(doctor, ways, own, INSIDE_SHARE), streets)
    for place, (specialty, doctors) in enumerate(clinics):
        share = rng.betavariate(*NEXT_DOOR)
        for doctor in doctors:
            ways = habit(rng, specialty, FIRST_DAY, END_DAY)
            work(site, Office(doctor, ways, shops[place], share), streets)


def work(
    site: Site, office: Office, streets: Streets, first_day: int = FIRST_DAY, end: int = END_DAY
) -> None:
    """Everything a prescriber does from a day until before another, and what comes of it."""
    for day in range(first_day, end):
        for _ in range(poisson(site.rng, office.habit.expected(day))):
            collect(site, _visit(site, office, day), office, streets)


def _visit(site: Site, office: Office, day: int) -> tuple[Diary, Script]:
    rng = site.rng
    at = office_minute(rng, day)
    if office.habit.at_night and rng.random() < office.habit.at_night:
        at = minute(day, rng.uniform(20, 29))
    waiting = office.controlled
    if rng.random() < office.habit.controlled:
        nerves = rng.random() < (0.9 if office.habit.specialty == "psychiatry" else 0.5)
        wares = rng.choice(NERVES if nerves else PAIN)
        lasts = wares in LASTING
    else:
        lasts, waiting = rng.random() < 0.4, office.chronic
        wares = rng.choice(CHRONIC if lasts else ACUTE)
    diary = None
    if lasts and waiting and waiting[0][0] <= day - 29:
        _, diary, wares = waiting.popleft()
    elif wares.treatment == "ACUTE" and office.recent and rng.random() < office.habit.comes_back:
        diary = rng.choice(office.recent)
    written = site.prescribe(
        office.doctor, at, wares.courses, wares.treatment, kind=wares.kind, who=diary
    )
    if lasts:
        waiting.append((day, written[0], wares))
    elif diary is None:
        office.recent.append(written[0])
    if rng.random() < NEVER_TOLD:
        written[0].lose(written[1].fact)
    return written


def collect(site: Site, written: tuple[Diary, Script], office: Office, streets: Streets) -> None:
    """Most go and fetch it, most of them next door; now and then a sale is taken back."""
    rng = site.rng
    if rng.random() < NEVER_COLLECTED:
        return
    shop = office.beside
    if rng.random() > office.beside_share:
        shop = Weighted(streets.shops).choose(rng)
    days = days_to_collect(rng)
    sold = site.sell(written, shop, days=days, minutes=rng.uniform(5, 60))
    if rng.random() < streets.errors[shop]:
        late = rng.random() < LATE_ERRORS
        at = sold.at + (rng.uniform(9, 15) * DAY if late else rng.uniform(5, 1440))
        sold.diary.withdraw(sold.fact, at)
        if not late and rng.random() < 0.7:
            sold.diary.collect(sold.script, at + rng.uniform(1, 30), shop)
