"""What every rule owes to those who are asked to trust it."""

from __future__ import annotations

import re
import sys

import pytest

from services.surveillance.findings import AnyRule
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.signals import AnyMeasureRule
from services.surveillance.rules import MEASURE_RULES, RULES
from tests.surveillance.artificial import SHIPPED, at

ALL = (*RULES, *MEASURE_RULES)
MEASURED = {v.rule.name: v for v in MeasureParameters(SHIPPED.document).versions}

each_rule = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)


@each_rule
def test_a_pharmacist_can_judge_it(rule: AnyRule | AnyMeasureRule) -> None:
    """Its file says the rule, its source, its exemptions and what it does not mean."""
    text = sys.modules[rule.detect.__module__].__doc__ or ""
    for part in ("The rule:", "Source:", "Exemptions considered:", "does NOT mean"):
        assert part in text


@each_rule
def test_it_is_told_to_people_in_both_languages(rule: AnyRule | AnyMeasureRule) -> None:
    """One sentence each."""
    assert rule.source
    for title in (rule.title.vi, rule.title.en):
        assert title.endswith(".")
        assert title.count(".") == 1


@each_rule
def test_it_is_in_force_with_a_source_and_named_units(rule: AnyRule | AnyMeasureRule) -> None:
    """Its parameters are dated and say where they come from."""
    version = {**SHIPPED.at(at(0)), **MEASURED}[rule.name]
    assert version.enabled
    assert version.source
    assert rule.severity in {"S2", "S3", "S4"}
    assert rule.limits.model_fields.keys() == version.limits.model_dump().keys()


def test_names_are_unique_and_say_where_the_rule_is() -> None:
    """The name of the rule is the name of its file; a profile adds its numbers."""
    names = [rule.name for rule in ALL]
    assert len(set(names)) == len(names)
    for rule in ALL:
        name = re.sub(r"-\d+x\d+x\d+$", "", rule.name).replace("-", "_")
        assert rule.detect.__module__.endswith(f".{name}")


def test_only_rules_in_the_list_have_parameters() -> None:
    """Every rule has an entry, and every entry a rule."""
    assert SHIPPED.at(at(0)).keys() == {rule.name for rule in RULES}
    assert MEASURED.keys() == {rule.name for rule in MEASURE_RULES}
