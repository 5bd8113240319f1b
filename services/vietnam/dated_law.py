"""The law as dated data: which rules, numbers and groups of diagnoses are in force at a moment.

A record is judged by the law of its own day, so every entry says from which day until which day
(both included, Vietnam's calendar) it holds. Between two changes the law is one immutable
`LawInForce` with one version, whatever is added to the file for later days.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from services.contracts.terms import Severity
from services.vietnam import icd10
from services.vietnam.bilingual import Wording

LAW_FILE = Path(__file__).with_name("law.yaml")
LOCAL_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time, seven hours ahead of UTC the whole year."""

Parameter = int | list[str] | dict[str, int]
GroupStatus = Literal["complete", "sample", "reading"]

# The safe loader, ten times faster where libyaml is built in.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LawError(ValueError):
    """The law file cannot be used; the text says what to correct."""


class _Dated(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Wording
    source: str = Field(min_length=1)
    in_force_from: date | None
    in_force_until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the entry is in force on a day of Vietnam's calendar."""
        return (self.in_force_from is None or self.in_force_from <= day) and (
            self.in_force_until is None or day <= self.in_force_until
        )


class Rule(_Dated):
    """One rule of content: what it is called, where it stands, how grave a breach is.

    `message` is what the prescriber reads; its placeholders are the rule's numbers and what the
    rule's function adds. Severity S1 refuses; S2 and S3 are told and do not refuse.
    """

    severity: Severity
    message: Wording
    parameters: dict[str, Parameter] = {}

    def number(self, name: str) -> int:
        """A parameter that is one number."""
        value = self.parameters.get(name)
        if not isinstance(value, int):
            raise LawError(f"rule {self.id}: give the number {name!r}")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """A parameter that is a list of names; not given means none."""
        value = self.parameters.get(name, [])
        if not isinstance(value, list):
            raise LawError(f"rule {self.id}: give {name!r} as a list")
        return tuple(value)

    def limits(self, name: str) -> dict[str, int]:
        """A parameter that is a table of numbers."""
        value = self.parameters.get(name)
        if not isinstance(value, dict):
            raise LawError(f"rule {self.id}: give {name!r} as a table of numbers")
        return value


class Policy(_Dated):
    """One number that is not about the content of a prescription."""

    value: int = Field(ge=0)


class DiagnosisGroup(_Dated):
    """ICD-10 categories, codes and ranges that a rule treats alike.

    `status`: `complete` holds all the source names; `sample` holds a part of it; `reading` is
    RxLog's own reading of words the source leaves open.
    """

    status: GroupStatus
    codes: tuple[str, ...] = Field(min_length=1)

    @field_validator("codes")
    @classmethod
    def _are_groups(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [code for code in codes if not icd10.is_group(code)]:
            raise ValueError(f"write these as E11, Z51.5 or C00-C97: {', '.join(bad)}")
        return codes

    def holds(self, code: str) -> bool:
        """Whether an ICD-10 code belongs to the group."""
        return icd10.is_in(code, self.codes)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...]
    policies: tuple[Policy, ...]
    diagnosis_groups: tuple[DiagnosisGroup, ...]


Entry = TypeVar("Entry", bound=_Dated)


@dataclass(frozen=True)
class LawInForce:
    """The law between two of its changes. Equal versions mean equal numbers."""

    version: str
    rules: dict[str, Rule]
    policies: dict[str, Policy]
    diagnosis_groups: dict[str, DiagnosisGroup]

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of an id, None when it is not in force."""
        return self.rules.get(rule_id)

    def is_in(self, code: str, *group_ids: str) -> bool:
        """Whether an ICD-10 code belongs to one of the groups in force."""
        groups = (self.diagnosis_groups.get(group_id) for group_id in group_ids)
        return any(group is not None and group.holds(code) for group in groups)

    @property
    def validity_days(self) -> int:
        """Days after the day of prescribing within which medicines are collected."""
        return self._number("validity-days")

    @property
    def discharge_validity_days(self) -> int:
        """The same for traditional medicines given at discharge for one to seven days."""
        return self._number("discharge-validity-days")

    @property
    def early_collection_days(self) -> int:
        """How many days before its first day a second or third narcotic batch may be collected."""
        return self._number("early-collection-days")

    @property
    def hold_minutes(self) -> int:
        """How long a pharmacy's reservation holds, in minutes."""
        return self._number("hold-minutes")

    def _number(self, policy_id: str) -> int:
        return self.policies[policy_id].value


@dataclass(frozen=True)
class Law:
    """All versions of the law, in order of time."""

    _starts: tuple[date, ...]
    _periods: tuple[LawInForce, ...]

    @classmethod
    def load(cls, path: Path = LAW_FILE) -> Law:
        """Read a law file. Raises `LawError` as `read` does."""
        return cls.read(path.read_text(encoding="utf-8"), path.name)

    @classmethod
    def read(cls, text: str, name: str = "the law") -> Law:
        """Read a text in YAML; `name` is what errors call it.

        Raises `LawError` when it is no law, or contradicts itself.
        """
        try:
            document = yaml.load(text, Loader=_YAML)
            file = _File.model_validate(document)
        except (yaml.YAMLError, ValidationError) as bad:
            raise LawError(f"correct the law file {name}: {bad}") from bad
        for entries in (file.rules, file.policies, file.diagnosis_groups):
            _refuse_overlaps(entries)
        starts = tuple(sorted({date.min, *_changes(file)}))
        return cls(starts, tuple(_in_force(file, day) for day in starts))

    def at(self, moment: datetime) -> LawInForce:
        """The law in force at a moment (with time zone), by Vietnam's calendar.

        Before the first known rule only what holds without a date is in force.
        """
        day = local_day(moment)
        return self._periods[bisect_right(self._starts, day) - 1]

    @property
    def versions(self) -> tuple[str, ...]:
        """Every version the file holds, oldest first."""
        return tuple(period.version for period in self._periods)


def local_day(moment: datetime) -> date:
    """The day in Vietnam of a moment. Raises ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError("give the moment with its time zone")
    return moment.astimezone(LOCAL_TIME).date()


def _changes(file: _File) -> set[date]:
    entries = (*file.rules, *file.policies, *file.diagnosis_groups)
    begins = {entry.in_force_from for entry in entries if entry.in_force_from}
    ends = {entry.in_force_until for entry in entries if entry.in_force_until}
    return begins | {day + timedelta(days=1) for day in ends}


def _in_force(file: _File, day: date) -> LawInForce:
    def by_id(entries: Sequence[Entry]) -> dict[str, Entry]:
        return {entry.id: entry for entry in entries if entry.holds_on(day)}

    rules, policies = by_id(file.rules), by_id(file.policies)
    groups = by_id(file.diagnosis_groups)
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


def _refuse_overlaps(entries: Sequence[_Dated]) -> None:
    for index, one in enumerate(entries):
        for other in entries[index + 1 :]:
            if one.id == other.id and _overlap(one, other):
                raise LawError(f"two versions of {one.id} are in force on the same day")


def _overlap(one: _Dated, other: _Dated) -> bool:
    latest_start = max(one.in_force_from or date.min, other.in_force_from or date.min)
    earliest_end = min(one.in_force_until or date.max, other.in_force_until or date.max)
    return latest_start <= earliest_end
