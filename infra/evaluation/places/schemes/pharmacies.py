"""Abuse by pharmacies: what they sell, take back, use up, and with whom.

Numbers as in `prescribers.py`, a second time on purpose.
"""

from __future__ import annotations

from infra.evaluation.country.diary import DAY
from infra.evaluation.country.labels import Form
from infra.evaluation.country.medicines import course
from infra.evaluation.places.habits import Wares
from infra.evaluation.places.schemes.part import RELATIVE, Part, PlaceScheme, Planted
from infra.evaluation.places.site import Doctor, Sold
from infra.evaluation.places.times import days_of, minute

DOCTORS = 8
OPIOID = Wares((course("oxycodone", 7, 3),), "ACUTE", "n")
SEDATIVE = Wares((course("alprazolam", 10, 2),), "LONG_TERM", "h")
HELD = Wares((course("tramadol", 28, 3), course("diazepam", 28, 2)), "LONG_TERM", "n")
"""Both together for four weeks: each patient gets an alert of their own."""


def _customers(part: Part, doctors: list[Doctor], shop: int, count: int) -> list[Sold]:
    """So many ordinary sales of a month."""
    rng, sold = part.site.rng, []
    for place, day in enumerate(part.evenly(count)):
        written = part.write(doctors[place % len(doctors)], day, part.plain())
        sold.append(part.site.sell(written, shop, minutes=rng.uniform(5, 60)))
    return sold


def outlier(part: Part, form: Form) -> Planted:
    """Two prescribers' opioids and sedatives for thirty people, again and again; a hundred sales a
    month are looked at. Evasive: they say that it is for cancer."""
    doctors, shop = part.doctors(2), part.site.pharmacy()
    count = {"easy": 200, "above": 101, "at": 100, "below": 99}.get(form, 200)
    people = [part.site.patient() for _ in range(count // 5)]
    for place, day in enumerate(part.evenly(count)):
        wares = OPIOID if place % 2 else SEDATIVE
        if form == "evasive":
            wares = wares._replace(treatment="CANCER")
        who = people[place % len(people)]
        written = part.write(doctors[place % 2], day, wares, who=who)
        part.site.sell(written, shop)
    helps = tuple(doctor.id for doctor in doctors)
    return Planted(part.site.pharmacy_id(shop), (part.month, part.month), helps)


def taken_back(part: Part, form: Form) -> Planted:
    """Sales that are reported, claimed and taken back: more than 5 % of at least 200, or more than
    2 % after more than a week. Evasive: 5 %, each on the seventh day."""
    doctors, shop = part.doctors(DOCTORS), part.site.pharmacy()
    count, back = {"easy": (300, 60), "above": (200, 12), "at": (200, 11)}.get(form, (200, 10))
    sold = _customers(part, doctors, shop, count)
    after = 7 * DAY if form == "evasive" else DAY
    for place in range(back):
        one = sold[place * count // back]
        # at noon: seven local days later are seven, whatever the hour of the sale
        one.diary.withdraw(one.fact, int(one.at // DAY) * DAY + after + 720)
    return Planted(part.site.pharmacy_id(shop), (part.month, part.month))


def used_up(part: Part, form: Form) -> Planted:
    """Prescriptions that nobody collected, sold on their last day: more than a quarter of at least
    100. Evasive: on the day before the last."""
    doctors, shop = part.doctors(DOCTORS), part.site.pharmacy()
    count, last = {"easy": (200, 120), "above": (100, 27), "at": (100, 26), "below": (100, 25)}.get(
        form, (200, 120)
    )
    first = days_of(part.month)[0]
    for place in range(count):
        harvested = place * last // count != (place + 1) * last // count
        day = first + place * 25 // count  # all are sold within the month
        written = part.write(doctors[place % DOCTORS], day, part.plain())
        days = (4 if form == "evasive" else 5) if harvested else 0
        part.site.sell(written, shop, days=days)
    return Planted(part.site.pharmacy_id(shop), (part.month, part.month))


def ring(part: Part, form: Form) -> Planted:
    """A pharmacy, its prescribers and their patients, three months long, every four weeks an opioid
    and a sedative. Borderline: three patients, half of the pharmacy's sales; below: two patients.
    Evasive: each patient's sales are shared among three pharmacies.

    The two prescribers write for everybody in turn, so each is tied to each in two ways.
    """
    doctors, others = part.suspects(2), part.doctors(2)
    shops = [part.site.pharmacy() for _ in range(3)]
    part.small_shops()
    for doctor in (*doctors, *others):
        part.usual(doctor, 60)
    patients = {"easy": 10, "above": 4, "at": 3, "below": 2}.get(form, 10)
    people = [part.site.patient() for _ in range(patients)]
    start, sales = days_of(part.month - 2)[0], 0
    for round_ in range(6):  # an early refill every fortnight
        for number, who in enumerate(people):
            doctor = doctors[(round_ + number) % 2] if form == "easy" else doctors[0]
            day = start + round_ * 14 + number
            at = minute(day, 9 + number / 4)
            shop = shops[(round_ + number) % 3 if form == "evasive" else 0]
            part.site.sell(part.write(doctor, day, HELD, at=at, who=who), shop)
            sales += 1
    outside = {"at": sales, "above": sales // 2}.get(form, 0)
    for place in range(outside):
        day = start + place * 80 // outside
        part.site.sell(part.write(others[place % 2], day, SEDATIVE), shops[0])
    months = (part.month - 2, part.month)
    helps = (*(d.id for d in doctors), *(part.site.pharmacy_id(shop) for shop in shops[1:]))
    return Planted(part.site.pharmacy_id(shops[0]), months, helps)


SCHEMES = (
    PlaceScheme("pharmacy-outlier", "pharmacy", 10, outlier),
    PlaceScheme("cancel-rate", "pharmacy", 10, taken_back, note=RELATIVE),
    PlaceScheme("expiry-harvest", "pharmacy", 10, used_up),
    PlaceScheme("collusion-ring", "pharmacy", 5, ring),
)
