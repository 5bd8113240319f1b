"""Many places at once: doctor and pharmacy shopping, doubled medicines, ghosts, travel.

The numbers are those of the rules' sentences, written down a second time on purpose: when somebody
changes a threshold, the borderline forms here must be looked at again.
"""

from __future__ import annotations

from collections.abc import Callable

from infra.evaluation.country.labels import Form
from infra.evaluation.country.medicines import course
from infra.evaluation.country.schemes.plot import Plot, Scheme, distance_km
from services.contracts.facts import FactRecorded

Planting = Callable[[Plot, Form], FactRecorded | None]
SLEEP = course("zolpidem", 10)
AIRPORTS = {"01", "11", "22", "31", "38", "40", "44", "46", "48", "52", "56", "66", "68", "79"}
AIRPORTS |= {"91", "92", "96"}


def _spread(
    plot: Plot, days: list[int], practices: list[int], pharmacies: list[int]
) -> FactRecorded:
    fact = None
    for place, day in enumerate(days):
        practice = practices[place % len(practices)]
        fact = plot.fill(day, SLEEP, practice, pharmacies[place % len(pharmacies)])
    assert fact is not None
    return fact


def _even(count: int, last: int) -> list[int]:
    return [place * last // (count - 1) for place in range(count)]


def shopping(needed: int, window: int) -> Planting:
    """So many practices and pharmacies within so many days."""

    def plant(plot: Plot, form: Form) -> FactRecorded | None:
        many = needed + 1
        match form:
            case "easy":
                days = _even(many, window // 2)
                last = _spread(plot, days, plot.practices(many), plot.pharmacies(many))
                return next(f for f in plot.facts if _is_sale(f, needed, plot)) or last
            case "above":
                _spread(plot, _even(many, window - 1), plot.practices(many), plot.pharmacies(many))
                return next(f for f in plot.facts if _is_sale(f, needed, plot))
            case "at":
                days = _even(needed, window - 1)
                return _spread(plot, days, plot.practices(needed), plot.pharmacies(needed))
            case "below":
                pharmacies = plot.pharmacies(needed - 1)
                _spread(plot, _even(needed, window - 1), plot.practices(needed), pharmacies)
            case _:
                if plot.diary.rng.random() < 0.5:
                    branches = plot.branches(needed)
                    _spread(plot, _even(needed, window - 1), plot.practices(needed), branches)
                else:
                    days = _even(needed, window)
                    _spread(plot, days, plot.practices(needed), plot.pharmacies(needed))
        return None

    return plant


def _is_sale(fact: FactRecorded, number: int, plot: Plot) -> bool:
    sales = [f for f in plot.facts if f.kind == "DISPENSED"]
    return fact is sales[number - 1]


def pharmacy_shopping(plot: Plot, form: Form) -> FactRecorded | None:
    """One practice, many pharmacies within 90 days."""
    practice = plot.practices(1)
    count = {"easy": 5, "above": 5, "below": 3}.get(form, 4)
    last = {"easy": 40}.get(form, 89)
    places = plot.branches(4) if form == "evasive" else plot.pharmacies(count)
    _spread(plot, _even(count, last), practice, places)
    if form in ("below", "evasive"):
        return None
    return next(f for f in plot.facts if _is_sale(f, 4, plot))


def overlap_shopping(plot: Plot, form: Form) -> FactRecorded | None:
    """Opioids of two practices on common days, and three pharmacies within 180 days."""
    one, other = plot.practices(2)
    first, second, third = plot.pharmacies(3)
    if form == "evasive":
        first, second, third = (*plot.branches(2), third)
    pain = course("tramadol", 7, 2)
    common = {"easy": 5, "above": 2}.get(form, 1)
    plot.fill(0, pain, one, first, "ACUTE")
    plot.fill(7 - common, pain, other, second, "ACUTE")
    last_day = {"easy": 30, "above": 178}.get(form, 179)
    if form == "below":
        third = second
    last = plot.fill(last_day, pain, one, third, "ACUTE")
    return None if form in ("below", "evasive") else last


def opioid_overlap(plot: Plot, form: Form) -> FactRecorded | None:
    """Opioids of two practices on so many common days."""
    one, other = plot.practices(2)
    if form == "evasive":
        other = one
    days = 30 if form == "easy" else 10
    common = {"easy": 20, "above": 8, "below": 6}.get(form, 7)
    first, second = plot.pharmacies(2)
    plot.fill(0, course("tramadol", days, 2), one, first, prescriber=0)
    fact = plot.fill(days - common, course("tramadol", days, 2), other, second, prescriber=1)
    return None if form in ("below", "evasive") else fact


def doubled(plot: Plot, form: Form) -> FactRecorded | None:
    """The same medicine from two practices on so many common days."""
    one, other = plot.practices(2)
    common = {"easy": 20, "above": 4, "below": 2}.get(form, 3)
    written = form != "evasive"
    plot.fill(0, course("amlodipine", 30, days_written=written), one, plot.pharmacies(1)[0])
    second = course("amlodipine", 30, days_written=written)
    fact = plot.fill(30 - common, second, other, plot.pharmacies(1)[0])
    return None if form in ("below", "evasive") else fact


def same_group(plot: Plot, form: Form) -> FactRecorded | None:
    """Two statins on so many common days."""
    one, other = plot.practices(2)
    common = {"easy": 20, "above": 8, "below": 6}.get(form, 7)
    plot.fill(0, course("atorvastatin", 30), one, plot.pharmacies(1)[0])
    second = course("rosuvastatin", 30, days_written=form != "evasive")
    fact = plot.fill(30 - common, second, other, plot.pharmacies(1)[0])
    return None if form in ("below", "evasive") else fact


def ghost(plot: Plot, form: Form) -> FactRecorded | None:
    """So many prescriptions of one prescriber, sold at one pharmacy, to nobody else's patient."""
    (practice,), (pharmacy, other) = plot.practices(1), plot.pharmacies(2)
    count = {"easy": 8, "above": 6, "below": 4}.get(form, 5)
    facts = []
    for place, day in enumerate(_even(count, 29)):
        at = other if form == "evasive" and place == 1 else pharmacy
        medicine = course(("amoxicillin", "omeprazole", "meloxicam")[place % 3], 5, 2)
        facts.append(plot.fill(day, medicine, practice, at, "ACUTE", prescriber=0))
    return None if form in ("below", "evasive") else facts[4]


def impossible_travel(plot: Plot, form: Form) -> FactRecorded | None:
    """In two pharmacies sooner than a car can drive, between provinces without an airport."""
    rng, world = plot.diary.rng, plot.diary.world
    inland = [r for r in world.regions if r.province.code not in AIRPORTS]
    while True:
        here, there = (rng.choice(r.independent) for r in rng.sample(inland, 2))
        apart = distance_km(plot.pharmacy(here), plot.pharmacy(there))
        if 120 < apart < 900:
            break
    practice = plot.practices(1)[0]
    scripts = [
        plot.write(0, (course(medicine, 5, 2),), practice, "ACUTE", hour=8 + place / 6)
        for place, medicine in enumerate(("amoxicillin", "ibuprofen"))
    ]
    plot.take(scripts[0], here, 3 * 1440)
    drive = apart / 150 * 60
    minutes = {"easy": 20.0, "above": drive - 10, "at": drive - 0.05, "below": drive + 0.05}
    ends = 3 * 1440 - 10 + minutes.get(form, 20.0)
    fact = plot.take(scripts[1], there, ends, in_person=form != "evasive")
    return None if form in ("below", "evasive") else fact


SCHEMES = (
    Scheme("mpe", ("mpe",), 15, shopping(4, 180)),
    Scheme("mpe-5x5x180", ("mpe-5x5x180",), 5, shopping(5, 180)),
    Scheme("mpe-5x5x90", ("mpe-5x5x90",), 5, shopping(5, 90)),
    Scheme("pharmacy-shopping", ("pharmacy-shopping",), 10, pharmacy_shopping),
    Scheme("overlap-shopping", ("overlap-shopping",), 10, overlap_shopping),
    Scheme("opioid-overlap", ("opioid-overlap",), 10, opioid_overlap),
    Scheme("dup-l5", ("dup-l5",), 20, doubled),
    Scheme("dup-l4", ("dup-l4",), 20, same_group),
    Scheme("ghost-patient", ("ghost-patient",), 5, ghost, alone=True),
    Scheme("impossible-travel", ("impossible-travel",), 5, impossible_travel),
)
