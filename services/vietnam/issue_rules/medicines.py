"""Rules about which medicines stand on which prescription, and how narcotics are written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from services.contracts.terms import Drug
from services.vietnam import number_words
from services.vietnam.dated_law import Rule
from services.vietnam.draft import DraftLine
from services.vietnam.issue_rules.case import Breach, IssueCase


def medicine_unknown(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The catalogue knows the medicine, or nothing here could look at what it is."""
    for path, _, drug in case.lines:
        if drug.control_class == "UNKNOWN" and not drug.ingredients:
            yield Breach(f"{path}.drug_code")


def food_supplement(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """What the catalogue calls a food supplement is not prescribed."""
    for path, _, drug in case.lines:
        if drug.form.casefold() in rule.names("forms"):
            yield Breach(f"{path}.drug_code")


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
    kind = case.draft.prescription_type
    for path, line, drug in case.lines:
        boiled = _is_boiled(line, drug, rule)
        if (boiled and kind not in {"t", "y"}) or (kind == "t" and drug.atc):
            yield Breach(f"{path}.drug_code", {"type": kind})


def decoctions(case: IssueCase) -> Iterator[tuple[str, DraftLine, Drug]]:
    """The lines that are decoctions: all of a T, and of a Y those that are counted in packs."""
    rule = case.law.rule("decoction-type")
    for path, line, drug in case.lines:
        boiled = rule is not None and _is_boiled(line, drug, rule)
        if case.draft.prescription_type == "t" or (case.draft.prescription_type == "y" and boiled):
            yield path, line, drug


def _is_boiled(line: DraftLine, drug: Drug, rule: Rule) -> bool:
    by_unit = line.unit.casefold() in rule.names("units")
    return by_unit or drug.form.casefold() in rule.names("forms")


def poison_not_first(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """Poisons are written before all other medicines."""
    other_seen = False
    for path, _, drug in case.lines:
        if drug.control_class == "POISON" and other_seen:
            yield Breach(f"{path}.drug_code")
        other_seen = other_seen or drug.control_class != "POISON"


def trade_name_missing(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """A medicine of several active ingredients is named by its trade name."""
    for path, line, drug in case.lines:
        if len(drug.ingredients) > 1 and drug.atc and not line.trade_name:
            yield Breach(f"{path}.trade_name")


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


def toxic_herb_words_missing(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """The quantity of a herb that the catalogue calls toxic is also written in words."""
    for path, line, drug in decoctions(case):
        if drug.control_class in rule.names("classes") and line.quantity_in_words is None:
            yield Breach(
                f"{path}.quantity_in_words", {"words": number_words.in_words(line.quantity)}
            )


def not_vietnamese(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """What the patient reads is in Vietnamese: no letters of another writing."""
    draft = case.draft
    texts = [("note", draft.note), ("advice", draft.advice)]
    for index, diagnosis in enumerate(draft.diagnoses):
        texts.append((f"diagnoses[{index}].name", diagnosis.name))
        texts.append((f"diagnoses[{index}].conclusion", diagnosis.conclusion))
    texts += [
        (f"{path}.dosage_instruction", line.dosage_instruction) for path, line, _ in case.lines
    ]
    scripts = rule.names("scripts")
    for path, text in texts:
        if any(_script(letter) in scripts for letter in text or ""):
            yield Breach(path)


def _script(letter: str) -> str:
    """The first word of a letter's Unicode name, such as CYRILLIC; none for Latin ones."""
    is_latin = letter < "\u0370" or "\u1e00" <= letter <= "\u1eff"
    return "" if is_latin else unicodedata.name(letter, "").split(" ")[0]


def _narcotics(case: IssueCase) -> Iterator[tuple[str, DraftLine]]:
    for path, line, drug in case.lines:
        if _is_narcotic(case, drug):
            yield path, line


def _is_narcotic(case: IssueCase, drug: Drug) -> bool:
    return drug.control_class == "NARCOTIC" or case.draft.prescription_type == "n"
