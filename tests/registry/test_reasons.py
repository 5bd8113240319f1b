"""Every word of the judge has its texts, and every text is said."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from infra import reasons
from infra.lifecycle import outcome
from infra.lifecycle_cases import COLUMNS, ROWS, TIME
from services.contracts.described import described
from services.contracts.outcomes import SubmissionJudged
from services.contracts.reasons import FINDINGS, HAPPENINGS, REFUSALS, RESULTS, text_of
from services.registry import fold as fold_module
from services.registry.fold import fold
from services.registry.judgement.judgement import Judgement
from tests.builders import (
    AMOXICILLIN,
    MORPHINE,
    OTHER_CLINIC,
    OTHER_PAYER,
    OTHER_PHARMACY,
    PARACETAMOL,
    PHARMACY,
    at,
    batch,
    by,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    reversed_,
    ticked,
    withdrawn,
)
from tests.dsl import entries, given

REGISTRY = Path(fold_module.__file__).parent
CATALOGUES = {
    "refusal": REFUSALS,
    "finding": FINDINGS,
    "result": RESULTS,
    "happening": HAPPENINGS,
}

NARCOTIC = issued(line(1, 30, MORPHINE), batches=(batch(1, 0, 10), batch(2, 10, 20)))
LIMITED = by(PHARMACY, "pharmacy", "ACTIVE", ("NONE",))
SOLD = (issued(), reserved(), dispensed(receipt_number="HD1"))
SAME_ID = (reserved(event_id="one", content="a"), reserved(event_id="one", content="b"))

STORIES = (
    (issued(), issued(), cancelled(clinic=OTHER_CLINIC), reserved(), reserved()),
    (issued(), released(), reversed_(), withdrawn(), *SAME_ID),
    (issued(), cancelled(replaced_by="01001newer00-c"), cancelled(replaced_by="01001third00-c")),
    (issued(prescriber_status="INACTIVE"), reserved(submitter=LIMITED), cancelled(), cancelled()),
    (issued(line(1, 9, MORPHINE)), reserved(submitter=LIMITED)),
    (issued(line(1, 9, MORPHINE)), dispensed(given_out(1, 9, MORPHINE), submitter=LIMITED)),
    (issued(), dispensed(submitter=by(PHARMACY, "pharmacy", "INACTIVE"))),
    (issued(), dispensed(event_id="x"), reversed_(dispense="x"), reversed_(dispense="x")),
    (*SOLD, dispensed(receipt_number="HD1"), dispensed(given_out(7), given_out(drug=PARACETAMOL))),
    (issued(line(1, 40)), dispensed(), dispensed(pharmacy=OTHER_PHARMACY), dispensed()),
    (issued(), reserved(), dispensed(given_out(quantity=25), pharmacy=OTHER_PHARMACY)),
    (issued(valid_from=at(100)), reserved(), dispensed(), dispensed(occurred_at=at(-100))),
    (issued(), (60, cancelled()), (70, dispensed(occurred_at=at(5)))),
    (
        NARCOTIC,
        (1, dispensed(given_out(1, 25, MORPHINE))),
        (2, dispensed(given_out(1, 1, MORPHINE))),
    ),
    (
        NARCOTIC,
        (1, dispensed(given_out(1, 15, MORPHINE, batch=2))),
        (2, dispensed(given_out(1, 1))),
    ),
    (NARCOTIC, (12, dispensed(given_out(1, 9, AMOXICILLIN, batch=1))), (13, reserved())),
    (NARCOTIC, (12, dispensed(given_out(1, 15, MORPHINE, batch=9))), (13, reserved())),
    (
        *SOLD,
        claimed(),
        claimed(),
        claimed(claim_id="2", payer=OTHER_PAYER),
        claimed(9),
        reversed_(),
    ),
    (*SOLD, claimed(quantity=9), claimed(quantity=12, claim_id="2"), withdrawn(), withdrawn()),
    (*SOLD, claimed(), claimed(claim_id="2")),
    (*SOLD, reversed_(), claimed(), dispensed(), claimed(occurred_at=at(-1))),
    (issued(), claimed(dispense_grace_hours=None), claimed(), dispensed()),
    (issued(), (1, claimed()), (9_999, ticked()), (9_999, withdrawn())),
    (issued(valid_until=at(5)), (6, dispensed()), claimed(), claimed(claim_id="2")),
    (*SOLD, (60 * 24 * 100, claimed())),
    (issued(), dispensed(given_out(quantity=25)), claimed()),
    (dispensed(), (9_999, ticked()), (9_999, issued())),
    (issued(), reserved(), cancelled(), (60, ticked())),
)
"""What the lifecycle table does not come to."""


def _judged() -> Iterator[tuple[bool, SubmissionJudged | Judgement]]:
    """Everything said in the table and in the stories, and whether by a tick."""
    for row in ROWS:
        for column in COLUMNS:
            judged = outcome(row, column)
            if judged is not None:
                yield column.group == TIME, judged
    broken = entries([issued()])[0]
    unreadable = fold({}, {}, [type(broken)(broken.record, "x", None, "?")])
    for told in (unreadable.judged, *(given(*story).folded.judged for story in STORIES)):
        for _, one in told:
            yield one.submission == "TimeTicked", one


@lru_cache
def _said() -> dict[str, set[str]]:
    """The codes that running the judge came to, by what they were said as."""
    said: dict[str, set[str]] = {kind: set() for kind in CATALOGUES}
    for is_tick, judged in _judged():
        codes = {reason.code for reason in judged.reasons}
        if is_tick:
            assert judged.result in codes
            said["happening"] |= codes
        elif judged.verdict in ("ACCEPTED", "RECORDED"):
            said["result"].add(judged.result)
            said["finding"] |= codes
        else:
            said["refusal"] |= codes
    for story in STORIES:
        for fact in given(*story).facts:  # what surveillance and look-ups are told of a dispense
            said["finding"] |= set(getattr(fact, "findings", ()))
    return said


def _written() -> dict[str, set[str]]:
    """The codes that stand in the code of the registry: every one of them as a literal."""
    written: dict[str, set[str]] = {"result": set(), "refusal": set(), "reason": set()}
    kinds = {"accepted": "result", "recorded": "result", "refused": "refusal", "pending": "refusal"}
    for path in REGISTRY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in kinds:
                written[kinds[node.func.id]] |= _literals(node.args[1], path)
            elif node.func.id == "Reason":
                [code] = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                if not (path.name == "judgement.py" and isinstance(code, ast.Name)):
                    written["reason"] |= _literals(code, path)
    return written


def _literals(node: ast.expr, path: Path) -> set[str]:
    if isinstance(node, ast.IfExp):
        return _literals(node.body, path) | _literals(node.orelse, path)
    assert isinstance(node, ast.Constant), f"{path.name}:{node.lineno} a code that is no literal"
    return {str(node.value)}


def test_every_code_in_the_code_has_its_texts() -> None:
    written = _written()
    assert written["result"] <= set(RESULTS)
    assert written["refusal"] <= set(REFUSALS)
    assert written["reason"] <= {*REFUSALS, *FINDINGS, *HAPPENINGS}
    known = {*written["result"], *written["refusal"], *written["reason"], "unreadable"}
    assert {code for texts in CATALOGUES.values() for code in texts} == known


@pytest.mark.parametrize("kind", CATALOGUES)
def test_every_text_is_said_and_everything_said_has_a_text(kind: str) -> None:
    assert _said()[kind] == set(CATALOGUES[kind])


def test_every_reason_is_told_in_words_that_its_details_fill() -> None:
    for story in STORIES:
        for told in given(*story).outcomes:
            document = described(told)
            for reason, words in zip(told.reasons, document["reasons"], strict=True):
                text = text_of(told, reason.code)
                assert text is not None, reason.code
                assert words["what_next"]
                for template in text[:4]:
                    names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
                    assert names <= set(reason.details), f"{reason.code}: {names}"


def test_the_catalogue_is_complete_and_fresh() -> None:
    assert reasons.FILE.read_text(encoding="utf-8") == reasons.reasons(), (
        "run python -m infra.reasons"
    )


def test_every_text_is_in_both_languages_and_says_what_to_do() -> None:
    for texts in CATALOGUES.values():
        for code, text in texts.items():
            assert all(part.strip() for part in text), code
            assert text.en != text.vi
            names = [
                {name for _, name, _, _ in string.Formatter().parse(part) if name}
                for part in (text.en + text.next_en, text.vi + text.next_vi)
            ]
            assert names[0] == names[1], f"{code} tells more in one language"
