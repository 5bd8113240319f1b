"""Rules about how many days a medicine may be prescribed for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.contracts.terms import Drug
from services.vietnam.dated_law import Rule
from services.vietnam.draft import DraftLine
from services.vietnam.issue_rules.case import Breach, IssueCase
from services.vietnam.issue_rules.medicines import decoctions
from services.vietnam.treatment import is_diagnosed


def days_not_stated(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Every line says for how many days it is."""
    yield from _unstated(case, rule)


def controlled_days_not_stated(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """A narcotic, psychotropic or precursor says it, or its limit could not be kept."""
    yield from _unstated(case, rule)


def days_over_maximum(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """No ordinary medicine is prescribed for longer than the longest time for any disease."""
    if case.draft.prescription_type == "c":
        yield from _longer_than(case.lines, rule.number("days"))


def days_over_limit(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """More than 30 days need a diagnosis of Annex VII; above the maximum the other rule speaks."""
    if case.draft.prescription_type != "c" or is_diagnosed(
        case.draft, case.law, *rule.names("diagnoses")
    ):
        return
    maximum = rule.number("listed_days")
    within = (place for place in case.lines if (place[1].days_supply or 0) <= maximum)
    yield from _longer_than(within, rule.number("days"))


def n_over_7d(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Narcotics for acute conditions: at most 7 days."""
    if case.draft.prescription_type == "n" and not _is_granted_batches(case):
        yield from _longer_than(case.lines, rule.number("days"))


def h_over_limit(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Psychotropics and precursors: at most 10 days when acute, 30 in long treatment."""
    if case.draft.prescription_type == "h":
        yield from _longer_than(case.lines, _by_treatment(case, rule))


def decoction_over_limit(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Decoctions: at most 30 days; 5 when acute, or with a herb the catalogue calls toxic."""
    toxic, classes = rule.number("toxic_days"), rule.names("toxic_classes")
    ordinary = _by_treatment(case, rule)
    for place in decoctions(case):
        is_toxic = place[2].control_class in classes
        yield from _longer_than([place], min(ordinary, toxic) if is_toxic else ordinary)


def traditional_over_limit(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Other traditional medicines: at most 90 days."""
    if case.draft.prescription_type == "y":
        boiled = {path for path, _, _ in decoctions(case)}
        others = (place for place in case.lines if place[0] not in boiled)
        yield from _longer_than(others, rule.number("days"))


def _is_granted_batches(case: IssueCase) -> bool:
    tranche = case.law.rule("n-tranche")
    return tranche is not None and is_diagnosed(case.draft, case.law, *tranche.names("diagnoses"))


def _by_treatment(case: IssueCase, rule: Rule) -> int:
    limits = rule.limits("days")
    return limits.get(case.treatment, limits["other"])


def _unstated(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    if case.draft.prescription_type in rule.names("types"):
        for path, line, _ in case.lines:
            if line.days_supply is None:
                yield Breach(f"{path}.days_supply")


def _longer_than(lines: Iterable[tuple[str, DraftLine, Drug]], limit: int) -> Iterator[Breach]:
    for path, line, _ in lines:
        if line.days_supply is not None and line.days_supply > limit:
            yield Breach(f"{path}.days_supply", {"stated": line.days_supply, "limit": limit})
