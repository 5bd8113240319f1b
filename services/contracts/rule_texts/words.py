"""The parts a rule's texts are made of."""

from __future__ import annotations

from typing import Literal, NamedTuple

Comparison = Literal["at-least", "more-than", "less-than", "beside"]


class Both(NamedTuple):
    """One text in both languages."""

    vi: str
    en: str


class Measure(NamedTuple):
    """A figure that was held against a limit; `only_if` names a figure and the value it has.

    One that is told `beside` the others has no limit of its own.
    """

    figure: str
    comparison: Comparison
    limit: str = ""
    only_if: tuple[str, str] | None = None


class RuleText(NamedTuple):
    """The words of one rule. `title` is the sentence the rule itself carries."""

    title: Both
    means: Both
    does_not_mean: Both
    next_step: Both
    measures: tuple[Measure, ...]
