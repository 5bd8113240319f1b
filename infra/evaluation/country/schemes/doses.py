"""Too much, too soon, together: doses, early refills, combinations, split prescriptions, visits.

The numbers are those of the rules' sentences, written down a second time on purpose (see
`shopping.py`).
"""

from __future__ import annotations

from infra.evaluation.country.labels import Form
from infra.evaluation.country.medicines import Course, course
from infra.evaluation.country.schemes.plot import Plot, Scheme
from services.contracts.facts import FactRecorded

UNFOUND = ("below", "evasive")


def early_refill(plot: Plot, form: Form) -> FactRecorded | None:
    """A tranquilliser for 30 days, and again when so many days are used (85 % are 25.5 days)."""
    practice, pharmacy = plot.practices(1)[0], plot.pharmacies(1)[0]
    used = {"easy": 12, "above": 24, "below": 26}.get(form, 25)
    second = "bromazepam" if form == "evasive" else "diazepam"
    plot.fill(0, course("diazepam", 30, 2), practice, pharmacy)
    fact = plot.fill(used, course(second, 30, 2), practice, pharmacy)
    return None if form in UNFOUND else fact


def opioid_and_benzodiazepine(plot: Plot, form: Form) -> FactRecorded | None:
    """Both on so many days, from two practices that need not know of each other."""
    one, other = plot.practices(2)
    pharmacy = plot.pharmacies(1)[0]
    days = {"easy": 20, "above": 8, "below": 6}.get(form, 7)
    plot.fill(0, course("diazepam", 30, 2), one, pharmacy)
    pain = course("tramadol", days, 3, days_written=form != "evasive")
    fact = plot.fill(1, pain, other, pharmacy, "ACUTE")
    return None if form in UNFOUND else fact


def trinity(plot: Plot, form: Form) -> FactRecorded | None:
    """Opioid, benzodiazepine and carisoprodol on so many common days."""
    one, other = plot.practices(2)
    pharmacy = plot.pharmacies(1)[0]
    plot.fill(0, course("carisoprodol", 10, 3, days_written=form != "evasive"), one, pharmacy)
    plot.fill(0, course("diazepam", 30, 2), one, pharmacy)
    begins = {"easy": 2, "above": 8, "below": 10}.get(form, 9)
    fact = plot.fill(begins, course("tramadol", 5, 3), other, pharmacy, "ACUTE")
    return None if form in UNFOUND else fact


def high_dose(plot: Plot, form: Form) -> FactRecorded | None:
    """Morphine 10 mg: 35 tablets in 7 days are 50 MME a day."""
    practice, pharmacy = plot.hospital(), plot.pharmacies(1)[0]
    units = {"easy": 84, "above": 36, "below": 34}.get(form, 35)
    medicine = Course("morphine-10", 7, units)
    if form == "evasive":
        medicine = Course("fentanyl-patch", 7, 3)
    fact = plot.fill(0, medicine, practice, pharmacy, "ACUTE")
    return None if form in UNFOUND else fact


def extreme_dose(plot: Plot, form: Form) -> FactRecorded | None:
    """150 MME a day on 90 days, from four practices and four pharmacies; evasive: 120."""
    practices, pharmacies = plot.practices(4), plot.pharmacies(4)
    rest = {"above": 11, "below": 9}.get(form, 10)
    lengths = [30, 30, 30, 30] if form in ("easy", "evasive") else [30, 30, 20, rest]
    day, fact = 0, None
    for place, days in enumerate(lengths):
        medicine = course("morphine-30", days, 4 if form == "evasive" else 5)
        fact = plot.fill(day, medicine, practices[place], pharmacies[place])
        day += days
    return None if form in UNFOUND else fact


def first_opioid(plot: Plot, form: Form) -> FactRecorded | None:
    """A first opioid for more than 7 days."""
    practice, pharmacy = plot.hospital(), plot.pharmacies(1)[0]
    days = {"easy": 30, "above": 9, "at": 8}.get(form, 7)
    fact = plot.fill(0, course("tramadol", days, 2), practice, pharmacy)
    if form == "evasive":
        plot.fill(7, course("tramadol", 7, 2), practice, pharmacy)
    return None if form in UNFOUND else fact


def hoarding(plot: Plot, form: Form) -> FactRecorded | None:
    """Benzodiazepines for 217 days within 180, two kinds in turn; evasive: two groups in turn."""
    practices, pharmacy = plot.practices(2), plot.pharmacies(1)[0]
    other = "zolpidem" if form == "evasive" else "bromazepam"
    rest = {"easy": 30, "above": 8, "below": 6}.get(form, 7)
    fact = None
    for place in range(8):
        days = rest if place == 7 else 30
        medicine = course(("diazepam", other)[place % 2], days)
        fact = plot.fill(place * 20, medicine, practices[place % 2], pharmacy)
    return None if form in UNFOUND else fact


def splitting(plot: Plot, form: Form) -> FactRecorded | None:
    """Ten days of a sleeping pill, and more by the same hand within 72 hours."""
    practice, pharmacy = plot.hospital(), plot.pharmacies(1)[0]
    hours = {"easy": 1.0, "above": 71.0, "below": 72 + 1 / 60}.get(form, 72.0)
    days = {"easy": 10, "above": 2}.get(form, 1)
    first = plot.write(0, (course("zolpidem", 10),), practice, "ACUTE", prescriber=0)
    who = 1 if form == "evasive" else 0
    second = plot.write(
        0, (course("zolpidem", days),), practice, "ACUTE", prescriber=who, hour=9 + hours
    )
    plot.take(first, pharmacy)
    plot.take(second, pharmacy)
    return None if form in UNFOUND else second.fact


def lent_card(plot: Plot, form: Form) -> FactRecorded | None:
    """Three facilities on one local day, or two with a medicine in common."""
    places, pharmacy = plot.practices(4), plot.pharmacies(1)[0]
    different = ("amoxicillin", "omeprazole", "ibuprofen", "metformin")
    hours: tuple[float, ...] = (8, 11, 14, 16)
    match form:
        case "easy":
            medicines: tuple[str, ...] = ("omeprazole",) * 3
        case "above":
            medicines = different
        case "at":
            medicines = different[:3]
        case "below":
            medicines = different[:2]
        case _:
            medicines, hours = ("omeprazole",) * 2, (23 + 50 / 60, 24 + 10 / 60)
    scripts = []
    for place, medicine in enumerate(medicines):
        medicine_course = (course(medicine, 10),)
        script = plot.write(0, medicine_course, places[place], "ACUTE", hour=hours[place], kind="c")
        plot.take(script, pharmacy)
        scripts.append(script)
    if form in UNFOUND:
        return None
    return scripts[1 if form == "easy" else 2].fact


def many_visits(plot: Plot, form: Form) -> FactRecorded | None:
    """Thirteen visits within 30 days; evasive: five a month and never more than 50 in 300."""
    places, pharmacy = plot.practices(3), plot.pharmacies(1)[0]
    count = {"easy": 20, "above": 14, "below": 12}.get(form, 13)
    days = [place * 29 // (count - 1) for place in range(count)]
    if form == "evasive":
        days = [6 * place for place in range(25)]
    scripts = []
    for place, day in enumerate(days):
        medicine = (course(("paracetamol", "omeprazole")[place % 2], 3, 2),)
        script = plot.write(day, medicine, places[place % 3], "ACUTE", kind="c")
        plot.take(script, pharmacy)
        scripts.append(script)
    return None if form in UNFOUND else scripts[12].fact


SCHEMES = (
    Scheme("early-refill", ("early-refill",), 15, early_refill),
    Scheme("cob", ("cob",), 10, opioid_and_benzodiazepine),
    Scheme("trinity", ("trinity",), 2, trinity),
    Scheme("mme-daily", ("mme-daily",), 5, high_dose),
    Scheme("mme-extreme", ("mme-extreme",), 1, extreme_dose),
    Scheme("naive-high", ("naive-high",), 10, first_opioid),
    Scheme("possession-excess", ("possession-excess",), 10, hoarding),
    Scheme("rx-splitting", ("rx-splitting",), 10, splitting),
    Scheme("same-day-multi-facility", ("same-day-multi-facility",), 10, lent_card),
    Scheme("visit-frequency", ("visit-frequency",), 5, many_visits),
)
