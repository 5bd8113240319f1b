"""What other parameters would have found: history judged twice, side by side. Pure.

Both sides see the same facts in the same order and start from nothing, so what differs comes from
the parameters alone. An alert is the same on both sides when rule, subject and the start of its
episode are, and an exemption holds on both sides or on none, whatever the version of the rule is
called; with another start it is a changed one if both have days in common.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import ValidationError

from services.contracts.alerts import AlertChange, AlertRetracted
from services.contracts.facts import Fact
from services.surveillance.engine import apply
from services.surveillance.parameters import Document, Parameters, ParametersError
from services.surveillance.rules import MEASURE_RULES
from services.surveillance.timeline import PatientState

Key = tuple[str, str, datetime]
"""Rule (as `_named`), subject, start of the episode."""

TOLD_MAX = 10


class Difference(NamedTuple):
    """An alert that only one side has, or that both have and that says something else."""

    kind: str
    """`added`, `removed` or `changed`."""
    alert: AlertChange


@dataclass
class Side:
    """One set of parameters and what it has published so far."""

    parameters: Parameters
    states: dict[str, PatientState] = field(default_factory=dict)
    published: dict[str, AlertChange] = field(default_factory=dict)

    def tell(self, fact: Fact) -> None:
        """Take one more fact."""
        ref = fact.patient_ref
        state = self.states.get(ref) or PatientState(patient_ref=ref)
        self.states[ref], changes = apply(state, fact, self.parameters)
        for change in changes:
            if isinstance(change, AlertRetracted):
                del self.published[change.alert_id]
            else:
                self.published[change.alert_id] = change

    def since(self, moment: datetime) -> dict[Key, AlertChange]:
        """The alerts whose last hit is not before a moment."""
        return {
            (_named(alert), alert.subject, alert.episode_start): alert
            for alert in self.published.values()
            if alert.episode_end >= moment
        }


@dataclass
class WhatIf:
    """Both sides; only what differs is kept of patients already judged."""

    live: Parameters
    proposed: Parameters
    since: datetime
    differences: list[Difference] = field(default_factory=list)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    facts: int = 0

    def judge(self, facts: Iterable[Fact]) -> None:
        """All facts of some patients, in the order of the log; each patient in one call only."""
        live, proposed = Side(self.live), Side(self.proposed)
        for fact in facts:
            live.tell(fact)
            proposed.tell(fact)
            self.facts += 1
        before, after = live.since(self.since), proposed.since(self.since)
        self.before.update(map(_named, before.values()))
        self.after.update(map(_named, after.values()))
        for key in sorted(before.keys() | after.keys()):
            old, new = before.get(key), after.get(key)
            if old is None and new is not None:
                kind = "changed" if _overlaps(new, before) else "added"
                self.differences.append(Difference(kind, new))
            elif new is None and old is not None and not _overlaps(old, after):
                self.differences.append(Difference("removed", old))
            elif old is not None and new is not None and _says(old) != _says(new):
                self.differences.append(Difference("changed", new))

    def told(self) -> list[str]:
        """Everything that differs, as lines for a terminal."""
        kinds = Counter((_named(found.alert), found.kind) for found in self.differences)
        rules = sorted({rule for rule, _ in kinds})
        lines = [f"{self.facts:,} facts judged with both; alerts since {self.since:%Y-%m-%d}:"]
        for rule in rules:
            lines.append(
                f"{rule}: {self.before[rule]} before, {self.after[rule]} after; "
                + ", ".join(f"{kinds[rule, k]} {k}" for k in ("added", "removed", "changed"))
            )
            of_rule = [found for found in self.differences if _named(found.alert) == rule]
            lines += [_line(found) for found in of_rule[:TOLD_MAX]]
            if len(of_rule) > TOLD_MAX:
                lines.append(f"  and {len(of_rule) - TOLD_MAX} more")
        if not rules:
            lines.append("Nothing would change.")
        return lines


def proposal(path: Path, live: Parameters) -> Parameters:
    """The live parameters with the entries of a file in place of those of the rules it names.

    Raises ParametersError naming the place and what to do, OSError when it cannot be read.
    """
    try:
        changed = Document.model_validate(yaml.safe_load(path.read_text("utf-8"))).rules
    except (ValidationError, yaml.YAMLError) as error:
        raise ParametersError(f"Correct {path.name}: {error}") from error
    now = live.document.rules
    unjudged = [
        rule.name
        for rule in MEASURE_RULES
        if rule.name in changed and changed[rule.name] != now.get(rule.name)
    ]
    if unjudged:
        raise ParametersError(
            f"Take {', '.join(unjudged)} out of {path.name}: what-if judges only rules about one "
            "patient's history, none that look at a month of prescribers, pharmacies or all "
            "patients."
        )
    return Parameters(Document(rules={**now, **changed}), live.classes)


def _named(alert: AlertChange) -> str:
    """The rule; what is on record only, because an exemption holds, is told apart."""
    return f"{alert.rule} (exempt)" if alert.is_suppressed else alert.rule


def _overlaps(alert: AlertChange, others: Mapping[Key, AlertChange]) -> bool:
    return any(
        (_named(other), other.subject) == (_named(alert), alert.subject)
        and other.episode_start <= alert.episode_end
        and alert.episode_start <= other.episode_end
        for other in others.values()
    )


def _says(alert: AlertChange) -> tuple[object, ...]:
    """What a reader of the alert learns, without the numbers of the rule itself."""
    figures = {
        name: value
        for name, value in alert.figures.items()
        if not name.startswith("limit_") and name not in ("mode", "exemptions_considered")
    }
    return alert.episode_end, alert.severity, alert.evidence, figures


def _line(found: Difference) -> str:
    alert = found.alert
    return (
        f"  {found.kind}: {alert.subject}, {alert.episode_start:%Y-%m-%d} to "
        f"{alert.episode_end:%Y-%m-%d}, {alert.severity}, {len(alert.evidence)} facts"
    )
