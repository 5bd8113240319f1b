"""Counters added up: what the rules look at in one month. Pure.

A `Panel` holds, for every prescriber or every pharmacy, the sums of the month under review and of
months before, and the subject's peers; for patients, the opioids that reached them. `panel` makes
one from counters in memory; the store makes the same from its tables.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from services.surveillance.measures.doses import Doses, doses
from services.surveillance.measures.measure import SLOTS_A_DAY, Key, Measure, Subject, kind_of
from services.surveillance.measures.months import Month, first_day, last_day
from services.surveillance.measures.peers import Peers
from services.surveillance.measures.ties import TIES_MONTHS, Ties, ties

SERIES_DAYS = 180
"""Days of a subject's own past, the month under review not counted."""

MONTHS_KEPT = 14
"""A month is looked at again when late facts change it, as long as it is one of the last so many;
older ones stand as they were told. A year and the month under way, and one for surges' past."""


SUMMED = frozenset(
    measure
    for measure in Measure
    if measure < Measure.PATIENT_AT_PHARMACY
    and measure not in (Measure.BY_QUARTER_HOUR, Measure.SOLD_AT)
)
"""Measures that a panel holds a month's total of."""

PARTED = frozenset({Measure.ALERTS_OF_PATIENTS, Measure.COLLECTED_AFTER})
"""Measures of which every part matters, and there are few."""


class Total(NamedTuple):
    """A measure of a subject in a month: its sum; how many parts, the largest and how large it is;
    and the sum of v ln v over the parts' counts v (`statistics.evenness`)."""

    value: int = 0
    parts: int = 0
    top: int = 0
    top_part: str = ""
    spread: float = 0.0


class Peak(NamedTuple):
    """The most within an hour (four quarter hours in a row), and the last of these quarters."""

    value: int
    slot: int


class SoldAt(NamedTuple):
    """A day's prescriptions of a prescriber that were sold, and the pharmacy that sold most."""

    day: int
    value: int
    top: int
    top_part: str


Totals = Mapping[Measure, Total]
Series = Sequence[tuple[int, int]]
"""(day, count) in order, days without any left out."""

_NONE = Total()


@dataclass(frozen=True)
class Panel:
    """Everything the rules of one kind of subject may look at when they judge `month`. `ties`
    are those of three months, for pharmacies, and `doses` those of three months, for patients.

    `totals` are those of the month and of the month before, `parts` those of `PARTED`, `series`
    the daily prescriptions from `SERIES_DAYS` before the month until its end.
    """

    kind: Subject
    month: Month
    totals: Mapping[str, Totals]
    totals_before: Mapping[str, Totals] = field(default_factory=dict)
    parts: Mapping[tuple[str, Measure], Mapping[str, int]] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    peaks: Mapping[str, Peak] = field(default_factory=dict)
    sold_at: Mapping[str, Sequence[SoldAt]] = field(default_factory=dict)
    ties: Ties = field(default_factory=Ties)
    doses: Doses = field(default_factory=Doses)
    peers: Peers = field(default_factory=Peers)

    def of(self, subject: str, measure: Measure) -> Total:
        """The sum of a measure in the month; zeros when nothing was counted."""
        return self.totals.get(subject, {}).get(measure, _NONE)

    def value(self, subject: str, measure: Measure) -> int:
        """The same, the sum alone."""
        return self.of(subject, measure).value

    def part(self, subject: str, measure: Measure, part: str) -> int:
        """The count of one part of one of the `PARTED` measures in the month."""
        return self.parts.get((subject, measure), {}).get(part, 0)

    def value_before(self, subject: str, measure: Measure) -> int:
        """The sum of the month before."""
        return self.totals_before.get(subject, {}).get(measure, _NONE).value

    def group(self, subject: str) -> str:
        """The peer group of a subject, as words for people."""
        return self.peers.group(subject)

    def members(self, subject: str) -> Sequence[str]:
        """The subjects a subject is compared with, itself among them."""
        return self.peers.members(subject)


Counters = Mapping[Key, int]


def panel(counters: Counters, kind: Subject, month: Month, peers: Peers | None = None) -> Panel:
    """The panel of a month from counters in memory."""
    ours = {key: value for key, value in counters.items() if kind_of(key.measure) == kind and value}
    now, before = _within(ours, month), _within(ours, month - 1)
    since = first_day(month) - SERIES_DAYS
    series: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for key, value in sorted(ours.items()):
        if key.measure is Measure.PRESCRIPTIONS and since <= key.period <= last_day(month):
            series[key.subject].append((key.period, value))
    return Panel(
        kind=kind,
        month=month,
        totals=totals(now),
        totals_before=totals(before),
        parts={of: parts for of, parts in _by_part(now).items() if of[1] in PARTED},
        series=series,
        peaks=_peaks(now),
        sold_at=_sold_at(now),
        ties=ties(_of_ties(counters, month)) if kind == "pharmacy" else Ties(),
        doses=doses(_of_ties(ours, month)) if kind == "patient" else Doses(),
        peers=peers or Peers(),
    )


def with_peers(panel: Panel, peers: Peers) -> Panel:
    """The same panel with its peer groups."""
    return replace(panel, peers=peers)


def _within(counters: Counters, month: Month) -> Counters:
    return {key: value for key, value in counters.items() if key.month == month and value}


def totals(counters: Counters) -> dict[str, dict[Measure, Total]]:
    """Subject -> measure -> what its counters, all of one month, come to."""
    found: dict[str, dict[Measure, Total]] = defaultdict(dict)
    for (subject, measure), of in _by_part(counters).items():
        if measure in SUMMED:
            found[subject][measure] = _total(of)
    return found


def _by_part(counters: Counters) -> dict[tuple[str, Measure], dict[str, int]]:
    parts: dict[tuple[str, Measure], dict[str, int]] = defaultdict(dict)
    for key, value in counters.items():
        of = parts[key.subject, key.measure]
        of[key.part] = of.get(key.part, 0) + value
    return parts


def _total(of: Mapping[str, int]) -> Total:
    counts = sorted(((value, part) for part, value in of.items() if value > 0), reverse=True)
    if not counts:
        return _NONE
    top = counts[0][0]
    return Total(
        value=sum(value for value, _ in counts),
        parts=len(counts),
        top=top,
        top_part=min(part for value, part in counts if value == top),
        spread=math.fsum(value * math.log(value) for value, _ in counts),
    )


def _peaks(counters: Counters) -> dict[str, Peak]:
    slots: dict[str, dict[int, int]] = defaultdict(dict)
    for key, value in counters.items():
        if key.measure is Measure.BY_QUARTER_HOUR:
            slots[key.subject][key.period] = value
    return {
        subject: max(
            (Peak(sum(of.get(slot - n, 0) for n in range(4)), slot) for slot in of),
            key=lambda peak: (peak.value, -peak.slot),
        )
        for subject, of in slots.items()
    }


def _sold_at(counters: Counters) -> dict[str, list[SoldAt]]:
    days: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for key, value in counters.items():
        if key.measure is Measure.SOLD_AT:
            days[key.subject, key.period][key.part] = value
    found: dict[str, list[SoldAt]] = defaultdict(list)
    for (subject, day), of in sorted(days.items()):
        total = _total(of)
        found[subject].append(SoldAt(day, total.value, total.top, total.top_part))
    return found


def _of_ties(counters: Counters, month: Month) -> Counters:
    first = month - TIES_MONTHS + 1
    return {key: n for key, n in counters.items() if n and first <= key.month <= month}


def months_in(counters: Iterable[Key]) -> set[Month]:
    """The months that counters lie in."""
    return {key.month for key in counters}


def slot_time(slot: int) -> tuple[int, int, int]:
    """The local day, hour and minute at which a quarter hour begins."""
    quarter = slot % SLOTS_A_DAY
    return slot // SLOTS_A_DAY, quarter // 4, quarter % 4 * 15
