"""The dated numbers of the rules that judge months, from the same document as those of the rules
that judge timelines. The first day of a month decides which entry judges the month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import ValidationError

from services.surveillance.findings import Limits
from services.surveillance.measures.months import Month, first_day
from services.surveillance.measures.signals import AnyMeasureRule
from services.surveillance.parameters import (
    FOREVER,
    Dated,
    Document,
    Mode,
    ParametersError,
    figures_of,
)
from services.surveillance.rules import MEASURE_RULES
from services.surveillance.timeline import day_number


@dataclass(frozen=True, kw_only=True)
class MeasureVersion:
    """A rule with the numbers that apply to months beginning on the days from `from_day` until
    before `until_day`. `figures` say the numbers on every alert."""

    rule: AnyMeasureRule
    name: str
    from_day: int
    until_day: int
    enabled: bool
    mode: Mode
    source: str
    rearm_months: int
    limits: Limits
    figures: Mapping[str, str]


class MeasureParameters:
    """Every such rule's versions, in the order of the rules."""

    def __init__(self, document: Document, rules: Sequence[AnyMeasureRule] = MEASURE_RULES) -> None:
        """Raises ParametersError when the document does not fit the rules."""
        self.versions = tuple(
            version
            for rule in rules
            for version in _versions(rule, document.rules.get(rule.name, ()))
        )

    def at(self, month: Month) -> list[MeasureVersion]:
        """The enabled versions that judge a month."""
        day = first_day(month)
        return [v for v in self.versions if v.enabled and v.from_day <= day < v.until_day]


def _versions(rule: AnyMeasureRule, entries: Sequence[Dated]) -> list[MeasureVersion]:
    starts = [entry.effective_from for entry in entries]
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise ParametersError(f"List the entries of {rule.name} by ascending effective_from.")
    ends = [*starts[1:], FOREVER][: len(starts)]
    return [
        MeasureVersion(
            rule=rule,
            name=f"{rule.version}/{entry.effective_from.isoformat()}",
            from_day=day_number(entry.effective_from),
            until_day=day_number(end),
            enabled=entry.enabled,
            mode=entry.mode,
            source=entry.source,
            rearm_months=max(1, round(entry.rearm_days / 30)),
            limits=_limits(rule, entry),
            figures=figures_of(entry, _limits(rule, entry)),
        )
        for entry, end in zip(entries, ends, strict=True)
    ]


def _limits(rule: AnyMeasureRule, entry: Dated) -> Limits:
    place = f"{rule.name} of {entry.effective_from}"
    if entry.exemptions:
        raise ParametersError(
            f"{place} names exemptions; rules that judge months have none by name: what is left "
            "out is part of what they count."
        )
    try:
        limits: Limits = rule.limits.model_validate(entry.limits)
    except ValidationError as error:
        raise ParametersError(f"Correct the limits of {place}: {error}") from error
    return limits
