"""How much a case asks for attention, with every part of the number shown. Pure.

An alert counts severity points x its rule's weight, halved every 60 days since the end of its
episode. Rules that look at the same thing are one family, and a family counts at most double its
heaviest alert: six rules about one overlap are one finding, not six. Every part ages alike, so
the order of cases never changes with time alone and can be stored as `rank`.

The score orders a queue. It is no probability and no measure of guilt.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.contracts.terms import Severity
from services.oversight.cases.case import Case, Held
from services.oversight.cases.families import family_of

HALF_LIFE_DAYS = 60
FAMILY_CAP = 2
POINTS: dict[Severity, float] = {"S1": 8, "S2": 4, "S3": 1, "UNKNOWN": 1, "S4": 0}
WEIGHT = 1.0
"""Of a rule whose weight nobody has measured: all of them, until feedback gives their precision."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_DAY_S = 86_400


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one alert adds: `value` = `points` x `weight` x `recency`."""

    alert_id: str
    rule: str
    family: str
    points: float
    weight: float
    recency: float

    @property
    def value(self) -> float:
        return self.points * self.weight * self.recency


@dataclass(frozen=True, kw_only=True)
class FamilyPart:
    """What the rules of one family add together; `counted` is `value` under the cap."""

    family: str
    value: float
    counted: float


@dataclass(frozen=True, kw_only=True)
class Score:
    """The number and all it is made of, heaviest first."""

    value: float
    parts: tuple[Part, ...]
    families: tuple[FamilyPart, ...]


def score(
    case: Case,
    at: datetime,
    weights: Mapping[str, float] | None = None,
    held_back: Collection[str] = (),
) -> Score:
    """The score at a moment; alerts named in `held_back` count nothing."""
    parts = sorted(
        (
            _part(alert_id, held, at, weights or {})
            for alert_id, held in case.alerts.items()
            if held.is_open and alert_id not in held_back
        ),
        key=lambda part: (-part.value, part.alert_id),
    )
    families: dict[str, list[Part]] = {}
    for part in parts:
        families.setdefault(part.family, []).append(part)
    counted = sorted(
        (_family(name, members) for name, members in families.items()),
        key=lambda family: (-family.counted, family.family),
    )
    return Score(
        value=math.fsum(family.counted for family in counted),
        parts=tuple(parts),
        families=tuple(counted),
    )


def rank(case: Case) -> float | None:
    """The binary logarithm of the score at a fixed moment: orders cases at any time. None when
    nothing counts."""
    ends = [held.episode_end for held in case.alerts.values() if held.is_open]
    if not ends:
        return None
    newest = max(ends)
    value = score(case, newest).value
    return math.log2(value) + _days(_EPOCH, newest) / HALF_LIFE_DAYS if value else None


def _part(alert_id: str, held: Held, at: datetime, weights: Mapping[str, float]) -> Part:
    return Part(
        alert_id=alert_id,
        rule=held.rule,
        family=family_of(held.rule),
        points=POINTS[held.severity],
        weight=weights.get(held.rule, WEIGHT),
        recency=2 ** (-_days(held.episode_end, at) / HALF_LIFE_DAYS),
    )


def _family(name: str, parts: list[Part]) -> FamilyPart:
    value = math.fsum(part.value for part in parts)
    cap = FAMILY_CAP * max(part.value for part in parts)
    return FamilyPart(family=name, value=value, counted=min(value, cap))


def _days(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / _DAY_S
