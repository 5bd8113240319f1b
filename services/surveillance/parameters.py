"""The dated numbers of the rules, read from `parameters.yaml` and checked.

Each rule has entries with the day from which they apply. The engine asks with the day of a fact,
so the numbers of an old alert are found again at any later time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.surveillance.drug_classes import DrugClasses
from services.surveillance.exemptions import EXEMPTIONS, Exemption
from services.surveillance.findings import EPISODE_DAYS_MAX, LONG_RUN_DAYS, AnyRule, Limits
from services.surveillance.rules import MEASURE_RULES, RULES
from services.surveillance.timeline import HORIZON_DAYS, day_number, epoch_ms, local_day

Mode = Literal["shadow", "advisory", "enforcing"]

FOREVER = date.max
"""The end of a rule's last entry."""


class ParametersError(ValueError):
    """The parameters cannot be used; the message names the place and says what to do."""


class Dated(BaseModel):
    """One entry of a rule as written in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    effective_from: date
    enabled: bool
    mode: Mode
    source: str = Field(min_length=1)
    exemptions: tuple[str, ...]
    exemption_days: int = Field(ge=0)
    rearm_days: int = Field(ge=1)
    limits: dict[str, Any]


class Document(BaseModel):
    """The whole file: entries by rule name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: dict[str, tuple[Dated, ...]]


@dataclass(frozen=True, kw_only=True)
class Version:
    """A rule with the numbers that apply from `from_day` until before `until_day`.

    `reach_days`: nothing older than so many days before an episode's start can move that start.
    `figures` say the numbers on every alert.
    """

    rule: AnyRule
    name: str
    from_day: int
    until_day: int
    enabled: bool
    mode: Mode
    source: str
    exemptions: tuple[Exemption, ...]
    exemption_days: int
    rearm_days: int
    limits: Limits
    looks_back_days: int
    reach_days: int
    figures: Mapping[str, str]


class Planned(NamedTuple):
    """A rule, its versions by date, and the treatments of which a fact may exempt from it."""

    rule: AnyRule
    versions: tuple[Version, ...]
    exempting: frozenset[str]


class Parameters:
    """Every rule's versions in the order of `RULES`, and the drug classes they speak of.

    `settled_days`: a fact from so many days after the first day kept, or later, changes only alerts
    that the engine still holds. A rule whose `reach_days` leave no room for whole episodes does not
    count: its alerts stand as they were told last, however orderly the facts are.
    """

    def __init__(
        self, document: Document, classes: DrugClasses, rules: Sequence[AnyRule] = RULES
    ) -> None:
        """Raises ParametersError when the document does not fit the rules."""
        known = {rule.name for rule in rules} | {rule.name for rule in MEASURE_RULES}
        unknown = sorted(document.rules.keys() - known)
        if unknown:
            raise ParametersError(
                f"There is no rule named {unknown[0]}; remove it or correct the name."
            )
        self.document = document
        self.classes = classes
        self.plan = tuple(_planned(rule, document.rules.get(rule.name, ())) for rule in rules)
        spans = (v.reach_days + EPISODE_DAYS_MAX for _, versions, _ in self.plan for v in versions)
        self.settled_days = max((days for days in spans if days < HORIZON_DAYS), default=0)

    @classmethod
    def load(cls, path: Path | None = None, classes: DrugClasses | None = None) -> Parameters:
        """Read a file, without a path the one shipped; raises ParametersError."""
        place = path or Path(__file__).with_name("parameters.yaml")
        try:
            document = Document.model_validate(yaml.safe_load(place.read_text("utf-8")))
        except (ValidationError, yaml.YAMLError) as error:
            raise ParametersError(f"Correct {place.name}: {error}") from error
        return cls(document, classes or DrugClasses.load())

    def at(self, moment: datetime) -> dict[str, Version]:
        """The version of each rule that applies to a fact of this moment, by rule name."""
        day = local_day(epoch_ms(moment))
        return {
            rule.name: version
            for rule, versions, _ in self.plan
            for version in versions
            if version.from_day <= day < version.until_day
        }


def _planned(rule: AnyRule, entries: Sequence[Dated]) -> Planned:
    versions = _versions(rule, entries)
    exemptions = {exemption for version in versions for exemption in version.exemptions}
    return Planned(rule, versions, frozenset(e.treatment for e in exemptions if e.treatment))


def _versions(rule: AnyRule, entries: Sequence[Dated]) -> tuple[Version, ...]:
    starts = [entry.effective_from for entry in entries]
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise ParametersError(f"List the entries of {rule.name} by ascending effective_from.")
    ends = [*starts[1:], FOREVER][: len(starts)]
    return tuple(_version(rule, entry, end) for entry, end in zip(entries, ends, strict=True))


def _version(rule: AnyRule, entry: Dated, end: date) -> Version:
    place = f"{rule.name} of {entry.effective_from}"
    try:
        limits = rule.limits.model_validate(entry.limits)
    except ValidationError as error:
        raise ParametersError(f"Correct the limits of {place}: {error}") from error
    unknown = [name for name in entry.exemptions if name not in EXEMPTIONS]
    if unknown:
        raise ParametersError(
            f"{place} names the exemption {unknown[0]}; use one of {', '.join(EXEMPTIONS)}."
        )
    looks_back_days = max(rule.looks_back_days(limits), entry.exemption_days)
    reach_days = looks_back_days + entry.rearm_days + LONG_RUN_DAYS
    if reach_days >= HORIZON_DAYS:
        raise ParametersError(
            f"{place} looks back {reach_days} days, re-arming included; facts are kept for "
            f"{HORIZON_DAYS}: shorten its window, exemption_days or rearm_days."
        )
    return Version(
        rule=rule,
        name=f"{rule.version}/{entry.effective_from.isoformat()}",
        from_day=day_number(entry.effective_from),
        until_day=day_number(end),
        enabled=entry.enabled,
        mode=entry.mode,
        source=entry.source,
        exemptions=tuple(EXEMPTIONS[name] for name in entry.exemptions),
        exemption_days=entry.exemption_days,
        rearm_days=entry.rearm_days,
        limits=limits,
        looks_back_days=looks_back_days,
        reach_days=reach_days,
        figures=figures_of(entry, limits),
    )


def figures_of(entry: Dated, limits: Limits) -> dict[str, str]:
    """The numbers of an entry as an alert shows them."""
    numbers = {
        f"limit_{name}": f"{value:g}"
        for name, value in limits.model_dump().items()
        if isinstance(value, int | float)
    }
    considered = ", ".join(entry.exemptions)
    return {**numbers, "exemptions_considered": considered, "mode": entry.mode}
