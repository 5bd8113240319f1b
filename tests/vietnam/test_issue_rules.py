"""Every rule of issuing: drafts that break it and nothing else, twins that keep it."""

from __future__ import annotations

import re

import pytest
from issue_rows import BROKEN
from issue_twins import KEPT
from vietnam_drafts import LAW, Given

from services.vietnam.issue_rules.all_rules import RULES


def names(rows: list[tuple[str, str, Given]] | list[tuple[str, Given]]) -> list[str]:
    return [row[0] for row in rows]


@pytest.mark.parametrize(("rule", "path", "given"), BROKEN, ids=names(BROKEN))
def test_one_breach_is_told_as_that_and_nothing_else(rule: str, path: str, given: Given) -> None:
    field = re.sub(r"\.(\d)\.", r"[\1].", path)
    assert given.broken == [(rule, field)]


@pytest.mark.parametrize(("rule", "given"), KEPT, ids=names(KEPT))
def test_its_twin_on_the_lawful_side_breaks_nothing(rule: str, given: Given) -> None:
    assert given.broken == []


def test_every_rule_has_a_breach_and_a_twin() -> None:
    all_rules = {rule.id for rule in RULES}
    assert set(names(BROKEN)) == all_rules
    assert set(names(KEPT)) == all_rules


def test_every_rule_is_in_the_law_file_and_the_other_way_round() -> None:
    in_law = {rule for period in LAW.periods for rule in period.rules}
    assert in_law == {rule.id for rule in RULES}
