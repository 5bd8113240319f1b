"""Reads the law from a text: the file shipped with RxLog, or a version that arrives later.

A text is taken whole or not at all. Whatever could only show when a prescription is checked (a rule
nobody has a function for, a number that is missing, a placeholder nobody fills, a day without a
policy) is said here, with the line to correct.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from services.vietnam.dated_law import Dated, LawError, LawInForce, local_day
from services.vietnam.law_checks import LawContent, LawProblem, changes, law_problems

LAW_FILE = Path(__file__).with_name("law.yaml")

PROBLEMS_TOLD = 10
"""So many problems of a text are told at once."""

# The safe loader, ten times faster where libyaml is built in.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Law:
    """All versions of the law a text holds, in order of time."""

    _starts: tuple[date, ...]
    _periods: tuple[LawInForce, ...]

    @classmethod
    def read(cls, text: str, name: str = "the law") -> Law:
        """Read a text in YAML, laid out as `law.yaml`; `name` is what errors call it.

        Raises `LawError` naming line, entry and what to correct when it is not one, contradicts
        itself, or asks for what this software does not know.
        """
        node, content = _parsed(text, name)
        if problems := list(law_problems(content)):
            raise LawError(_told(name, node, problems))
        starts = tuple(
            sorted(
                {date.min, *changes((*content.rules, *content.policies, *content.diagnosis_groups))}
            )
        )
        return cls(starts, tuple(_in_force(content, day) for day in starts))

    @classmethod
    def load(cls, path: Path = LAW_FILE) -> Law:
        """Read a law file. Raises `LawError` as `read` does."""
        return cls.read(path.read_text(encoding="utf-8"), path.name)

    def at(self, moment: datetime) -> LawInForce:
        """The law in force at a moment (with time zone), by Vietnam's calendar.

        Before the first known rule only what holds without a date is in force.
        """
        day = local_day(moment)
        return self._periods[bisect_right(self._starts, day) - 1]

    @property
    def periods(self) -> tuple[LawInForce, ...]:
        """The law between each two of its changes, oldest first."""
        return self._periods

    @property
    def versions(self) -> tuple[str, ...]:
        """Every version the text holds, oldest first."""
        return tuple(period.version for period in self._periods)


def _parsed(text: str, name: str) -> tuple[yaml.Node, LawContent]:
    loader = _YAML(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise LawError(f"correct {name}: it is empty")
        if repeated := list(_repeated(node)):
            raise LawError(_told(name, node, repeated))
        content = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError) as bad:
        if isinstance(bad, LawError):
            raise
        raise LawError(f"correct {name}: {bad}") from bad
    finally:
        loader.dispose()
    try:
        return node, LawContent.model_validate(content)
    except ValidationError as bad:
        found = [LawProblem(error["loc"], error["msg"]) for error in bad.errors()]
        raise LawError(_told(name, node, found)) from bad


def _repeated(node: yaml.Node, path: tuple[str | int, ...] = ()) -> Iterator[LawProblem]:
    """YAML lets the last of two equal keys win in silence; a law must not."""
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        names = [str(key.value) for key, _ in node.value]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield LawProblem((*path, name), "it is given twice; keep one")
        for key, value in node.value:
            yield from _repeated(value, (*path, str(key.value)))


def _told(name: str, node: yaml.Node, problems: Sequence[LawProblem]) -> str:
    told = [f"{_place(node, problem.path)}: {problem.text}" for problem in problems]
    if len(told) > PROBLEMS_TOLD:
        told[PROBLEMS_TOLD:] = [f"and {len(told) - PROBLEMS_TOLD} more"]
    return f"correct {name}: " + "; ".join(told)


def _place(node: yaml.Node, path: tuple[str | int, ...]) -> str:
    """Line, entry and field of a path, as far as the text has it."""
    entry = ""
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            entry = entry or next((f" ({v.value})" for k, v in _pairs(node) if k == "id"), "")
        else:
            node = next((value for key, value in _pairs(node) if key == step), node)
    fields = ".".join(str(step) for step in path)
    return f"line {node.start_mark.line + 1}, {fields}{entry}"


def _pairs(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(str(key.value), value) for key, value in node.value]


Entry = TypeVar("Entry", bound=Dated)


def _in_force(content: LawContent, day: date) -> LawInForce:
    def by_id(entries: Sequence[Entry]) -> dict[str, Entry]:
        return {entry.id: entry for entry in entries if entry.holds_on(day)}

    rules, policies = by_id(content.rules), by_id(content.policies)
    groups = by_id(content.diagnosis_groups)
    numbers = {
        "rules": _numbers(rules, lambda rule: [rule.severity, rule.parameters]),
        "policies": _numbers(policies, lambda policy: policy.value),
        "diagnosis_groups": _numbers(groups, lambda group: sorted(group.codes)),
    }
    canonical = json.dumps(numbers, sort_keys=True, separators=(",", ":"))
    since = "origin" if day == date.min else day.isoformat()
    version = f"vn-{since}-{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"
    return LawInForce(version, rules, policies, groups)


def _numbers(entries: dict[str, Entry], of: Callable[[Entry], object]) -> dict[str, object]:
    """What makes two versions differ: sources and numbers, not the wording of titles."""
    return {key: [entry.source, of(entry)] for key, entry in entries.items()}
