"""The check of a draft against the rules in force: one look gives refusals, advice and findings."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.contracts.terms import Reason, Severity
from services.vietnam.bilingual import Wording
from services.vietnam.dated_law import Rule
from services.vietnam.issue_rules.all_rules import RULES
from services.vietnam.issue_rules.case import Breach, IssueCase

_LINE = re.compile(r"lines\[(\d+)\]")


@dataclass(frozen=True)
class Violation:
    """One breach of one rule, told to the prescriber; it holds nothing personal.

    `field` is the path in the draft, such as `lines[0].days_supply`; `line` counts from 1, None
    when it is about the whole. `details` fill the rule's texts. `is_stamped`: the record keeps it.
    """

    field: str
    rule: str
    source: str
    message: Wording
    what_next: Wording
    severity: Severity
    line: int | None
    details: Mapping[str, str]
    is_stamped: bool

    @property
    def refuses(self) -> bool:
        """Whether the prescription may not be issued: only exact breaches of law (S1) refuse."""
        return self.severity == "S1"


def check_issue(case: IssueCase) -> list[Violation]:
    """Every breach of the law in force, in the order of the rules and of the lines.

    No rule refuses a draft for being old.
    """
    return list(_violations(case))


def findings(violations: Iterable[Violation]) -> tuple[Reason, ...]:
    """What does not refuse and stays on the record: the rule, the line and the figures."""
    return tuple(
        Reason(code=found.rule, line=found.line, details=dict(found.details))
        for found in violations
        if found.is_stamped and not found.refuses
    )


def _violations(case: IssueCase) -> Iterator[Violation]:
    for function in RULES:
        rule = case.law.rule(function.id)
        if rule is not None:
            for breach in function.breaches(case, rule):
                yield _told(rule, breach, is_stamped=not function.is_private)


def _told(rule: Rule, breach: Breach, *, is_stamped: bool) -> Violation:
    values: dict[str, object] = dict(rule.parameters)
    values.update((str(name), value) for name, value in breach.details.items())
    line = _LINE.match(breach.field)
    return Violation(
        field=breach.field,
        rule=rule.id,
        source=rule.source,
        message=rule.message.filled(values),
        what_next=rule.what_next.filled(values),
        severity=rule.severity,
        line=int(line[1]) + 1 if line else None,
        details={name: str(values[name]) for name in sorted(_placeholders(rule))},
        is_stamped=is_stamped,
    )


def _placeholders(rule: Rule) -> set[str]:
    """What the rule's texts need to be filled again, wherever the record is read."""
    texts = (rule.message.vi, rule.message.en, rule.what_next.vi, rule.what_next.en)
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
