"""Patients who go from place to place for opioids, and innocent ones who seem to.

Numbers as in `prescribers.py`, a second time on purpose.
"""

from __future__ import annotations

from infra.evaluation.country.labels import Form
from infra.evaluation.country.medicines import course
from infra.evaluation.places.habits import PAIN, Wares
from infra.evaluation.places.schemes.part import (
    RELATIVE,
    Part,
    PlaceLookAlike,
    PlaceScheme,
    Planted,
)
from infra.evaluation.places.site import Doctor
from infra.evaluation.places.times import days_of

STRONG = Wares((course("oxycodone", 14, 4),), "ACUTE", "n")
ROUNDS = 12
"""Supplies of two weeks in three months: twice what could be taken."""

NEIGHBOURS = 8
"""Others with an opioid, each month, at each practice: nobody has a place to themselves."""


def shopper(part: Part, form: Form) -> Planted:
    """The strongest opioid from many practices, each time at another pharmacy. Borderline: three
    and three; below: two pharmacies. Evasive: the branches of one chain."""
    practices = {"easy": 5, "above": 4}.get(form, 3)
    pharmacies = {"easy": 5, "above": 4, "below": 2, "evasive": 5}.get(form, 3)
    chain = "CHUOI-MAU-Y" if form == "evasive" else ""
    doctors = part.suspects(practices)
    shops = [part.site.pharmacy(chain=chain) for _ in range(pharmacies)]
    return _supplied(part, doctors, shops, STRONG)


def one_clinic(part: Part) -> Planted:
    """Severe pain, treated at one clinic, fetched at one pharmacy: the doses of the scheme."""
    return _supplied(part, part.suspects(1), [part.site.pharmacy()], STRONG)


def cancer_journey(part: Part) -> Planted:
    """Cancer: sent from hospital to hospital, and to whichever pharmacy has morphine."""
    wares = STRONG._replace(treatment="CANCER")
    return _supplied(part, part.suspects(4), [part.site.pharmacy() for _ in range(4)], wares)


def _supplied(part: Part, doctors: list[Doctor], shops: list[int], wares: Wares) -> Planted:
    """Three months of somebody with so many practices and pharmacies, among their other patients;
    whoever prescribes and sells knows nothing."""
    rng = part.site.rng
    for month in range(part.month - 2, part.month + 1):
        for doctor in doctors:
            for day in part.evenly(NEIGHBOURS, month):
                part.site.sell(part.write(doctor, day, rng.choice(PAIN)), rng.choice(shops))
    patient, start = part.site.patient(), days_of(part.month - 2)[0]
    for number in range(ROUNDS):
        doctor, shop = doctors[number % len(doctors)], shops[number % len(shops)]
        part.site.sell(part.write(doctor, start + number * 7, wares, who=patient), shop)
    return Planted(patient.person.ref, (part.month - 2, part.month))


SCHEMES = (PlaceScheme("shopper-centrality", "patient", 4, shopper, note=RELATIVE),)
LOOK_ALIKES = (
    PlaceLookAlike("one-clinic", ("shopper-centrality",), "patient", 50, one_clinic),
    PlaceLookAlike("cancer-journey", ("shopper-centrality",), "patient", 50, cancer_journey),
)
