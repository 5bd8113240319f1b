"""Sites through the real engine and the real counters, cut by site over all processors.

A site's prescribers and pharmacies are seen nowhere else, so what is counted of them is complete:
what comes back are the panels of its months, as they were known at each review. The reviews put
the panels of all sites together.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from infra.evaluation.oracle.log_file import write_log
from infra.evaluation.places.labels import PlaceLabel
from infra.evaluation.places.sites import Sites, Told
from infra.evaluation.places.times import MONTHS
from services.contracts.facts import Fact
from services.surveillance.engine import apply
from services.surveillance.measures.alerting import start_of
from services.surveillance.measures.counting import Counts, difference
from services.surveillance.measures.ledger import KINDS
from services.surveillance.measures.months import Month, first_day
from services.surveillance.measures.panel import Panel, months_in, panel
from services.surveillance.measures.peers import Place
from services.surveillance.measures.reviewing import GRACE_DAYS, due
from services.surveillance.measures.signals import SubjectKind
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import PatientState, epoch_ms

MONTH_NUMBERS: tuple[Month, ...] = tuple(year * 12 + month - 1 for year, month in MONTHS)
"""The months as surveillance numbers them."""

BEATS = (
    *(start_of(first_day(month + 1) + GRACE_DAYS) for month in MONTH_NUMBERS),
    start_of(first_day(MONTH_NUMBERS[-1] + 1) + 3 * GRACE_DAYS),
)
"""When reviews happen (epoch ms): as soon as a month is due, and once more for what came late."""

ASKED_TWICE_EVERY = 4


def is_asked_twice(number: int) -> bool:
    """Whether a site's log is written for the oracle: all would be more than a gigabyte."""
    return number % ASKED_TWICE_EVERY == 0


PanelKey = tuple[int, SubjectKind, Month]
"""At which beat, about whom, of which month."""


class Counted(NamedTuple):
    """One site after the whole log. `changed` counts by beat how often facts changed a month;
    `panels` holds those that had to be looked at again at a beat."""

    number: int
    facts: int
    panels: Mapping[PanelKey, Panel]
    changed: Mapping[int, Mapping[Month, int]]
    places: Mapping[str, Place]
    label: PlaceLabel | None
    enriched: bool


def count(number: int, told: Told, parameters: Parameters) -> Counted:
    """Tell the engine everything and count what changes, review by review."""
    by_beat: dict[int, Counts] = defaultdict(Counter)
    changed: dict[int, Counter[Month]] = defaultdict(Counter)
    for facts in told.people:
        state = PatientState(patient_ref=facts[0].patient_ref) if facts else None
        for fact in facts:
            assert state is not None
            before = state
            state, _ = apply(before, fact, parameters)
            counts = difference(before, fact, state)
            beat = _beat_after(fact)
            by_beat[beat].update(counts)
            changed[beat].update(months_in(counts))
    return Counted(
        number=number,
        facts=sum(map(len, told.people)),
        panels=_panels(by_beat, changed),
        changed=changed,
        places=told.places,
        label=told.label,
        enriched=told.enriched,
    )


def _beat_after(fact: Fact) -> int:
    """The first review that knows a fact; one past the last for what comes later still."""
    at = epoch_ms(fact.recorded_at)
    return next((place for place, beat in enumerate(BEATS) if at < beat), len(BEATS))


def _panels(
    by_beat: Mapping[int, Counts], changed: Mapping[int, Mapping[Month, int]]
) -> dict[PanelKey, Panel]:
    counters: Counts = Counter()
    so_far: Counter[Month] = Counter(dict.fromkeys(MONTH_NUMBERS, 0))  # others have facts in all
    reviewed: dict[Month, int] = {}
    panels: dict[PanelKey, Panel] = {}
    for beat, at in enumerate(BEATS):
        counters.update(by_beat.get(beat, {}))
        so_far.update(changed.get(beat, {}))
        months = due(so_far, reviewed, at)
        reviewed |= months
        for month in months:
            for kind in KINDS:
                panels[beat, kind, month] = panel(counters, kind, month)
    return panels


def count_sites(sites: Sites, processes: int, logs: Path | None = None) -> Iterator[Counted]:
    """Every site, in the order of their numbers, with the shipped parameters. With `logs`, an
    existing folder, the log itself is written there for the oracle."""
    context = multiprocessing.get_context("spawn")  # the same on every system
    with ProcessPoolExecutor(processes, context, _begin, (sites, logs)) as pool:
        yield from pool.map(_count_site, sites.numbers)


class _Desk:
    """What each process keeps at hand."""

    sites: Sites
    parameters: Parameters
    logs: Path | None


def _begin(sites: Sites, logs: Path | None) -> None:
    _Desk.sites, _Desk.logs = sites, logs
    _Desk.parameters = Parameters.load()


def _count_site(number: int) -> Counted:
    told = _Desk.sites.site(number)
    if _Desk.logs is not None and is_asked_twice(number):
        facts = (fact for of in told.people for fact in of)
        write_log(facts, _Desk.logs / f"{number:09d}.csv")
    return count(number, told, _Desk.parameters)
