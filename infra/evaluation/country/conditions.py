"""What people of the generated country suffer from, and how it is treated.

Each condition says how many of those it can strike have it; all of it is the generator's own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi
from typing import NamedTuple

from infra.evaluation.country.diary import DAY
from infra.evaluation.country.living import FEVER, Life, again_and_again, ages
from infra.evaluation.country.medicines import Course, course

ANTIBIOTICS = ("amoxicillin", "co-amoxiclav", "cefuroxime", "cefixime")
REFERRED = 0.15
"""Of patients with chronic pain: a second practice prescribes as well."""
INFECTIONS_A_YEAR = {"child": 1.8, "adult": 0.7}


class Condition(NamedTuple):
    """`share` of the people from `youngest` to `oldest` have it."""

    name: str
    share: float
    youngest: int
    oldest: int
    live: Callable[[Life], None]
    is_controlled: bool = False


def infections(life: Life) -> None:
    """Acute infections, more in the cool months: an antibiotic for 5 to 7 days."""
    rng, is_child = life.rng, life.person.age < 12
    expected = INFECTIONS_A_YEAR["child" if is_child else "adult"] * life.world.days / 365
    day = rng.expovariate(expected * 1.5 / life.world.days)
    while day < life.world.days:
        cool = 0.67 + 0.33 * cos(2 * pi * (day - 198) / 365)  # most in January
        if rng.random() < cool:
            days = rng.choice((5, 7))
            fever = course("paracetamol-child", 3, 3) if is_child else FEVER
            life.treat(day, (course(rng.choice(ANTIBIOTICS), days, 2), fever))
        day += rng.expovariate(expected * 1.5 / life.world.days)


def dental(life: Life) -> None:
    """A tooth: an anti-inflammatory for 5 days."""
    courses = (
        course(life.rng.choice(("ibuprofen", "meloxicam")), 5, 2),
        course("amoxicillin", 5, 2),
    )
    life.treat(life.rng.uniform(0, life.world.days), courses)


def hypertension(life: Life) -> None:
    """One of three medicines; a tenth is on the list that allows 90 days."""
    medicine = life.rng.choice(("amlodipine", "losartan", "enalapril"))
    _chronic(life, (medicine,))


def diabetes(life: Life) -> None:
    """Metformin, for half with gliclazide."""
    both = ("metformin", "gliclazide") if life.rng.random() < 0.5 else ("metformin",)
    _chronic(life, both)


def lipids(life: Life) -> None:
    """A statin; some change to the other one while some of the first is left."""
    rng = life.rng
    if rng.random() < 0.95:
        _chronic(life, ("atorvastatin",))
        return
    day = rng.uniform(0, life.world.days - 90)
    life.treat(day, (course("atorvastatin", 30),), "LONG_TERM")
    life.treat(day + rng.uniform(12, 25), (course("rosuvastatin", 30),), "LONG_TERM")


def stomach(life: Life) -> None:
    """A proton pump inhibitor for a month."""
    life.treat(life.rng.uniform(0, life.world.days), (course("omeprazole", 28),))


def thyroid(life: Life) -> None:
    """For ever."""
    _chronic(life, ("levothyroxine",))


def depression(life: Life) -> None:
    """A month each, from a psychiatrist."""
    medicine = life.rng.choice(("fluoxetine", "sertraline"))
    again_and_again(life, (course(medicine, 30),), "LONG_TERM", days=30)


def anxiety(life: Life) -> None:
    """A benzodiazepine for a month, some months, from one practice."""
    rng, practice = life.rng, life.practice()
    medicine = rng.choice(("diazepam", "bromazepam", "lorazepam", "alprazolam"))
    day = rng.uniform(0, life.world.days)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        courses = (course(medicine, 30, 2),)
        collected = life.treat(day, courses, "LONG_TERM", practice=practice, kind="h")
        day = max(collected or day, day) + 30 + rng.uniform(-2, 12)


def insomnia(life: Life) -> None:
    """A sleeping pill for ten days, now and then."""
    rng = life.rng
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        life.treat(rng.uniform(0, life.world.days), (course("zolpidem", 10),), kind="h")


def injury(life: Life) -> None:
    """An operation or a broken bone: an opioid for at most 7 days, from a hospital."""
    rng = life.rng
    medicine = rng.choice(("tramadol", "tramadol-paracetamol"))
    courses = (course(medicine, rng.choice((3, 5, 7)), 3), course("meloxicam", 7))
    life.treat(rng.uniform(0, life.world.days), courses, practice=life.hospital(), kind="n")


def chronic_pain(life: Life) -> None:
    """Tramadol for years from one hospital. Some get something to sleep there too, some are sent
    to a second hospital that begins before the first supply is used up."""
    rng, hospital = life.rng, life.hospital()
    courses: tuple[Course, ...] = (course("tramadol", 30, 2),)
    drawn = rng.random()
    if drawn < 0.1:
        courses = (*courses, course("pregabalin", 30, 2))
    elif drawn < 0.2:
        courses = (*courses, course("diazepam", 30))
    again_and_again(life, courses, "LONG_TERM", days=30, practice=hospital, kind="n")
    if rng.random() < REFERRED:
        elsewhere = life.practice()
        day = rng.uniform(30, life.world.days)
        life.treat(day, (course("tramadol", 14, 2),), "LONG_TERM", practice=elsewhere, kind="n")


def epilepsy(life: Life) -> None:
    """Phenobarbital or clonazepam, a month each."""
    medicine = life.rng.choice(("phenobarbital", "clonazepam"))
    hospital = life.hospital()
    again_and_again(
        life, (course(medicine, 30),), "LONG_TERM", days=30, practice=hospital, kind="h"
    )


def attention(life: Life) -> None:
    """Methylphenidate, a month each."""
    courses = (course("methylphenidate", 30),)
    again_and_again(life, courses, "LONG_TERM", days=30, practice=life.hospital(), kind="h")


def cancer(life: Life) -> None:
    """Morphine in tranches of ten days, in rising doses, from two hospitals; some with more."""
    rng, here, pharmacy = life.rng, life.hospital(), life.pharmacy()
    centre = rng.choice(life.world.regions[life.world.homes[0]].hospitals)
    day, dose = rng.uniform(0, life.world.days), 2
    treatment = "PALLIATIVE" if rng.random() < 0.3 else "CANCER"
    for month in range(rng.randint(1, 6)):
        at = (int(day) + month * 30) * DAY + rng.uniform(8, 15) * 60
        if life.trip(at) is not None:
            continue
        if at + 31 * DAY > life.diary.end:
            return
        courses: tuple[Course, ...] = (course("morphine-30", 30, dose),)
        if rng.random() < 0.3:
            courses = (*courses, course("lorazepam", 30))
        where = here
        if rng.random() < 0.3:
            where = centre
            life.trips.append((int(at // DAY), int(at // DAY), life.world.homes[0]))
        script = life.diary.visit(at, where, courses, treatment, kind="n")
        for tranche in range(3):
            seller = pharmacy if rng.random() < 0.8 else life.pharmacy()
            when = at + tranche * 10 * DAY + rng.uniform(10, 120) - (DAY if tranche else 0)
            parts = [c.part(c.days // 3) for c in courses]
            comes = rng.random() < 0.5 and life.is_near(when, seller)
            life.diary.collect(script, when, seller, parts, in_person=comes)
        dose = min(dose + rng.choice((0, 0, 1)), 6)


def _chronic(life: Life, medicines: tuple[str, ...]) -> None:
    is_listed = life.rng.random() < 0.15
    days = 90 if is_listed else 30
    courses = tuple(course(medicine, days) for medicine in medicines)
    again_and_again(life, courses, "CHRONIC_LISTED" if is_listed else "LONG_TERM", days=days)


CONDITIONS = (
    Condition("cancer", 0.004, 30, 200, cancer, is_controlled=True),  # first: it decides on trips
    Condition("infections", 1.0, 0, 200, infections),
    Condition("dental", 0.06, 6, 200, dental),
    Condition("hypertension", 0.16, 40, 200, hypertension),
    Condition("diabetes", 0.06, 35, 200, diabetes),
    Condition("lipids", 0.05, 40, 200, lipids),
    Condition("stomach", 0.05, 18, 200, stomach),
    Condition("thyroid", 0.01, 18, 200, thyroid),
    Condition("depression", 0.01, 16, 200, depression),
    Condition("anxiety", 0.015, 18, 200, anxiety, is_controlled=True),
    Condition("insomnia", 0.015, 18, 200, insomnia, is_controlled=True),
    Condition("injury", 0.02, 6, 200, injury, is_controlled=True),
    Condition("chronic-pain", 0.004, 30, 200, chronic_pain, is_controlled=True),
    Condition("epilepsy", 0.003, 2, 200, epilepsy, is_controlled=True),
    Condition("attention", 0.001, 6, 17, attention, is_controlled=True),
)


def live(life: Life, *, controlled: bool = True) -> None:
    """All the conditions of a life; without controlled medicines where a scheme brings its own."""
    for condition in CONDITIONS:
        struck = ages(life.person, condition.youngest, condition.oldest)
        if (
            struck
            and life.rng.random() < condition.share
            and (controlled or not condition.is_controlled)
        ):
            condition.live(life)
