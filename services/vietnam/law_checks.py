"""What can be wrong with a law that only a look at several entries, or at the software, shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from services.vietnam.dated_law import ALWAYS, SOMETIMES, Dated, DiagnosisGroup, Policy, Rule
from services.vietnam.issue_rules.all_rules import RULES, IssueRule

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_KINDS = {
    "number": (int, "a number"),
    "names": (list, "a list"),
    "limits": (dict, "a table of numbers"),
}

Path = tuple[str | int, ...]


class LawContent(BaseModel):
    """All entries of a law, of whatever day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...]
    policies: tuple[Policy, ...]
    diagnosis_groups: tuple[DiagnosisGroup, ...]


class LawProblem(NamedTuple):
    """What is wrong, and the path to it in the structure of the text."""

    path: Path
    text: str


def law_problems(content: LawContent) -> Iterator[LawProblem]:
    """Everything for which this software cannot apply a law as it is written."""
    for section in ("rules", "policies", "diagnosis_groups"):
        yield from _of_dates(section, getattr(content, section))
    groups = {group.id for group in content.diagnosis_groups}
    functions = {rule.id: rule for rule in RULES}
    for index, rule in enumerate(content.rules):
        path = ("rules", index)
        function = functions.get(rule.id)
        if function is None:
            yield LawProblem((*path, "id"), "this software has no such rule; update it first")
            continue
        yield from _of_parameters(path, rule, function)
        yield from _of_placeholders(path, rule, function)
        for missing in sorted(set(_names_of(rule, "diagnoses")) - groups):
            where = (*path, "parameters", "diagnoses")
            yield LawProblem(where, f"there is no group of diagnoses {missing!r}; add it")
    yield from _of_policies(content.policies)


def _of_dates(section: str, entries: Sequence[Dated]) -> Iterator[LawProblem]:
    for index, one in enumerate(entries):
        if (one.in_force_from or date.min) > (one.in_force_until or date.max):
            yield LawProblem((section, index, "in_force_until"), "it ends before it begins")
        for other in entries[:index]:
            if one.id == other.id and _overlap(one, other):
                yield LawProblem(
                    (section, index, "in_force_from"),
                    f"two versions of {one.id} are in force on the same day; "
                    "end the older one the day before",
                )


def _of_parameters(path: Path, rule: Rule, function: IssueRule) -> Iterator[LawProblem]:
    for name, kind in function.needs.items():
        where = (*path, "parameters", name)
        value = rule.parameters.get(name)
        expected, described = _KINDS[kind]
        if not isinstance(value, expected):
            yield LawProblem(where, f"give {name!r} as {described}")
        elif isinstance(value, dict) and "other" not in value:
            yield LawProblem(where, f"give {name!r} a number for 'other'")
    for name in sorted(rule.parameters.keys() - function.needs.keys()):
        yield LawProblem((*path, "parameters", name), "the rule does not use it; remove it")


def _of_placeholders(path: Path, rule: Rule, function: IssueRule) -> Iterator[LawProblem]:
    known = set(function.tells) | {n for n, v in rule.parameters.items() if isinstance(v, int)}
    for text in ("message", "what_next"):
        wording = getattr(rule, text)
        for language in ("vi", "en"):
            used = getattr(wording, language)
            strange = {name for name in _PLACEHOLDER.findall(used) if name not in known}
            rest = _PLACEHOLDER.sub("", used)
            if strange or "{" in rest or "}" in rest:
                names = ", ".join(sorted(known)) or "none"
                yield LawProblem((*path, text, language), f"its placeholders may be: {names}")


def _names_of(rule: Rule, name: str) -> list[str]:
    value = rule.parameters.get(name)
    return value if isinstance(value, list) else []


def _of_policies(policies: Sequence[Policy]) -> Iterator[LawProblem]:
    for index, policy in enumerate(policies):
        if policy.id not in (*ALWAYS, *SOMETIMES):
            yield LawProblem(("policies", index, "id"), "this software has no such policy")
    for name in ALWAYS:
        entries = [policy for policy in policies if policy.id == name]
        days = {date.min, *changes(entries)}
        for day in sorted(days):
            if not any(entry.holds_on(day) for entry in entries):
                since = "" if day == date.min else f" from {day} on"
                yield LawProblem(("policies",), f"{name} is missing{since}; add it")
                break


def changes(entries: Sequence[Dated]) -> set[date]:
    """The days on which an entry begins to be in force or no longer is."""
    begins = {entry.in_force_from for entry in entries if entry.in_force_from}
    ends = {entry.in_force_until for entry in entries if entry.in_force_until}
    return begins | {day + timedelta(days=1) for day in ends if day < date.max}


def _overlap(one: Dated, other: Dated) -> bool:
    latest_start = max(one.in_force_from or date.min, other.in_force_from or date.min)
    earliest_end = min(one.in_force_until or date.max, other.in_force_until or date.max)
    return latest_start <= earliest_end
