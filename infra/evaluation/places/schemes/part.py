"""What a planted scheme of a place is written with: one prescriber's or pharmacy's surroundings.

Sales that a scheme does not need at a certain place go to many small pharmacies, each too small to
be compared with anybody, so that nothing but the scheme stands out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from infra.evaluation.country.diary import Diary, Script
from infra.evaluation.country.labels import Form
from infra.evaluation.places.habits import ACUTE, CHRONIC, NERVES, PAIN, Wares, days_to_collect
from infra.evaluation.places.site import Doctor, Site
from infra.evaluation.places.times import office_minute, working_days
from services.surveillance.measures.signals import SubjectKind

SMALL_SHOPS = 14
JUDGED = (3, 5)
"""Schemes show in January or March: before them lie three months, after February's holiday none."""

SOLD_SHARE = 0.92
RELATIVE = "relative to peers: their highest per cent may lie above the threshold"
PLACES = (
    ("general", "initial"),
    ("internal", "initial"),
    ("paediatrics", "initial"),
    ("general", "specialised"),
)
"""Specialty and level of the practices in which schemes happen, in turn."""


class Planted(NamedTuple):
    """Who does it, who helps, and in which months (first and last, by their place)."""

    subject: str
    months: tuple[int, int]
    accomplices: tuple[str, ...] = ()


@dataclass
class Part:
    """A site of its own for one scheme. `month` is the one that is judged."""

    site: Site
    month: int
    shops: Sequence[int] = ()

    @classmethod
    def of(cls, site: Site) -> Part:
        """In a month of its own choice."""
        return cls(site, site.rng.choice(JUDGED))

    def suspects(self, count: int = 1) -> list[Doctor]:
        """Each in a practice of their own; of which kind, is drawn."""
        specialty, level = self.site.rng.choice(PLACES)
        return self.doctors(count, specialty=specialty, level=level)

    def doctors(
        self, count: int = 1, *, specialty: str = "general", level: str = "initial"
    ) -> list[Doctor]:
        """Each in a practice of their own."""
        return [self.site.practice(1, specialty=specialty, level=level)[0] for _ in range(count)]

    def small_shops(self) -> None:
        """Open the small pharmacies; the last thing before people come."""
        self.shops = [self.site.pharmacy() for _ in range(SMALL_SHOPS)]

    def evenly(self, count: int, month: int | None = None) -> list[int]:
        """So many days of a month, its working days in turn."""
        days = working_days(self.month if month is None else month)
        return [days[place * len(days) // count] for place in range(count)]

    def write(
        self,
        doctor: Doctor,
        day: int,
        wares: Wares,
        *,
        at: float | None = None,
        who: Diary | None = None,
    ) -> tuple[Diary, Script]:
        """A prescription of that day, at an ordinary hour unless it is given."""
        when = office_minute(self.site.rng, day) if at is None else at
        return self.site.prescribe(
            doctor, when, wares.courses, wares.treatment, kind=wares.kind, who=who
        )

    def sell_somewhere(self, written: tuple[Diary, Script], share: float = SOLD_SHARE) -> None:
        """Collected, mostly, in one of the small pharmacies."""
        rng = self.site.rng
        if rng.random() < share:
            self.site.sell(written, rng.choice(self.shops), days=days_to_collect(rng))

    def usual(
        self, doctor: Doctor, count: int, month: int | None = None, share: float = SOLD_SHARE
    ) -> None:
        """So many ordinary prescriptions in a month; `share` of them are collected."""
        for day in self.evenly(count, month):
            self.sell_somewhere(self.write(doctor, day, self.plain()), share)

    def plain(self) -> Wares:
        """Something under no control."""
        return self.site.rng.choice((*ACUTE, *CHRONIC))

    def controlled(self) -> Wares:
        """Something controlled."""
        return self.site.rng.choice((*NERVES, *PAIN))


class PlaceScheme(NamedTuple):
    """`plant` writes it, in one of `forms`. `per_1000` of the prescribers, of the pharmacies or of
    the patients with opioids do it in the realistic country. `note` says why some forms are
    missing."""

    rule: str
    subject_kind: SubjectKind
    per_1000: float
    plant: Callable[[Part, Form], Planted]
    forms: tuple[Form, ...] = ("easy", "above", "at", "below", "evasive")
    note: str = ""

    @property
    def name(self) -> str:
        """A scheme is called as the rule."""
        return self.rule

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that it is planted for."""
        return (self.rule,)


class PlaceLookAlike(NamedTuple):
    """Innocent, and `rules` should leave it alone; in `per_1000` of the towns there is one."""

    name: str
    rules: tuple[str, ...]
    subject_kind: SubjectKind
    per_1000: float
    plant: Callable[[Part], Planted]


Plant = PlaceScheme | PlaceLookAlike
