"""What rules are and what they find: hits, and the episodes that hits of one rule add up to.

A *hit* is one fact at which a rule's pattern is complete, judged from the facts up to it. Hits
close to each other are one *episode*, and an episode is what an alert is about. A rule therefore
needs to know nothing of time passing, of alerts, of late facts or of parameters that change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict

from services.contracts.alerts import SUPPRESSED_BY
from services.contracts.terms import Severity
from services.surveillance.timeline import Entry, Proof, Timeline, calendar_date
from services.vietnam.bilingual import Wording

EVIDENCE_MAX = 100
"""Facts listed with one hit or one alert, the newest; figures still count all of them."""

LONG_RUN_DAYS = 90
"""A pattern that has gone on for this long is reported anew when a calendar half-year begins."""

EPISODE_DAYS_MAX = LONG_RUN_DAYS + 184
"""No episode is longer: a young run goes on into one more half-year."""


class Limits(BaseModel):
    """The numbers of a rule; each rule has its own, with the unit in every name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A fact at which the pattern is complete.

    `context` are the earlier facts it rests on, newest `EVIDENCE_MAX` at most. `weight` says which
    hit of an episode tells most: its figures are shown. `suppressed_by` names the exemptions that
    hold for it.
    """

    entry: Entry
    note: str
    context: tuple[tuple[Entry, str], ...]
    weight: float
    figures: dict[str, str]
    severity: Severity | None = None
    suppressed_by: tuple[str, ...] = ()


L = TypeVar("L", bound=Limits)


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[L]):
    """A detection rule. `detect` is a pure function of the timeline; hits may come in any order.

    `looks_back_days`: whether a fact is a hit may depend on the facts of so many days before its
    own day, and on no others. `concerns`: whether a fact that comes or goes can change
    any hit or what it says.
    """

    name: str
    version: int
    severity: Severity
    title: Wording
    source: str
    limits: type[L]
    detect: Callable[[Timeline, L], Iterable[Hit]]
    looks_back_days: Callable[[L], int]
    concerns: Callable[[Entry], bool]
    subject_kind: Literal["patient"] = "patient"


AnyRule = Rule[Any]


class Finding(msgspec.Struct, frozen=True, gc=False):
    """An episode of one rule: `start` and `end` are the event times of its first and last hit.

    `is_suppressed`: exemptions hold for every hit of it; it stays on record as statistics.
    """

    start: int
    start_day: int
    end: int
    severity: Severity
    evidence: tuple[Proof, ...]
    figures: dict[str, str]
    is_suppressed: bool


def episodes(hits: Iterable[Hit], rearm_days: int) -> Iterator[list[Hit]]:
    """Group hits, which come in time order.

    More than `rearm_days` without a hit end an episode. A run without such a pause is cut at the
    first hit of each calendar half-year, unless it is younger than `LONG_RUN_DAYS` then; so an
    episode spans at most nine months, and where it starts depends only on the hits of the
    `rearm_days + LONG_RUN_DAYS` before: late facts and a timeline that forgets change nothing else.
    """
    episode: list[Hit] = []
    run_start = last = 0
    for hit in hits:
        day = hit.entry.day
        if not episode or day - last > rearm_days:
            starts_anew = True
            run_start = day
        else:
            starts_anew = day - run_start >= LONG_RUN_DAYS and _half_year(day) != _half_year(last)
        if starts_anew and episode:
            yield episode
            episode = []
        episode.append(hit)
        last = day
    if episode:
        yield episode


def finding(episode: Sequence[Hit], rule: AnyRule, *, is_shadow: bool = False) -> Finding:
    """What one episode comes to. A rule in shadow never finds more than statistics (S4), neither
    does an episode of hits that are exempt."""
    severities: list[Severity] = [hit.severity or rule.severity for hit in episode]
    strongest = max(episode, key=lambda hit: hit.weight)  # the first of equals
    evidence = _evidence(episode)
    exemptions = sorted({name for hit in episode for name in hit.suppressed_by})
    suppressed_by = {SUPPRESSED_BY: ", ".join(exemptions)} if exemptions else {}
    return Finding(
        start=episode[0].entry.at,
        start_day=episode[0].entry.day,
        end=episode[-1].entry.at,
        severity="S4" if is_shadow or exemptions else min(severities),
        evidence=evidence[-EVIDENCE_MAX:],
        figures={
            **strongest.figures,
            "hits": str(len(episode)),
            "evidence_facts": str(len(evidence)),
            **suppressed_by,
        },
        is_suppressed=bool(exemptions),
    )


def _evidence(episode: Sequence[Hit]) -> tuple[Proof, ...]:
    """Every fact once, in time order; what a fact is as a hit goes before what it is as context."""
    noted: dict[str, tuple[Entry, str]] = {}
    for hit in episode:
        for entry, note in hit.context:
            noted.setdefault(entry.fact_id, (entry, note))
    for hit in episode:
        noted[hit.entry.fact_id] = (hit.entry, hit.note)
    return tuple(
        Proof(entry.fact_id, entry.code, entry.at, entry.facility, note)
        for entry, note in sorted(noted.values(), key=lambda item: (item[0].at, item[0].fact_id))
    )


def _half_year(day: int) -> tuple[int, bool]:
    on = calendar_date(day)
    return on.year, on.month > 6
