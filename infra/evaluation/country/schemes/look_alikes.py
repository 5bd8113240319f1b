"""Innocent lives that look like a scheme: what a rule finds here is a false alarm."""

from __future__ import annotations

from infra.evaluation.country.diary import DAY
from infra.evaluation.country.medicines import course
from infra.evaluation.country.schemes.plot import LookAlike, Plot

SLEEP = course("zolpidem", 10)


def cancer_shopper(plot: Plot) -> None:
    """A cancer patient sent from hospital to hospital, to whichever pharmacy has it in stock."""
    places = zip(plot.practices(5), plot.pharmacies(5), strict=True)
    for turn, (practice, pharmacy) in enumerate(places):
        plot.fill(turn * 30, course("morphine-30", 10, 4), practice, pharmacy, "CANCER")


def group_practice(plot: Plot) -> None:
    """Six locums of one practice, five pharmacies within half a year."""
    practice = plot.hospital()
    for turn, pharmacy in enumerate(plot.pharmacies(5)):
        plot.fill(turn * 40, SLEEP, practice, pharmacy, prescriber=turn)


def chain_customer(plot: Plot) -> None:
    """Five practices, but always a branch of the one chain, which sees all its sales."""
    places = zip(plot.practices(5), plot.branches(5), strict=True)
    for turn, (practice, pharmacy) in enumerate(places):
        plot.fill(turn * 20, SLEEP, practice, pharmacy)


def void_and_resend(plot: Plot) -> None:
    """A sale entered wrongly, reversed and entered again, twice."""
    practice, pharmacy = plot.practices(1)[0], plot.pharmacies(1)[0]
    script = plot.write(0, (course("diazepam", 30, 2),), practice)
    for turn in range(2):
        fact = plot.take(script, pharmacy, 20 + turn * 60)
        plot.diary.withdraw(fact, script.at + 50 + turn * 60)
    plot.take(script, pharmacy, 200)


def wrong_patient(plot: Plot) -> None:
    """A second month of tablets, entered for the wrong patient and taken back days later."""
    practice, pharmacy = plot.practices(1)[0], plot.pharmacies(1)[0]
    plot.fill(0, course("diazepam", 30, 2), practice, pharmacy)
    script = plot.write(12, (course("diazepam", 30, 2),), practice)
    fact = plot.take(script, pharmacy)
    plot.diary.withdraw(fact, script.at + 3 * DAY)
    plot.diary.withdraw(script.fact, script.at + 3 * DAY + 5)


def dialysis(plot: Plot) -> None:
    """Thirteen visits a month to one hospital, for three months."""
    practice, pharmacy = plot.hospital(), plot.pharmacies(1)[0]
    for week in range(13):
        for day in (0, 2, 4):
            plot.fill(week * 7 + day, course("paracetamol", 1), practice, pharmacy)


def listed_disease(plot: Plot) -> None:
    """90 days' supply by Annex VII, fetched when 80 are used."""
    practice, pharmacy = plot.practices(1)[0], plot.pharmacies(1)[0]
    for turn in range(3):
        plot.fill(turn * 80, course("amlodipine", 90), practice, pharmacy, "CHRONIC_LISTED")


def relative_collects(plot: Plot) -> None:
    """Somebody far away collects minutes after the visit."""
    far = plot.diary.world.regions[-1 if plot.diary.person.home == 0 else 0]
    script = plot.write(0, (course("amoxicillin", 5, 2),), plot.practices(1)[0], "ACUTE")
    plot.take(script, far.independent[0], 15, in_person=False)


def flight(plot: Plot) -> None:
    """A visit in Hà Nội and two and a half hours later a pharmacy in TP. Hồ Chí Minh."""
    world = plot.diary.world
    north, south = world.region_of("01"), world.region_of("79")
    script = plot.write(0, (course("amoxicillin", 5, 2),), north.hospitals[0], "ACUTE")
    plot.take(script, south.independent[0], 150)


def referral(plot: Plot) -> None:
    """A clinic sends on to the hospital the same day; the hospital writes something else."""
    clinic, hospital = plot.region.clinics.places[0], plot.hospital()
    pharmacy = plot.pharmacies(1)[0]
    first = plot.write(0, (course("paracetamol", 3, 3),), clinic, "ACUTE", kind="c")
    plot.take(first, pharmacy)
    second = plot.write(0, (course("amoxicillin", 7, 2),), hospital, "ACUTE", hour=14, kind="c")
    plot.take(second, pharmacy)


def hospice(plot: Plot) -> None:
    """Morphine and a benzodiazepine at the end of life."""
    hospital, pharmacy = plot.hospital(), plot.pharmacies(1)[0]
    for turn in range(4):
        plot.fill(turn * 10, course("morphine-30", 10, 4), hospital, pharmacy, "PALLIATIVE")
        plot.fill(turn * 10, course("lorazepam", 10), hospital, pharmacy, "PALLIATIVE")


def holiday_refill(plot: Plot) -> None:
    """Tablets fetched four days early, once, before a journey."""
    practice, pharmacy = plot.practices(1)[0], plot.pharmacies(1)[0]
    for day in (0, 30, 56):
        plot.fill(day, course("diazepam", 30, 2), practice, pharmacy)


LOOK_ALIKES = (
    LookAlike("cancer-shopper", ("mpe", "pharmacy-shopping", "mme-daily"), 5, cancer_shopper),
    LookAlike("group-practice", ("mpe", "mpe-5x5x180"), 5, group_practice),
    LookAlike("chain-customer", ("mpe", "pharmacy-shopping"), 5, chain_customer),
    LookAlike("void-and-resend", ("early-refill", "possession-excess"), 5, void_and_resend),
    LookAlike("wrong-patient", ("early-refill", "rx-splitting"), 5, wrong_patient),
    LookAlike("dialysis", ("visit-frequency",), 3, dialysis),
    LookAlike("listed-disease", ("early-refill",), 10, listed_disease),
    LookAlike("relative-collects", ("impossible-travel",), 10, relative_collects),
    LookAlike("flight", ("impossible-travel",), 3, flight),
    LookAlike("referral", ("same-day-multi-facility", "dup-l5"), 10, referral),
    LookAlike("hospice", ("cob", "mme-daily", "trinity"), 3, hospice),
    LookAlike("holiday-refill", ("early-refill",), 5, holiday_refill),
)
