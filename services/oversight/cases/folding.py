"""The records of one fetch, brought to the cases they concern. Pure.

Records of one subject stand on one partition; their order there decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from services.contracts.decisions import CaseDecided
from services.oversight.cases.case import Case, take_change
from services.oversight.cases.deciding import Ruling, decided, rule_on
from services.oversight.projection import Changed
from services.vietnam.dated_law import LOCAL_TIME

Subject = tuple[str, str]
"""Kind and reference."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision at its place in the log, and whether it counts."""

    partition: int
    offset: int
    recorded_at: datetime
    ruling: Ruling
    event: CaseDecided


@dataclass
class Folded:
    """What a fetch comes to: cases that changed, decisions with their rulings, and how many alerts
    of which rule were first raised on which day (rule, day, partition)."""

    cases: dict[Subject, tuple[Case, ...]]
    touched: set[int] = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)
    raised: Counter[tuple[str, date, int]] = field(default_factory=Counter)

    def changed_cases(self) -> list[Case]:
        """The cases to write, by number."""
        found = (case for cases in self.cases.values() for case in cases)
        return sorted((c for c in found if c.number in self.touched), key=lambda c: c.number)

    def take_change(self, changed: Changed) -> None:
        """Bring one change of an alert to its subject's cases."""
        change = changed.change
        subject = change.subject_kind, change.subject
        before = self.cases.get(subject, ())
        after = take_change(before, changed)
        known = {case.number: case for case in before}
        self.touched |= {case.number for case in after if known.get(case.number) is not case}
        self.cases[subject] = after

    def take_decision(
        self, decision: CaseDecided, *, partition: int, offset: int, recorded_at: datetime
    ) -> None:
        """Rule on one decision and apply it if it counts."""
        subject, case = self._case(decision)
        ruling = rule_on(case, decision)
        if case is not None and ruling == "accepted":
            after = decided(case, decision, recorded_at)
            self.cases[subject] = tuple(
                after if one is case else one for one in self.cases[subject]
            )
            self.touched.add(case.number)
        self.decisions.append(
            Decision(
                partition=partition,
                offset=offset,
                recorded_at=recorded_at,
                ruling=ruling,
                event=decision,
            )
        )

    def take_first_raise(self, changed: Changed) -> None:
        """Count an alert that nobody knew before, on the day the log told of it, however old its
        facts are; statistics never trip a rule."""
        change = changed.change
        if changed.kind == "raised" and change.severity != "S4":
            day = changed.recorded_at.astimezone(LOCAL_TIME).date()
            self.raised[(change.rule, day, changed.partition)] += 1

    def _case(self, decision: CaseDecided) -> tuple[Subject, Case | None]:
        for subject, cases in self.cases.items():
            for case in cases:
                if case.number == decision.case_number:
                    return subject, case
        return ("", decision.subject), None


def by_subject(cases: Iterable[Case]) -> dict[Subject, tuple[Case, ...]]:
    """The cases of each subject, oldest first."""
    found: dict[Subject, tuple[Case, ...]] = {}
    for case in sorted(cases, key=lambda case: case.number):
        subject = case.subject_kind, case.subject
        found[subject] = (*found.get(subject, ()), case)
    return found


def statistics_only(changes: Iterable[Changed], told: Collection[str]) -> set[str]:
    """The changes (by id) that are told only to those who ask for statistics: those of an alert
    that never was anything but S4. Whoever heard of an alert hears of all that becomes of it.
    `told` are the alerts of which anybody heard so far."""
    heard = set(told)
    found = set()
    for changed in changes:
        change = changed.change
        if change.severity != "S4":
            heard.add(change.alert_id)
        if change.alert_id not in heard:
            found.add(change.change_id)
    return found
