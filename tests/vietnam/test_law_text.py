"""A law is taken whole or not at all, and what is wrong is said with its line."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from vietnam_drafts import LAW

from services.vietnam.law import LAW_FILE, Law, LawError

TEXT = LAW_FILE.read_text(encoding="utf-8")

RULE = """
rules:
  - id: n-over-7d
    title: {vi: Thuốc mẫu, en: Sample}
    source: TT mẫu
    in_force_from: null
    in_force_until: null
    severity: S1
    message: {vi: "{stated} > {limit}", en: "{stated} > {limit}"}
    what_next: {vi: Sửa, en: Correct it}
    parameters: {days: 7}
"""
REST = TEXT[TEXT.index("\npolicies:") :]
SMALL = RULE + REST


def edited(old: str, new: str, text: str = SMALL) -> str:
    assert old in text, old
    return text.replace(old, new, 1)


def line_of(part: str, text: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_small_law_is_a_law() -> None:
    law = Law.read(SMALL).at(datetime(2026, 1, 1, tzinfo=UTC))
    assert set(law.rules) == {"n-over-7d"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        # what a glance at one field shows
        ("severity: S1", "severity: S9", "severity (n-over-7d)"),
        ("severity: S1", "severity: S4", "severity (n-over-7d)"),
        ("source: TT mẫu", 'source: ""', "source (n-over-7d)"),
        ("what_next: {vi: Sửa, en: Correct it}", "what_next: {vi: Sửa}", "what_next"),
        ("in_force_from: null", "in_force_from: yesterday", "in_force_from (n-over-7d)"),
        ("in_force_from: null", "in_force_from: 2025-02-30", "2025-02-30|day is out of range"),
        ("severity: S1", "severity: S1\n    unknown: 1", "unknown"),
        ("parameters: {days: 7}", "parameters: {days: seven}", "parameters.days"),
        ("parameters: {days: 7}", "parameters: {days: -7}", "parameters.days"),
        ("parameters: {days: 7}", "parameters: {days: true}", "parameters.days"),
        ("value: 2880", 'value: "48 hours"', "value (owing-hold-minutes)"),
        ("value: 2880", "value: 999999999", "value (owing-hold-minutes)"),
        ("codes: [C00-C97]", "codes: [C00-]", "codes (cancer)"),
        # what only the software or the other entries show
        ("id: n-over-7d", "id: n-over-8d", "this software has no such rule"),
        ("parameters: {days: 7}", "parameters: {}", "give 'days' as a number"),
        ("parameters: {days: 7}", "parameters: {days: [7]}", "days|as a number"),
        ("parameters: {days: 7}", "parameters: {days: 7, weeks: 1}", "does not use it"),
        ("{stated} > {limit}", "{state} > {limit}", "its placeholders may be: days, limit, stated"),
        ("{stated} > {limit}", "{stated > {limit}", "its placeholders may be"),
        ("{stated} > {limit}", "{stated!r} > {limit}", "its placeholders may be"),
        ("id: hold-minutes", "id: hold-hours", "this software has no such policy"),
        ("id: repeat-hours", "id: hold-minutes", "two versions of hold-minutes"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, told: str) -> None:
    text = edited(old, new)
    with pytest.raises(LawError) as refused:
        Law.read(text, "the new law")
    message = str(refused.value)
    assert message.startswith("correct the new law: ")
    assert any(part in message for part in told.split("|")), message


def test_the_line_is_that_of_the_entry_to_correct() -> None:
    text = edited("severity: S1", "severity: S9")
    with pytest.raises(LawError, match=rf"line {line_of('severity: S9', text)}, rules\.0\.sev"):
        Law.read(text)
    text = edited("value: 2880", "value: two days")
    with pytest.raises(LawError, match=rf"line {line_of('value: two days', text)}, policies\."):
        Law.read(text)


def test_all_mistakes_are_told_at_once_up_to_ten() -> None:
    text = edited("severity: S1", "severity: S9")
    text = edited("source: TT mẫu", 'source: ""', text)
    with pytest.raises(LawError, match=r"severity.*; .*source|source.*; .*severity"):
        Law.read(text)
    with pytest.raises(LawError, match=r"and \d+ more"):
        Law.read(re.sub(r"severity: S\d", "severity: S9", TEXT))


def test_a_field_given_twice_is_not_the_last_one_in_silence() -> None:
    text = edited("severity: S1", "severity: S1\n    severity: S3")
    with pytest.raises(LawError, match=rf"line {line_of('severity: S1', text)}.*given twice"):
        Law.read(text)


def test_a_day_without_a_policy_is_refused() -> None:
    text = edited("id: hold-minutes\n", "id: discharge-validity-days\n", SMALL)
    with pytest.raises(LawError, match=r"hold-minutes is missing; add it"):
        Law.read(text)
    gap = edited(
        "en: How long a reservation holds}\n    source: RxLog policy (no law)\n"
        "    in_force_from: null\n    in_force_until: null",
        "en: How long a reservation holds}\n    source: RxLog policy (no law)\n"
        "    in_force_from: null\n    in_force_until: 2030-12-31",
    )
    with pytest.raises(LawError, match=r"hold-minutes is missing from 2031-01-01 on"):
        Law.read(gap)


def test_an_entry_that_ends_before_it_begins_is_refused() -> None:
    text = edited(
        "in_force_from: null\n    in_force_until: null\n    severity",
        "in_force_from: 2026-01-02\n    in_force_until: 2026-01-01\n    severity",
    )
    with pytest.raises(LawError, match="ends before it begins"):
        Law.read(text)


def test_a_group_of_diagnoses_that_is_not_there_is_named() -> None:
    with pytest.raises(LawError, match="no group of diagnoses 'aids'"):
        Law.read(TEXT.replace("id: aids", "id: others"))


@pytest.mark.parametrize("text", ["", "rules", "rules: [", "- 1", "a: &a [*a]", "rules: []"])
def test_what_is_no_law_at_all_is_refused_too(text: str) -> None:
    with pytest.raises(LawError, match="correct the law"):
        Law.read(text)


def test_other_words_leave_the_version_and_other_numbers_change_it() -> None:
    words = edited("en: How long a reservation holds", "en: Other", TEXT)
    assert Law.read(words).versions == LAW.versions
    numbers = edited("value: 2880", "value: 1440", TEXT)
    assert not set(Law.read(numbers).versions) & set(LAW.versions)


def test_a_number_for_tomorrow_leaves_the_versions_of_today() -> None:
    last = TEXT.index("  - id: owing-hold-minutes")
    entry = TEXT[last : TEXT.index("\ndiagnosis_groups:")]
    ended = entry.replace("in_force_until: null", "in_force_until: 2030-12-31")
    begun = entry.replace("in_force_from: null", "in_force_from: 2031-01-01")
    text = TEXT.replace(entry, ended + "\n" + begun.replace("2880", "1440"))
    law = Law.read(text)
    assert law.versions[:-1] == LAW.versions
    assert law.at(datetime(2030, 12, 31, 16, 59, 59, tzinfo=UTC)).owing_hold_minutes == 2880
    assert law.at(datetime(2030, 12, 31, 17, 0, tzinfo=UTC)).owing_hold_minutes == 1440
