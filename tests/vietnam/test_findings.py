"""What the record keeps of a breach that does not refuse: the rule, the line, the figures.

The record is for ever and its findings are in clear, so nothing of the person may be in them. That
must hold for every rule, since how grave a rule is may change with the law.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest
from issue_rows import BROKEN, DAYS
from vietnam_drafts import LAW, Given, child, narcotic, ordinary

from services.contracts.terms import Reason
from services.vietnam.draft import open_content, personal_fields
from services.vietnam.issue_rules.all_rules import RULES
from services.vietnam.issue_rules.case import Detail
from services.vietnam.law import LAW_FILE, Law, check_issue, findings

MILD = Law.read(
    re.sub(r"severity: S[12]", "severity: S3", LAW_FILE.read_text(encoding="utf-8")),
    "a law that refuses nothing",
)
PRIVATE = {"child-incomplete", "child-age-differs"}
"""Rules whose very name tells something about the person."""


def stamped(given: Given, law: Law = LAW) -> tuple[Reason, ...]:
    return findings(check_issue(given.case(law)))


def test_a_finding_says_rule_line_and_figures() -> None:
    given = ordinary().of(*ordinary().drugs * 2).but("lines.1.days_supply", 60)
    assert stamped(given) == (
        Reason(code="days-over-limit", line=2, details={"limit": "30", "stated": "60"}),
    )


def test_a_finding_about_the_whole_has_no_line() -> None:
    (finding,) = stamped(ordinary().by(None))
    assert (finding.code, finding.line, finding.details) == ("prescriber-unknown", None, {})


def test_what_refuses_is_no_finding() -> None:
    given = narcotic().but(DAYS, 8).but("lines.0.quantity_in_words", "mười một")
    assert [violation.severity for violation in given.violations] == ["S2", "S1"]
    assert [finding.code for finding in stamped(given)] == ["narcotic-words-differ"]


def test_the_details_fill_the_texts_of_the_rule() -> None:
    for rule, _, given in BROKEN:
        for violation in check_issue(given.case()):
            if violation.rule != rule:
                continue
            entry = given.case().law.rules[rule]
            details: dict[str, object] = dict(violation.details)
            assert entry.message.filled(details) == violation.message
            assert entry.what_next.filled(details) == violation.what_next


def test_a_rule_of_low_severity_is_stamped_with_what_it_tells() -> None:
    """Whatever the law makes of it tomorrow."""
    rules = {rule.id: rule for rule in RULES}
    for rule, _, given in BROKEN:
        if rule in PRIVATE:
            continue
        reasons = [reason for reason in stamped(given, MILD) if reason.code == rule]
        assert reasons, rule
        known = {*rules[rule].tells, *given.case().law.rules[rule].parameters}
        assert all(set(reason.details) <= known for reason in reasons), rule


@pytest.mark.parametrize("rule", sorted(PRIVATE))
def test_a_rule_that_names_a_trait_of_the_person_is_told_but_never_stamped(rule: str) -> None:
    for name, _, given in BROKEN:
        if name == rule:
            assert rule in {violation.rule for violation in check_issue(given.case(MILD))}
            assert rule not in {reason.code for reason in stamped(given, MILD)}


def personal(given: Given) -> Iterator[str]:
    """Every personal value of a draft, as it is sealed, and its parts."""
    draft = given.draft
    opened = str(open_content(draft))
    for name, text in personal_fields(draft).items():
        values = re.findall(r'"((?:[^"\\]|\\.)*)"', text) if text.startswith("[") else [text]
        for value in values:
            # What the open content holds as well tells nothing new; words of a quantity are its
            # figures, which are open.
            if len(value) > 2 and value not in opened and name != "lines.quantity_in_words":
                yield value


def identified(given: Given) -> Given:
    """The same with every personal field stated, each with a text of its own."""
    for name, text in {
        "citizen_number": given.body["patient"].get("citizen_number") or "001190000777",
        "passport_number": "X0000777",
        "health_id": "7770000777",
        "phone": "0000000777",
        "weight_kg": "77.7",
        "address": "Số 777 đường Mẫu",
        "guardian_name": "Trần Thị Mẫu 0777",
    }.items():
        if name not in given.body["patient"]:
            given = given.but(f"patient.{name}", text)
    return given


def test_no_finding_holds_anything_of_the_person() -> None:
    for rule, _, given in BROKEN:
        full = identified(given)
        told = str([reason.details for reason in stamped(full, MILD)])
        values = list(personal(full))
        assert len(values) >= 8, rule
        for value in values:
            assert value not in told, (rule, value)


def test_a_breach_can_tell_nothing_but_what_this_list_allows() -> None:
    """Who adds a word here decides that it may stand on the log in clear, for ever."""
    assert set(get_args(Detail)) == {
        "class",  # of a medicine
        "facility",  # the issuing one
        "letter",  # of the code
        "limit",  # of days
        "named",  # the facility in the code
        "reason_en",  # what is wrong with the form of a code
        "reason_vi",
        "skew_minutes",
        "stated",  # days of supply, open on the record
        "type",  # of the prescription
        "words",  # of a quantity that is open on the record
    }
    assert {name for rule in RULES for name in rule.tells} <= set(get_args(Detail))
    assert {rule.id for rule in RULES if rule.is_private} == PRIVATE


def test_the_age_of_a_child_is_nowhere_on_the_record() -> None:
    given = child().but("patient.age_months", 12).but(DAYS, 60)
    assert {reason.code for reason in stamped(given, MILD)} == {"days-over-limit"}
