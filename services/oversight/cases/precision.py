"""How often a rule is right, by what people found when they looked. Pure.

Precision = confirmed / (confirmed + explained + false positive). A true pattern with a good reason
(`explained`) counts against the rule: it sent somebody to look for nothing. Cases that were closed
undecided count in neither. Nobody looks at everything, so this is the precision among what was
looked at, with the interval that so few looks allow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.oversight.cases.reasons import Judgement

ENOUGH = 20
"""Judged alerts from which on a precision is told without the words "too few to tell"."""

PRECISION_MIN = 0.8
"""What a rule must reach to ask for people's attention; below it belongs into shadow."""

_Z = 1.96


@dataclass(frozen=True, kw_only=True)
class Precision:
    """What feedback says of a rule; `low` and `high` are Wilson's 95 % interval. The three are
    None when nothing was judged."""

    rule: str
    confirmed: int = 0
    explained: int = 0
    false_positive: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def judged(self) -> int:
        return self.confirmed + self.explained + self.false_positive

    @property
    def is_enough(self) -> bool:
        return self.judged >= ENOUGH

    @property
    def belongs_in_shadow(self) -> bool:
        """Whether feedback alone shows that it falls short, not just that it may."""
        return self.high is not None and self.is_enough and self.high < PRECISION_MIN


def precision(rule: str, judged: Mapping[Judgement, int]) -> Precision:
    """From the numbers of judged alerts."""
    confirmed = judged.get("confirmed", 0)
    explained = judged.get("explained", 0)
    false_positive = judged.get("false-positive", 0)
    total = confirmed + explained + false_positive
    if not total:
        return Precision(rule=rule)
    low, high = wilson(confirmed, total)
    return Precision(
        rule=rule,
        confirmed=confirmed,
        explained=explained,
        false_positive=false_positive,
        value=confirmed / total,
        low=low,
        high=high,
    )


def precision_at(ranked: Iterable[Judgement | None], k: int) -> float | None:
    """The share confirmed among the first `k` that were judged, in the order of their scores; None
    when none of them was."""
    judged = [judgement for judgement in ranked if judgement is not None][:k]
    return judged.count("confirmed") / len(judged) if judged else None


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; holds for small numbers too."""
    share, z2 = hits / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)
