"""Every rule can be told: its texts, its limits, the names of its figures."""

from __future__ import annotations

import ast
import inspect

import pytest

from services.contracts.rule_texts import (
    FIGURES,
    INDICATION,
    RULE_TEXTS,
    SEVERITIES,
    Both,
    RuleText,
)
from services.oversight.views import LIMIT_PREFIX
from services.surveillance import findings
from services.surveillance.findings import AnyRule
from services.surveillance.measures import alerting
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.signals import AnyMeasureRule
from services.surveillance.parameters import Parameters
from services.surveillance.rules import MEASURE_RULES, RULES

ALL = (*RULES, *MEASURE_RULES)

TEXTS = [
    *((name, text) for name, text in FIGURES.items()),
    *((str(name), text) for name, text in SEVERITIES.items()),
    *(
        (f"{rule}.{name}", text)
        for rule, texts in RULE_TEXTS.items()
        for name, text in texts._asdict().items()
        if isinstance(text, Both)
    ),
    ("indication", INDICATION),
]


def figure_names(module: object) -> set[str]:
    """The names of the figures a module writes: keys of what it calls `figures`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.keyword(arg="figures") | ast.Assign(targets=[ast.Name("figures")]):
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Dict):
                        names |= {k.value for k in part.keys if isinstance(k, ast.Constant)}
            case ast.Subscript(value=ast.Name("figures"), slice=ast.Constant(name)):
                names.add(name)
    return names


def test_every_rule_has_its_texts_and_no_text_is_left_over() -> None:
    assert set(RULE_TEXTS) == {rule.name for rule in ALL}


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_the_title_is_the_rules_own_sentence(rule: AnyRule | AnyMeasureRule) -> None:
    title = RULE_TEXTS[rule.name].title
    assert (title.vi, title.en) == (rule.title.vi, rule.title.en)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_every_figure_of_a_rule_has_a_name(rule: AnyRule | AnyMeasureRule) -> None:
    names = figure_names(inspect.getmodule(rule.detect))
    assert names, "the test must find the figures in the source"
    assert names | figure_names(findings) | figure_names(alerting) <= set(FIGURES)


def test_every_number_of_the_parameters_has_a_name() -> None:
    shipped = {
        name
        for _, versions, *_ in Parameters.load().plan
        for version in versions
        for name in version.figures
    }
    shipped |= {
        name
        for version in MeasureParameters(Parameters.load().document).versions
        for name in version.figures
    }
    assert shipped <= set(FIGURES)


@pytest.mark.parametrize("name", RULE_TEXTS)
def test_what_is_held_against_a_limit_exists(name: str) -> None:
    text: RuleText = RULE_TEXTS[name]
    rule = next(rule for rule in ALL if rule.name == name)
    assert text.measures
    for measure in text.measures:
        assert measure.figure in figure_names(inspect.getmodule(rule.detect))
        assert (measure.limit == "") == (measure.comparison == "beside")
        if measure.limit:
            assert measure.limit in rule.limits.model_fields
            assert LIMIT_PREFIX + measure.limit in FIGURES


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=[name for name, _ in TEXTS])
def test_every_text_is_there_in_both_languages(name: str, text: Both) -> None:
    assert text.vi.strip()
    assert text.en.strip()
    assert text.vi != text.en
