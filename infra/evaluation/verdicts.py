"""What the measures allow a rule to be: shown to people, or statistics only. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from infra.evaluation.measures import Scores, Tally
from services.surveillance.parameters import Parameters
from services.surveillance.rules import MEASURE_RULES

PRECISION_MIN = 0.8
EASY_RECALL_MIN = 0.95
ALERTS_MIN = 10
"""With fewer alerts in the country nothing is known of a precision."""


class Verdict(NamedTuple):
    """`mode` is what the parameters say, `fits` whether the measures bear it, `words` why."""

    rule: str
    mode: str
    fits: bool
    words: str


def modes(parameters: Parameters) -> dict[str, str]:
    """The mode of every patient rule's latest entry."""
    return {rule.name: versions[-1].mode for rule, versions, _ in parameters.plan if versions}


def modes_of_places(parameters: Parameters) -> dict[str, str]:
    """The same of the rules about prescribers and pharmacies."""
    entries = parameters.document.rules
    return {rule.name: entries[rule.name][-1].mode for rule in MEASURE_RULES}


def verdicts(
    scores: Scores, mode_of: dict[str, str], compare_with_peers: Collection[str] = ()
) -> list[Verdict]:
    """One per rule, in the order of `mode_of`. Rules that `compare_with_peers` may miss easy
    schemes as long as they are in shadow: where others do the same, nobody stands out."""
    return [
        _verdict(rule, mode, scores.rules[rule], may_miss=rule in compare_with_peers)
        for rule, mode in mode_of.items()
    ]


def _verdict(rule: str, mode: str, tally: Tally, *, may_miss: bool) -> Verdict:
    easy, shown = tally.recall_of("easy"), mode != "shadow"
    if easy is not None and easy < EASY_RECALL_MIN:
        words = f"finds {easy:.0%} of easy schemes: "
        if may_miss and not shown:
            return Verdict(rule, mode, True, words + "stays in shadow")
        words += f"broken below {EASY_RECALL_MIN:.0%}"
        return Verdict(rule, mode, False, words)
    if tally.alerts < ALERTS_MIN or tally.precision is None:
        words = f"{tally.alerts} alerts: too few to know a precision"
        return Verdict(rule, mode, True, words)
    if tally.precision < PRECISION_MIN:
        return Verdict(rule, mode, not shown, "belongs in shadow" if shown else "stays in shadow")
    return Verdict(rule, mode, True, "may be shown" if shown else "could leave shadow")
