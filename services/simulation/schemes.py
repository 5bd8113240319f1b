"""Planted stories: abuse that surveillance must find, and look-alikes that it must leave alone.

What must come of a story is known here and told to nobody but the summary. Patterns over days are
written down now and dated back, as late reports are: a prescription of an earlier day can no longer
be reserved, but its dispense within the five days can still be reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from services.simulation.acts import Answer, Dispense, Part, Reserve, Reverse, Script, one
from services.simulation.setting import Setting, collected_then, draft_of, everything, portion
from services.simulation.treatments import (
    ACUTE,
    ANXIETY,
    BATCH_DAYS,
    CANCER_ANXIETY,
    CANCER_PAIN,
    INSOMNIA,
    OPIOID,
    Treatment,
)
from services.vietnam.directory import Facility


@dataclass(frozen=True)
class Scheme:
    """A planted story. `rule` must have an open alert in the end, or, where it is not found, have
    left the story alone."""

    name: str
    rule: str
    told: str
    script: Callable[[Setting], Script]
    is_found: bool = True


def early_refill(setting: Setting) -> Script:
    """30 days of a tranquilliser, and 12 days later 30 days more from another practice."""
    hospital, clinic = setting.region.hospital, setting.region.clinics["general"]
    first, second = setting.pharmacies(2)
    yield from _collected(setting, ANXIETY, hospital, first, days_ago=12)
    yield from _collected_today(setting, ANXIETY, clinic, second)


def opioid_and_benzodiazepine(setting: Setting) -> Script:
    """A tranquilliser for 30 days from a clinic; 9 days later the hospital adds an opioid."""
    clinic, pharmacy = setting.region.clinics["general"], setting.pharmacy()
    yield from _collected(setting, ANXIETY, clinic, pharmacy, days_ago=9)
    yield from _collected_today(setting, OPIOID, setting.region.hospital, pharmacy)


def doctor_shopping(setting: Setting) -> Script:
    """Four practices in two provinces and four pharmacies within seven weeks."""
    there = setting.elsewhere()
    pharmacies = (*setting.independent_pharmacies(2), *there.independent_pharmacies(2))
    yield from _from_four_practices(setting, there, pharmacies)


def impossible_travel(setting: Setting) -> Script:
    """Collected in one province; ten minutes later a visit and a pharmacy far away."""
    for place, treatment, minutes_ago in (
        (setting, ACUTE[0], 50),
        (setting.elsewhere(), ACUTE[1], 30),
    ):
        visit = place.issue(treatment, place.any_practice(), minutes_ago=minutes_ago)
        issued = yield from one(visit)
        pharmacy = place.pharmacy()
        yield from one(Reserve(by=pharmacy, code=issued.code))
        collected_at = setting.now - timedelta(minutes=minutes_ago - 10)
        yield from one(_all_of(issued, pharmacy, occurred_at=collected_at))


def three_practices(setting: Setting) -> Script:
    """One practice short of doctor shopping, though five pharmacies."""
    clinics, hospital = setting.region.clinics, setting.region.hospital
    visits = (
        (60, hospital),
        (45, clinics["general"]),
        (30, clinics["paediatrics"]),
        (15, hospital),
    )
    *pharmacies, last = setting.pharmacies(5)
    for (days_ago, practice), pharmacy in zip(visits, pharmacies, strict=True):
        yield from _collected(setting, INSOMNIA, practice, pharmacy, days_ago=days_ago)
    yield from _collected_today(setting, INSOMNIA, clinics["general"], last)


def one_chain(setting: Setting) -> Script:
    """Four practices, but every pharmacy is a branch of the same chain."""
    there = setting.elsewhere()
    yield from _from_four_practices(setting, there, (*setting.branches(), *there.branches()))


def cancer_patient(setting: Setting) -> Script:
    """An opioid with a benzodiazepine, for cancer: exempt."""
    hospital, pharmacy = setting.region.hospital, setting.pharmacy()
    yield from _collected(setting, CANCER_ANXIETY, hospital, pharmacy, days_ago=9)
    issued = yield from one(setting.issue(CANCER_PAIN, hospital))
    yield from one(Reserve(by=pharmacy, code=issued.code))
    batch = portion(draft_of(issued), 0, BATCH_DAYS)
    yield from one(Dispense(by=pharmacy, code=issued.code, lines=batch))


def relative_collects(setting: Setting) -> Script:
    """A daughter far away collects what was prescribed to her mother minutes ago."""
    issued = yield from one(setting.issue(ACUTE[0], setting.any_practice(), minutes_ago=5))
    pharmacy = setting.elsewhere().pharmacy()
    yield from one(Reserve(by=pharmacy, code=issued.code))
    yield from one(replace(_all_of(issued, pharmacy), collected_by_patient=False))


def refilled_in_time(setting: Setting) -> Script:
    """Four days before the end of thirty: more than 85 % must be used."""
    clinic, pharmacy = setting.region.clinics["general"], setting.pharmacy()
    yield from _collected(setting, ANXIETY, clinic, pharmacy, days_ago=26)
    yield from _collected_today(setting, ANXIETY, clinic, pharmacy)


def taken_back(setting: Setting) -> Script:
    """An early refill that was entered for the wrong patient: raised, then retracted."""
    hospital, clinic = setting.region.hospital, setting.region.clinics["general"]
    first, second = setting.pharmacies(2)
    yield from _collected(setting, ANXIETY, hospital, first, days_ago=12)
    wrong = yield from _collected_today(setting, ANXIETY, clinic, second)
    yield from one(Reverse(by=second, code=wrong.code, dispense=wrong.event_id))


_spared = partial(Scheme, is_found=False)

SCHEMES: tuple[Scheme, ...] = (
    Scheme("early-refill", "early-refill", "30 days' supply again after 12 days", early_refill),
    Scheme("opioid-and-benzodiazepine", "cob", "7 days of both", opioid_and_benzodiazepine),
    Scheme("doctor-shopping", "mpe", "4 practices, 4 pharmacies", doctor_shopping),
    Scheme("impossible-travel", "impossible-travel", "over 440 km in minutes", impossible_travel),
    _spared("three-practices", "mpe", "one practice short", three_practices),
    _spared("one-chain", "mpe", "4 practices, branches of one chain", one_chain),
    _spared("cancer-patient", "cob", "both medicines, for cancer", cancer_patient),
    Scheme(
        "relative-collects",
        "impossible-travel",
        "somebody else collected",
        relative_collects,
        is_found=False,
    ),
    Scheme(
        "refilled-in-time", "early-refill", "4 days left of 30", refilled_in_time, is_found=False
    ),
    _spared("taken-back", "early-refill", "entered wrongly, reversed", taken_back),
)


def _from_four_practices(here: Setting, there: Setting, pharmacies: Sequence[str]) -> Script:
    """The same sleeping pill in two provinces, every 15 days, from another practice each time."""
    first, second, third, fourth = pharmacies
    yield from _collected(here, INSOMNIA, here.region.hospital, first, days_ago=45)
    yield from _collected(here, INSOMNIA, here.region.clinics["general"], second, days_ago=30)
    yield from _collected(there, INSOMNIA, there.region.hospital, third, days_ago=15)
    yield from _collected_today(there, INSOMNIA, there.region.clinics["general"], fourth)


def _collected(
    setting: Setting, treatment: Treatment, practice: Facility, pharmacy: str, *, days_ago: int
) -> Script:
    """A visit some days ago, its medicines collected that day and reported now."""
    issued = yield from one(setting.issue(treatment, practice, days_ago=days_ago))
    yield from one(collected_then(issued, pharmacy))


def _collected_today(
    setting: Setting, treatment: Treatment, practice: Facility, pharmacy: str
) -> Part:
    """A visit today, its medicines reserved and handed over; returns the last answer."""
    issued = yield from one(setting.issue(treatment, practice))
    yield from one(Reserve(by=pharmacy, code=issued.code))
    return (yield from one(_all_of(issued, pharmacy)))


def _all_of(issued: Answer, pharmacy: str, occurred_at: datetime | None = None) -> Dispense:
    lines = everything(draft_of(issued))
    return Dispense(by=pharmacy, code=issued.code, lines=lines, occurred_at=occurred_at)
