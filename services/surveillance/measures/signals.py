"""What rules about prescribers, pharmacies, and patients among all others are, and what they find:
signals.

A *signal* says that a subject's month shows the rule's pattern. Signals of months close to each
other are one *episode*, and an episode is what an alert is about, as with patients' rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import msgspec

from services.contracts.terms import Severity
from services.surveillance.findings import Limits
from services.surveillance.measures.months import Month
from services.surveillance.measures.panel import Panel
from services.vietnam.bilingual import Wording

SubjectKind = Literal["prescriber", "pharmacy", "patient"]

L = TypeVar("L", bound=Limits)


class Signal(msgspec.Struct, frozen=True):
    """A subject's month that shows a pattern.

    `first_day` and `last_day` are the local days it was seen on. `weight` says which signal of an
    episode tells most: its figures are shown.
    """

    subject: str
    month: Month
    first_day: int
    last_day: int
    weight: float
    figures: dict[str, str]
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True)
class MeasureRule(Generic[L]):
    """A rule about prescribers, pharmacies, or patients among all others. `detect` is a pure
    function of a month's panel, and gives one signal per subject at most; what it counts is final
    once the month's facts are in."""

    name: str
    version: int
    severity: Severity
    title: Wording
    source: str
    limits: type[L]
    detect: Callable[[Panel, L], Iterable[Signal]]
    subject_kind: SubjectKind


AnyMeasureRule = MeasureRule[Any]


def runs(signals: Iterable[Signal], rearm_months: int) -> Iterator[list[Signal]]:
    """Group the signals of one subject, in order of their months.

    More than `rearm_months` without a signal end an episode, and so does a calendar year: where an
    episode starts depends on little of the past.
    """
    episode: list[Signal] = []
    for signal in signals:
        if episode:
            last = episode[-1].month
            if signal.month - last - 1 >= rearm_months or signal.month // 12 != last // 12:
                yield episode
                episode = []
        episode.append(signal)
    if episode:
        yield episode
