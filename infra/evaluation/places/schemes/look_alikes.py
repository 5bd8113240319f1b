"""Innocent places that look like a scheme: what a rule finds here is a false alarm."""

from __future__ import annotations

from infra.evaluation.country.diary import DAY
from infra.evaluation.country.medicines import course
from infra.evaluation.places.habits import (
    CHRONIC,
    LASTING,
    NERVES,
    PAIN,
    Wares,
    days_to_collect,
    poisson,
)
from infra.evaluation.places.schemes.part import Part, PlaceLookAlike, Planted
from infra.evaluation.places.times import days_of, minute, working_days

MORPHINE = tuple(
    Wares((course("morphine-30", days, dose),), "PALLIATIVE", "n")
    for days in (7, 10)
    for dose in (2, 4, 6)
)


def palliative_specialist(part: Part) -> Planted:
    """In a general hospital: eight of ten prescriptions are morphine for the dying."""
    (doctor,) = part.doctors(level="specialised")
    part.small_shops()
    for month in range(part.month + 1):
        for place, day in enumerate(part.evenly(140, month)):
            wares = part.site.rng.choice(MORPHINE) if place % 5 else part.plain()
            part.sell_somewhere(part.write(doctor, day, wares))
    return Planted(doctor.id, (0, part.month))


def epilepsy_clinic(part: Part) -> Planted:
    """A general clinic by the directory, that treats one disease with one medicine."""
    (doctor,) = part.doctors()
    part.small_shops()
    for month in range(part.month + 1):
        for place, day in enumerate(part.evenly(120, month)):
            medicine = "phenobarbital" if place % 8 else "clonazepam"
            wares = Wares((course(medicine, 30),), "LONG_TERM", "h")
            part.sell_somewhere(part.write(doctor, day, wares))
    return Planted(doctor.id, (0, part.month))


def night_doctor(part: Part) -> Planted:
    """Emergency ward: every third night, broken bones and fits among colds."""
    (doctor,) = part.doctors(level="specialised")
    part.small_shops()
    rng = part.site.rng
    for month in range(part.month + 1):
        for day in days_of(month)[::3]:
            for _ in range(poisson(rng, 10)):
                wares = rng.choice(PAIN) if rng.random() < 0.3 else part.plain()
                at = minute(day, rng.uniform(19, 31))
                part.sell_somewhere(part.write(doctor, day, wares, at=at))
    return Planted(doctor.id, (0, part.month))


def flu_peak(part: Part) -> Planted:
    """A paediatrician, three times as busy in the weeks of the wave."""
    (doctor,) = part.doctors(specialty="paediatrics")
    part.small_shops()
    for month in range(part.month):
        part.usual(doctor, 70, month)
    part.usual(doctor, 210, part.month)
    return Planted(doctor.id, (part.month, part.month))


def colleague_away(part: Part) -> Planted:
    """Twice the usual number for two months, while the colleague next door is on leave."""
    (doctor,) = part.doctors()
    part.small_shops()
    for month in range(part.month + 1):
        part.usual(doctor, 180 if month >= part.month - 1 else 90, month)
    return Planted(doctor.id, (part.month - 1, part.month))


def nursing_home(part: Part) -> Planted:
    """Forty renewals for a nursing home, entered one after the other once a month."""
    (doctor,) = part.doctors()
    part.small_shops()
    people = [part.site.patient() for _ in range(40)]
    for month in range(part.month + 1):
        part.usual(doctor, 60, month)
        day = working_days(month)[0]
        for number, who in enumerate(people):
            wares = CHRONIC[number % len(CHRONIC)]
            at = minute(day, 14.02 + number / 42)
            part.sell_somewhere(part.write(doctor, day, wares, at=at, who=who))
    return Planted(doctor.id, (0, part.month))


def only_pharmacy(part: Part) -> Planted:
    """A district with two doctors and one pharmacy, and chronic patients who go to both."""
    doctors, shop = part.doctors(2), part.site.pharmacy()
    rng = part.site.rng
    people = [(part.site.patient(), rng.choice(LASTING)) for _ in range(8)]
    for month in range(part.month + 1):
        for place, day in enumerate(part.evenly(360, month)):
            wares = rng.choice(NERVES) if rng.random() < 0.03 else part.plain()
            written = part.write(doctors[place % 2], day, wares)
            part.site.sell(written, shop, days=days_to_collect(rng))
        day = working_days(month)[5]
        for number, (who, wares) in enumerate(people):
            lasting = wares._replace(courses=tuple(c._replace(days=28) for c in wares.courses))
            written = part.write(doctors[number % 2], day, lasting, who=who)
            part.site.sell(written, shop)
    helps = tuple(doctor.id for doctor in doctors)
    return Planted(part.site.pharmacy_id(shop), (0, part.month), helps)


def teaching_hospital(part: Part) -> Planted:
    """Thirty doctors; the pharmacy of the house sells what they prescribe."""
    doctors = part.site.practice(30, level="specialised")
    shop = part.site.pharmacy(inside=doctors[0])
    rng = part.site.rng
    for month in range(part.month - 1, part.month + 1):
        for place, day in enumerate(part.evenly(900, month)):
            wares = part.controlled() if rng.random() < 0.15 else part.plain()
            part.site.sell(part.write(doctors[place % 30], day, wares), shop)
    helps = tuple(doctor.id for doctor in doctors)
    return Planted(part.site.pharmacy_id(shop), (part.month - 1, part.month), helps)


def night_pharmacy(part: Part) -> Planted:
    """Open when the others are closed: pain and sleeplessness come at night."""
    doctors, shop = part.doctors(8), part.site.pharmacy()
    rng = part.site.rng
    for month in range(part.month - 1, part.month + 1):
        for place, day in enumerate(part.evenly(240, month)):
            wares = part.controlled() if rng.random() < 0.2 else part.plain()
            at = minute(day, rng.uniform(18, 25))
            part.site.sell(part.write(doctors[place % 8], day, wares, at=at), shop)
    return Planted(part.site.pharmacy_id(shop), (part.month - 1, part.month))


def mail_order(part: Part) -> Planted:
    """A chain's branch that sends medicines home: handed over two to five days after the visit, and
    one of thirty comes back within the week."""
    doctors, shop = part.doctors(20), part.site.pharmacy(chain="CHUOI-MAU-X")
    rng = part.site.rng
    for month in range(part.month - 1, part.month + 1):
        for place, day in enumerate(part.evenly(400, month)):
            written = part.write(doctors[place % 20], day, part.plain())
            days = rng.choices((2, 3, 4, 5), (0.35, 0.35, 0.2, 0.1))[0]
            sold = part.site.sell(written, shop, days=days)
            if place % 30 == 0:
                sold.diary.withdraw(sold.fact, sold.at + rng.uniform(2, 6) * DAY)
    return Planted(part.site.pharmacy_id(shop), (part.month - 1, part.month))


def weekly_market(part: Part) -> Planted:
    """Patients collect on the next market day, once a week."""
    doctors, shop = part.doctors(8), part.site.pharmacy()
    for month in range(part.month - 1, part.month + 1):
        for place, day in enumerate(part.evenly(200, month)):
            written = part.write(doctors[place % 8], day, part.plain())
            part.site.sell(written, shop, days=min((5 - day) % 7, 5))
    return Planted(part.site.pharmacy_id(shop), (part.month - 1, part.month))


def faulty_till(part: Part) -> Planted:
    """Every twelfth sale is entered wrongly, taken back and entered again within minutes."""
    doctors, shop = part.doctors(8), part.site.pharmacy()
    for place, day in enumerate(part.evenly(260)):
        sold = part.site.sell(part.write(doctors[place % 8], day, part.plain()), shop)
        if place % 12 == 0:
            sold.diary.withdraw(sold.fact, sold.at + 3)
            sold.diary.collect(sold.script, sold.at + 5, shop)
    return Planted(part.site.pharmacy_id(shop), (part.month, part.month))


LOOK_ALIKES = (
    PlaceLookAlike(
        "palliative-specialist",
        ("prescriber-ctrl-share", "template-scripts", "pill-mill"),
        "prescriber",
        20,
        palliative_specialist,
    ),
    PlaceLookAlike(
        "epilepsy-clinic",
        ("template-scripts", "prescriber-ctrl-share"),
        "prescriber",
        10,
        epilepsy_clinic,
    ),
    PlaceLookAlike("night-doctor", ("out-of-hours",), "prescriber", 50, night_doctor),
    PlaceLookAlike("flu-peak", ("prescriber-surge",), "prescriber", 50, flu_peak),
    PlaceLookAlike(
        "colleague-away",
        ("prescriber-volume", "prescriber-surge"),
        "prescriber",
        50,
        colleague_away,
    ),
    PlaceLookAlike("nursing-home", ("throughput",), "prescriber", 20, nursing_home),
    PlaceLookAlike(
        "only-pharmacy",
        ("collusion-ring", "pharmacy-outlier", "same-pharmacy"),
        "pharmacy",
        50,
        only_pharmacy,
    ),
    PlaceLookAlike(
        "teaching-hospital",
        ("pharmacy-outlier", "collusion-ring", "same-pharmacy"),
        "pharmacy",
        20,
        teaching_hospital,
    ),
    PlaceLookAlike("night-pharmacy", ("pharmacy-outlier",), "pharmacy", 30, night_pharmacy),
    PlaceLookAlike(
        "mail-order",
        ("expiry-harvest", "cancel-rate", "pharmacy-outlier"),
        "pharmacy",
        10,
        mail_order,
    ),
    PlaceLookAlike("weekly-market", ("expiry-harvest",), "pharmacy", 30, weekly_market),
    PlaceLookAlike("faulty-till", ("cancel-rate",), "pharmacy", 20, faulty_till),
)
