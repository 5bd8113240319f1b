"""Rules about which medicines stand on which prescription, and how narcotics are written."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts.terms import Drug
from services.vietnam import number_words
from services.vietnam.dated_law import Rule
from services.vietnam.draft import DraftLine
from services.vietnam.issue_rules.case import Breach, IssueCase


def type_mismatch(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Narcotics stand on an N, psychotropics and precursors on an H, neither with anything else.

    A medicine the catalogue does not know cannot be judged and passes.
    """
    kind = case.draft.prescription_type
    own = {letter: set(rule.names(letter)) for letter in ("n", "h")}
    elsewhere = {name for letter, names in own.items() if letter != kind for name in names}
    for path, _, drug in case.lines:
        misplaced = drug.control_class in elsewhere
        intruding = kind in own and drug.control_class not in own[kind] | {"UNKNOWN"}
        if misplaced or intruding:
            yield Breach(f"{path}.drug_code", {"class": drug.control_class, "type": kind})


def decoction_type(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Decoctions stand on a T (or Y of QĐ 808), and a T holds no chemical medicine."""
    kind, units = case.draft.prescription_type, rule.names("units")
    for path, line, drug in case.lines:
        is_decoction = line.unit.casefold() in units
        if (is_decoction and kind not in {"t", "y"}) or (kind == "t" and drug.atc):
            yield Breach(f"{path}.drug_code", {"type": kind})


def poison_not_first(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """Poisons are written before all other medicines."""
    other_seen = False
    for path, _, drug in case.lines:
        if drug.control_class == "POISON" and other_seen:
            yield Breach(f"{path}.drug_code")
        other_seen = other_seen or drug.control_class != "POISON"


def narcotic_words_missing(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The quantity of a narcotic is also written in words."""
    for path, line in _narcotics(case):
        if line.quantity_in_words is None:
            yield Breach(
                f"{path}.quantity_in_words", {"words": number_words.in_words(line.quantity)}
            )


def narcotic_words_differ(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The words say the same quantity as the figures."""
    for path, line in _narcotics(case):
        words = line.quantity_in_words
        if words is not None and not number_words.says(words, line.quantity, line.unit):
            yield Breach(
                f"{path}.quantity_in_words", {"words": number_words.in_words(line.quantity)}
            )


def _narcotics(case: IssueCase) -> Iterator[tuple[str, DraftLine]]:
    for path, line, drug in case.lines:
        if _is_narcotic(case, drug):
            yield path, line


def _is_narcotic(case: IssueCase, drug: Drug) -> bool:
    return drug.control_class == "NARCOTIC" or case.draft.prescription_type == "n"
