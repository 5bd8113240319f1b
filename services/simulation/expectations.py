"""What the network must answer, kept apart from the registry: a sheet for every prescription.

Of acts at the same moment any order will do, as long as one order explains all the answers.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import permutations
from typing import assert_never

from services.simulation.acts import (
    Answer,
    Cancel,
    Claim,
    Dispense,
    Issue,
    Release,
    Reserve,
    Reverse,
    Withdraw,
)
from services.simulation.sheet import Expected, Line, Sheet
from services.vietnam.catalogue import DrugCatalogue
from services.vietnam.law import Law, validity


class Expectations:
    """The sheets of one story, and every answer so far."""

    def __init__(self, law: Law, catalogue: DrugCatalogue) -> None:
        self._law = law
        self._ingredients = {
            code: tuple(sorted(entry.periods[-1].ingredients))
            for code, entry in catalogue.entries.items()
        }
        self._sheets: dict[str, Sheet] = {}
        self._first: dict[str, Answer] = {}

    def take(self, answers: Sequence[Answer], at: datetime) -> list[str]:
        """Take down answers to acts of the same moment; return what is wrong with them.

        `at` is a moment between the answers and now.
        """
        wrong: list[str] = []
        fresh = []
        for answer in answers:
            before = self._first.get(answer.act.key)
            if before is None:
                self._first[answer.act.key] = answer
                fresh.append(answer)
            elif (before.status, before.content) != (answer.status, answer.content):
                wrong.append(f"{_named(answer)}: the repeat was answered otherwise than at first")
        return wrong + self._fresh(fresh, at)

    def _fresh(self, answers: Sequence[Answer], at: datetime) -> list[str]:
        """What is wrong in the order that explains most; it is taken to be what happened."""
        before, tried = self._sheets, []
        for order in permutations(answers):
            self._sheets = copy.deepcopy(before) if len(answers) > 1 else before
            wrong = [text for answer in order for text in self._differences(answer, at)]
            tried.append((len(wrong), wrong, self._sheets))
            if not wrong:
                break
        _, wrong, self._sheets = min(tried, key=lambda trial: trial[0])
        return wrong

    def _differences(self, answer: Answer, at: datetime) -> Iterator[str]:
        """Each way in which an answer is not the expected one."""
        expected = self._expect(answer, at)
        told = (answer.verdict, answer.result, frozenset(answer.reasons))
        status = 409 if expected.verdict == "refused" else 201
        if told != tuple(expected) or answer.status != status:
            yield f"{_named(answer)}: expected {_text(*expected)}, got {_got(answer)}"
            return
        sheet = self._sheets.get(answer.code, Sheet())
        remaining = {left["line"]: Decimal(left["quantity"]) for left in answer.body["remaining"]}
        if remaining != sheet.remaining():
            yield f"{_named(answer)}: expected {sheet.remaining()} to remain, got {remaining}"
        if "holder" in answer.body and answer.body["holder"] != sheet.holder:
            yield f"{_named(answer)}: expected holder {sheet.holder}, got {answer.body['holder']}"

    def _expect(self, answer: Answer, at: datetime) -> Expected:
        act = answer.act
        if isinstance(act, Issue):
            return self._issue(act, answer.code)
        sheet = self._sheets.setdefault(act.code, Sheet())
        match act:
            case Cancel():
                return sheet.cancel(act)
            case Reserve():
                return sheet.reserve(act, at)
            case Release():
                return sheet.release(act)
            case Dispense():
                return sheet.dispense(act, answer.event_id, at, self._ingredients)
            case Reverse():
                return sheet.reverse(act)
            case Claim():
                return sheet.claim(act)
            case Withdraw():
                return sheet.withdraw(act)
        assert_never(act)

    def _issue(self, act: Issue, code: str) -> Expected:
        if act.replaces:
            refusal = self._sheets[act.replaces].replace()
            if refusal is not None:
                return refusal
        valid_from, valid_until = validity(act.draft, self._law.at(act.draft.authored_on))
        lines = {
            number: Line(line.quantity, self._ingredients.get(line.drug_code, ()))
            for number, line in enumerate(act.draft.lines, start=1)
        }
        sheet = self._sheets.setdefault(code, Sheet())
        return sheet.issue(act.by, valid_from, valid_until, lines)


def _named(answer: Answer) -> str:
    act = answer.act
    code = answer.code or ("" if isinstance(act, Issue) else act.code)
    return f"{type(act).__name__} of {code or 'a prescription'} by {act.by}"


def _text(verdict: str, result: str, reasons: Collection[str]) -> str:
    return f"{verdict} {result} {sorted(reasons)}" if reasons else f"{verdict} {result}"


def _got(answer: Answer) -> str:
    if answer.verdict:
        return f"{_text(answer.verdict, answer.result, answer.reasons)} ({answer.status})"
    problem = answer.body.get("type", "no verdict")
    return f"{answer.status} {problem} {answer.body.get('errors', '')}".rstrip()
