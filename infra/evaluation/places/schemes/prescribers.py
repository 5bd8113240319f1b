"""Abuse under a prescriber's code: volume, controlled medicines, nights, bursts, one pharmacy.

The numbers are those of the rules' sentences, written down a second time on purpose: when somebody
changes a threshold, the borderline forms here must be looked at again.
"""

from __future__ import annotations

from infra.evaluation.country.labels import Form
from infra.evaluation.country.medicines import course
from infra.evaluation.places.habits import Wares
from infra.evaluation.places.schemes.part import Part, PlaceScheme, Planted
from infra.evaluation.places.times import days_of, minute, working_days

MANY = 2500
"""More than twenty times what an ordinary prescriber writes in a month; few are collected."""

NO_THRESHOLD = "relative to peers: no exact threshold to stand on; below: 49 in one of the months"
SHARERS = 6
FEW_COLLECTED = 0.3

USUAL = 60
SPIN_DAYS = (7, 10, 14, 20, 28, 30)


def volume(part: Part, form: Form) -> Planted:
    """An account that a whole team writes under, for two months; fifty in each are looked at.
    Evasive: six accounts that share what is written."""
    doctors, before, now = part.suspects(SHARERS), part.month - 1, part.month
    part.small_shops()
    if form == "evasive":
        for doctor in doctors:
            part.usual(doctor, MANY // SHARERS, before, FEW_COLLECTED)
            part.usual(doctor, MANY // SHARERS, now, FEW_COLLECTED)
        return Planted(doctors[0].id, (before, now), tuple(d.id for d in doctors[1:]))
    one = doctors[0]
    part.usual(one, 49 if form == "below" else MANY, before, FEW_COLLECTED)
    part.usual(one, MANY, now, FEW_COLLECTED)
    return Planted(one.id, (before, now))


def controlled_share(part: Part, form: Form) -> Planted:
    """Seven of ten prescriptions are controlled; a hundred in a month are looked at. Evasive: they
    say that it is for cancer."""
    (doctor,) = part.suspects()
    part.small_shops()
    count = {"easy": 160, "above": 101, "at": 100, "below": 99}.get(form, 160)
    for place, day in enumerate(part.evenly(count)):
        wares = part.controlled() if place % 10 < 7 else part.plain()
        if form == "evasive" and place % 10 < 7:
            wares = wares._replace(treatment="CANCER")
        part.sell_somewhere(part.write(doctor, day, wares))
    return Planted(doctor.id, (part.month, part.month))


def surge(part: Part, form: Form) -> Planted:
    """One every other working day for months, then many times that; fifty a month are looked at.
    Evasive: a tenth more every month."""
    (doctor,) = part.suspects()
    part.small_shops()
    count = {"easy": 200, "above": 51, "at": 50, "below": 49}.get(form, 0)
    for month in range(part.month):
        evasive = round(40 * 1.1**month)
        usual = len(working_days(month)) // 2
        part.usual(doctor, evasive if form == "evasive" else usual, month)
    part.usual(doctor, count or round(40 * 1.1**part.month), part.month)
    return Planted(doctor.id, (0 if form == "evasive" else part.month, part.month))


def nights(part: Part, form: Form) -> Planted:
    """Controlled prescriptions at night: more than a fifth of at least twenty. Evasive: five
    minutes before ten and at five in the morning."""
    (doctor,) = part.suspects()
    part.small_shops()
    part.usual(doctor, USUAL)
    count, at_night = {"easy": (60, 30), "above": (21, 5), "at": (20, 5), "below": (20, 4)}.get(
        form, (60, 30)
    )
    for place, day in enumerate(part.evenly(count)):
        at = None
        if place * at_night // count != (place + 1) * at_night // count:
            hour = part.site.rng.uniform(22, 29)
            if form == "evasive":
                hour = part.site.rng.choice((21 + 55 / 60, 29.0))
            at = minute(day, hour)
        part.sell_somewhere(part.write(doctor, day, part.controlled(), at=at))
    return Planted(doctor.id, (part.month, part.month))


def burst(part: Part, form: Form) -> Planted:
    """So many prescriptions within an hour of one day; evasive: 25 an hour, for ten hours."""
    (doctor,) = part.suspects()
    part.small_shops()
    part.usual(doctor, USUAL, part.month)
    day = part.evenly(3)[1]
    count = {"easy": 60, "above": 32, "at": 31, "below": 30}.get(form, 250)
    hours, begins = (10.0, 9.0) if form == "evasive" else (0.9, 21.05)
    for place in range(count):
        at = minute(day, begins + hours * place / count)
        part.sell_somewhere(part.write(doctor, day, part.plain(), at=at))
    return Planted(doctor.id, (part.month, part.month))


def one_pharmacy(part: Part, form: Form) -> Planted:
    """Ten prescriptions sold on a day, nine of them at the pharmacy that pays for it; easy: on
    twelve days. Evasive: shared among three branches."""
    (doctor,) = part.suspects()
    branches = [part.site.pharmacy(chain="CHUOI-MAU-X") for _ in range(3)]
    part.small_shops()
    inside = {"easy": 14, "above": 10, "at": 9, "below": 8}.get(form, 14)
    count = 15 if form in ("easy", "evasive") else 10
    for day in part.evenly(12 if form in ("easy", "evasive") else 1):
        for place in range(count):
            shop = branches[place % 3 if form == "evasive" else 0]
            if place >= inside:
                shop = part.shops[place % len(part.shops)]
            part.site.sell(part.write(doctor, day, part.plain()), shop)
    paid = branches if form == "evasive" else branches[:1]
    shops = tuple(part.site.pharmacy_id(shop) for shop in paid)
    return Planted(doctor.id, (part.month, part.month), shops)


def templates(part: Part, form: Form) -> Planted:
    """The same sedative for everybody, fifty times a month; evasive: for other numbers of days."""
    (doctor,) = part.suspects()
    part.small_shops()
    part.usual(doctor, 2 * USUAL)
    count = {"easy": 90, "above": 51, "at": 50, "below": 49}.get(form, 90)
    for place, day in enumerate(part.evenly(count)):
        days, medicine = 30, "diazepam"
        if form == "evasive":
            days = SPIN_DAYS[place % len(SPIN_DAYS)]
            medicine = ("diazepam", "lorazepam", "alprazolam")[place % 3]
        wares = Wares((course(medicine, days, 2),), "LONG_TERM", "h")
        part.sell_somewhere(part.write(doctor, day, wares))
    return Planted(doctor.id, (part.month, part.month))


def pill_mill(part: Part, form: Form) -> Planted:
    """Opioid, benzodiazepine and carisoprodol in high doses for the same people, in bursts; fifty
    a month are looked at. Evasive: two accounts with forty-five each."""
    doctors = part.suspects(2)
    part.small_shops()
    count = {"easy": 120, "above": 51, "at": 50, "below": 49}.get(form, 90)
    courses = (
        course("oxycodone", 10, 6),
        course("diazepam", 10, 3),
        course("carisoprodol", 10, 3),
    )
    mixtures = [Wares(courses, "LONG_TERM", "n"), Wares(courses[:2], "LONG_TERM", "n")]
    people = [part.site.patient() for _ in range(count // 3)]
    an_hour = len(people) // 4
    for place in range(count):
        doctor = doctors[place % 2 if form == "evasive" else 0]
        turn, number = divmod(place, len(people))  # everybody comes every nine days
        day = days_of(part.month)[turn * 9 + number // an_hour]
        at = minute(day, 20 + number % an_hour / an_hour * 0.9)
        written = part.write(doctor, day, mixtures[place % 2], at=at, who=people[number])
        part.site.sell(written, part.shops[place % len(part.shops)])
    helps = (doctors[1].id,) if form == "evasive" else ()
    return Planted(doctors[0].id, (part.month, part.month), helps)


SCHEMES = (
    PlaceScheme(
        "prescriber-volume", "prescriber", 4, volume, ("easy", "below", "evasive"), NO_THRESHOLD
    ),
    PlaceScheme("prescriber-ctrl-share", "prescriber", 4, controlled_share),
    PlaceScheme("prescriber-surge", "prescriber", 10, surge),
    PlaceScheme("out-of-hours", "prescriber", 10, nights),
    PlaceScheme("throughput", "prescriber", 10, burst),
    PlaceScheme("same-pharmacy", "prescriber", 10, one_pharmacy),
    PlaceScheme("template-scripts", "prescriber", 5, templates),
    PlaceScheme("pill-mill", "prescriber", 2, pill_mill),
)
