"""What a case is, and what becomes of it as changes of alerts come in. Pure.

A case gathers the alerts of one subject. It is open until a person ends it with an outcome; from
then on it is sealed, and what is found anew opens the next one. Statistics (S4) open no case and
join none. Changes and decisions of one subject stand on one partition of the log, so their order
is the log's and a rebuild comes to the same cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from services.contracts.decisions import CaseStep, Party
from services.contracts.terms import Severity
from services.oversight.cases.reasons import Judgement
from services.oversight.projection import Changed

PARTITIONS_MAX = 100
"""A case's number is readable as its place: 1803 was opened by offset 17 of partition 3."""

OUTCOMES: frozenset[CaseStep] = frozenset(("REFERRED", "EXPLAINED", "FALSE_POSITIVE", "CLOSED"))
_GRAVITY: dict[Severity, int] = {"S1": 4, "S2": 3, "S3": 2, "UNKNOWN": 1, "S4": 0}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as it was when a person last decided."""

    revision: int
    severity: Severity
    is_open: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as its case holds it. `recorded_at` is when its first change was appended; older
    states have none, and the time of the facts is taken. `judged` is what a person said it was
    worth; `was_acted_on` says whether anybody ever decided while it stood."""

    rule: str
    rule_version: str
    severity: Severity
    revision: int
    is_open: bool
    raised_at: datetime
    episode_end: datetime
    seen: Seen | None = None
    judged: Judgement | None = None
    was_acted_on: bool = False
    recorded_at: datetime | None = None

    @property
    def told_at(self) -> datetime:
        """When the log told of it first."""
        return self.recorded_at or self.raised_at

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back after somebody had decided on it."""
        return not self.is_open and self.was_acted_on


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A party outside that was told of a suspicion, and of which alerts. `taken_back` are those
    it was told do not hold."""

    party: Party
    ref: str
    told_at: datetime
    alerts: tuple[str, ...]
    taken_back: tuple[str, ...] = ()


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was told of alerts that do not hold, and must be told that too."""

    party: Party
    ref: str
    alerts: tuple[str, ...]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The alerts of one subject, and how far people came with them.

    `version` counts all that ever changed it; `step` is None until somebody decides.
    """

    number: int
    subject_kind: str
    subject: str
    opened_at: datetime
    changed_at: datetime
    version: int
    alerts: dict[str, Held]
    step: CaseStep | None = None
    reason: str = ""
    is_sealed: bool = False
    first_decided_at: datetime | None = None
    told: tuple[Told, ...] = ()

    @property
    def duties(self) -> tuple[Duty, ...]:
        """Who must be told that something does not hold. What a person cleared does not hold for
        anybody who was told of it, whatever the rule still says."""
        is_cleared = self.step in ("EXPLAINED", "FALSE_POSITIVE")
        found = []
        for told in self.told:
            gone = tuple(
                alert_id
                for alert_id in told.alerts
                if alert_id not in told.taken_back
                and (is_cleared or not self.alerts[alert_id].is_open)
            )
            if gone:
                found.append(Duty(party=told.party, ref=told.ref, alerts=gone))
        return tuple(found)


def take_change(cases: tuple[Case, ...], changed: Changed) -> tuple[Case, ...]:
    """The cases of a subject, oldest first, after one more change of one of its alerts.

    A revision that is known or older changes nothing.
    """
    change = changed.change
    holders = [case for case in cases if change.alert_id in case.alerts]
    if not holders:
        counts = change.severity != "S4" and changed.kind != "retracted"
        return _joined(cases, changed) if counts else cases
    if change.revision <= holders[-1].alerts[change.alert_id].revision:
        return cases
    cases = tuple(_updated(case, changed) if case in holders else case for case in cases)
    last = next(case for case in reversed(cases) if change.alert_id in case.alerts)
    if last.step in OUTCOMES and _is_graver_than_seen(last.alerts[change.alert_id]):
        return _joined(cases, changed)
    return cases


def is_graver(one: Severity, other: Severity) -> bool:
    """Whether somebody should look sooner."""
    return _GRAVITY[one] > _GRAVITY[other]


def gravest(severities: Iterable[Severity]) -> Severity:
    """The one that asks to look soonest; statistics when there is none."""
    return max(severities, key=lambda severity: _GRAVITY[severity], default="S4")


def _joined(cases: tuple[Case, ...], changed: Changed) -> tuple[Case, ...]:
    """The alert in the case that is not sealed, which this opens when there is none."""
    if cases and not cases[-1].is_sealed:
        return (*cases[:-1], _updated(cases[-1], changed))
    change = changed.change
    opened = Case(
        number=(changed.offset + 1) * PARTITIONS_MAX + changed.partition,
        subject_kind=change.subject_kind,
        subject=change.subject,
        opened_at=changed.recorded_at,
        changed_at=changed.recorded_at,
        version=0,
        alerts={},
    )
    return (*cases, _updated(opened, changed))


def _updated(case: Case, changed: Changed) -> Case:
    change = changed.change
    known = case.alerts.get(change.alert_id)
    now = Held(
        rule=change.rule,
        rule_version=change.rule_version,
        severity=change.severity,
        revision=change.revision,
        is_open=changed.kind != "retracted",
        raised_at=change.occurred_at,
        episode_end=change.episode_end,
        recorded_at=changed.recorded_at,
    )
    if known is not None:
        now = replace(
            now,
            raised_at=known.raised_at,
            recorded_at=known.told_at,
            seen=known.seen,
            judged=known.judged,
            was_acted_on=known.was_acted_on,
        )
    return replace(
        case,
        alerts={**case.alerts, change.alert_id: now},
        version=case.version + 1,
        changed_at=changed.recorded_at,
    )


def _is_graver_than_seen(held: Held) -> bool:
    """Whether an alert of a sealed case says more than what the outcome was about."""
    if not held.is_open or held.severity == "S4" or held.seen is None:
        return False
    return not held.seen.is_open or is_graver(held.severity, held.seen.severity)
