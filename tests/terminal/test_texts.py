"""Words in both languages, moments as Vietnam's clocks show them, and nothing that steers."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import services.terminal
from services.contracts.rule_texts import Both
from services.registry.judge import RULES
from services.terminal.settings import language
from services.terminal.texts import (
    STATUSES,
    SUBMISSIONS,
    TICK,
    WORDS,
    local,
    safe,
    say,
    told,
    word,
)

TEXTS = {**WORDS, **SUBMISSIONS, **STATUSES}


@pytest.mark.parametrize("name", TEXTS)
def test_every_word_is_there_in_both_languages(name: str) -> None:
    text: Both = TEXTS[name]
    fields = [
        {field for _, field, _, _ in string.Formatter().parse(half) if field} for half in text
    ]
    assert all(half.strip() for half in text)
    assert fields[0] == fields[1], "both halves name the same things"


def test_every_word_that_is_said_exists_and_none_is_left_over() -> None:
    folder = Path(services.terminal.__file__).parent
    sources = [path.read_text() for path in folder.glob("*.py") if path.name != "texts.py"]
    constants = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    said = {name for source in sources for name in re.findall(r'\bsay\(\s*"([a-z-]+)"', source)}
    assert said <= set(WORDS)
    assert set(WORDS) <= constants


def test_every_submission_the_registry_judges_has_a_name() -> None:
    assert {submission.__name__ for submission in RULES} | {TICK} == set(SUBMISSIONS)


def test_words_are_filled() -> None:
    assert say("held", "en", holder="01P01", until="noon") == "held by 01P01 until noon"
    assert word(STATUSES, "active", "vi") == "còn hiệu lực"
    assert word(STATUSES, "of-tomorrow", "vi") == "of-tomorrow"


def test_the_answers_own_text_is_taken_in_the_language_asked_for() -> None:
    document = {"title": "Taken.", "title_vi": "Đã dùng.", "detail": "Only English."}
    assert told(document, "title", "vi") == "Đã dùng."
    assert told(document, "title", "en") == "Taken."
    assert told(document, "detail", "vi") == "Only English."
    assert told(document, "what_next", "vi") == ""


def test_moments_are_shown_in_vietnams_time() -> None:
    assert local("2026-11-16T18:05:59.123Z") == "2026-11-17 01:05"
    assert local("2026-11-16T18:05:59+07:00") == "2026-11-16 18:05"
    assert local(None) == ""
    assert local("soon\x1b") == "soon\ufffd"


def test_nothing_from_outside_steers_the_terminal() -> None:
    assert safe("a\x1b[31mb\x07\r\nc") == "a\ufffd[31mb\ufffd  c"
    assert safe("mẫu \u202egnp.exe") == "mẫu \ufffdgnp.exe"
    assert safe(None) == ""
    assert safe("Nguyễn Thử 0042 [bold]") == "Nguyễn Thử 0042 [bold]"


@pytest.mark.parametrize(
    ("given", "variables", "expected"),
    [
        (None, {}, "en"),
        (None, {"RXLOG_LANG": "vi"}, "vi"),
        (None, {"RXLOG_LANG": "VI_VN.UTF-8"}, "vi"),
        (None, {"RXLOG_LANG": "fr"}, "en"),
        ("en", {"RXLOG_LANG": "vi"}, "en"),
    ],
)
def test_the_language_is_the_one_asked_for(given: str | None, variables: dict, expected: str):
    assert language(given, variables) == expected
