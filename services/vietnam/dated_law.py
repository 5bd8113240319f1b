"""What the law holds at a moment: rules, numbers and groups of diagnoses, each with its dates.

A record is judged by the law of its own day, so every entry says from which day until which day
(both included, Vietnam's calendar) it holds. Between two changes the law is one immutable
`LawInForce` with one version. `law_text.py` reads all of them from a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.vietnam import icd10
from services.vietnam.bilingual import Wording

LOCAL_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time, seven hours ahead of UTC the whole year."""

Number = Annotated[int, Field(strict=True, ge=0, le=100_000)]
"""Days, hours, minutes, months or pieces; the bound keeps calendar arithmetic within the years."""

Parameter = Number | list[str] | dict[str, Number]
GroupStatus = Literal["complete", "sample", "reading"]
RuleSeverity = Literal["S1", "S2", "S3"]


class LawError(ValueError):
    """A text that cannot be the law; the message says what to correct, and where."""


class Dated(BaseModel):
    """What every entry has: its id, its source and the days it is in force."""

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


class Rule(Dated):
    """One rule of content: what it is called, where it stands, how grave a breach is.

    `message` is what the prescriber reads and `what_next` what to do about it; their placeholders
    are the rule's numbers and what the rule's function adds. Severity S1 refuses; S2 and S3 are
    told and do not refuse.
    """

    severity: RuleSeverity
    message: Wording
    what_next: Wording
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


class Policy(Dated):
    """One number that is not about the content of a prescription."""

    value: Number


class DiagnosisGroup(Dated):
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
        """The same for traditional medicines of a few days given at discharge."""
        policy = self.policies.get("discharge-validity-days")
        return self.validity_days if policy is None else policy.value

    @property
    def discharge_supply_days(self) -> int:
        """For how many days medicines at discharge last at most to be collected so soon."""
        return self._number("discharge-supply-days")

    @property
    def early_collection_days(self) -> int:
        """How many days before its first day a second or third narcotic batch may be collected."""
        return self._number("early-collection-days")

    @property
    def hold_minutes(self) -> int:
        """How long a pharmacy's reservation holds, in minutes."""
        return self._number("hold-minutes")

    @property
    def owing_hold_minutes(self) -> int:
        """How long a pharmacy that owes the rest goes on holding a prescription, in minutes."""
        return self._number("owing-hold-minutes")

    @property
    def issue_grace_hours(self) -> int:
        """How long a dispense waits for its prescription before it is called unknown, in hours."""
        return self._number("issue-grace-hours")

    @property
    def dispense_grace_hours(self) -> int:
        """How long a claim waits for its dispense, in hours."""
        return self._number("dispense-grace-hours")

    @property
    def clock_skew_minutes(self) -> int:
        """How far the clocks of two places may differ, in minutes."""
        return self._number("clock-skew-minutes")

    @property
    def repeat_hours(self) -> int:
        """Within how many hours the same quantity sold elsewhere counts as sold twice."""
        return self._number("repeat-hours")

    @property
    def claim_window_days(self) -> int:
        """Within how many days after a dispense it is claimed."""
        return self._number("claim-window-days")

    def _number(self, policy_id: str) -> int:
        return self.policies[policy_id].value


ALWAYS = (
    "validity-days",
    "discharge-supply-days",
    "early-collection-days",
    "hold-minutes",
    "owing-hold-minutes",
    "issue-grace-hours",
    "dispense-grace-hours",
    "clock-skew-minutes",
    "repeat-hours",
    "claim-window-days",
)
"""Policies without which no submission can be written: one of each is in force on every day."""

SOMETIMES = ("discharge-validity-days",)
"""Policies the law knows on some days only."""


def local_day(moment: datetime) -> date:
    """The day in Vietnam of a moment. Raises ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError("give the moment with its time zone")
    return moment.astimezone(LOCAL_TIME).date()
