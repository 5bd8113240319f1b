"""The places of the country: the same for the same seed, and as the labels say."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from infra.evaluation.country.labels import Form
from infra.evaluation.oracle.asking_places import (
    PLACE_RULES,
    Month,
    ask_places,
    compare_months,
)
from infra.evaluation.oracle.log_file import write_log
from infra.evaluation.places.folding import BEATS, MONTH_NUMBERS, Counted, count
from infra.evaluation.places.measuring import found_by_engine
from infra.evaluation.places.merging import merged
from infra.evaluation.places.reviewing import RULES, Nation, about, final_panel
from infra.evaluation.places.schemes import PLANTS, SCHEMES
from infra.evaluation.places.sites import Sites, Told, forms_of
from services.contracts.facts import FactRecorded
from services.surveillance.engine import apply
from services.surveillance.measures.counting import difference
from services.surveillance.measures.dated import MeasureParameters
from services.surveillance.measures.ledger import KINDS, Ledger
from services.surveillance.measures.panel import Panel
from services.surveillance.parameters import Parameters
from services.surveillance.rules import MEASURE_RULES
from services.surveillance.timeline import PatientState

SITES = Sites(seed=3, towns=1, copies=1)
PARAMETERS = Parameters.load()
WITH_LIMITS = ("out-of-hours", "throughput", "same-pharmacy", "template-scripts", "expiry-harvest")
"""Rules that compare with a limit alone, so that a scheme is found wherever it stands."""


@cache
def told(number: int) -> Told:
    return SITES.site(number)


def planted(rule: str, form: Form) -> int:
    """The enriched site of a scheme and form."""
    for number in SITES.numbers:
        plan = SITES.plan(number)
        if plan.enriched and plan.form == form and getattr(plan.plant, "rule", "") == rule:
            return number
    raise LookupError(rule, form)


@cache
def counted(number: int) -> Counted:
    return count(number, told(number), PARAMETERS)


def nation(*numbers: int) -> Nation:
    """A country of these sites alone."""
    one = Nation(PARAMETERS.document)
    one.take([counted(number) for number in numbers])
    return one


def test_the_same_seed_gives_the_same_site_whoever_asks() -> None:
    number = planted("throughput", "easy")
    assert Sites(3, 1, 1).site(number) == told(number)
    assert Sites(4, 1, 1).site(number).people != told(number).people


def test_nobody_knows_a_site_outside_the_country() -> None:
    with pytest.raises(LookupError):
        SITES.site(len(SITES.numbers))


def test_every_rule_about_places_has_a_scheme_and_every_form_stands_in_the_enriched_set() -> None:
    assert {scheme.rule for scheme in SCHEMES} == {rule.name for rule in MEASURE_RULES}
    plans = [plan for n in SITES.numbers if (plan := SITES.plan(n)).enriched]
    expected = sum(len(forms_of(plant)) for plant in PLANTS)
    assert len(plans) == len({(plan.plant, plan.form) for plan in plans}) == expected


@pytest.mark.parametrize("form", ["easy", "above", "at", "below", "evasive"])
@pytest.mark.parametrize("rule", WITH_LIMITS)
def test_a_scheme_is_found_in_the_forms_that_the_rule_must_find(rule: str, form: Form) -> None:
    """Given the scheme alone in its month; when it reaches the threshold, then it is found."""
    number = planted(rule, form)
    label = told(number).label
    assert label is not None
    found = {
        one.subject
        for one in found_by_engine(nation(number))
        if one.rule == rule and one.month == MONTH_NUMBERS[label.months[1]]
    }
    assert (label.subject in found) is label.must_be_found
    assert found <= about(label)


@pytest.mark.parametrize(
    ("name", "rule"),
    [("palliative-specialist", "template-scripts"), ("mail-order", "expiry-harvest")],
)
def test_an_innocent_place_is_left_alone(name: str, rule: str) -> None:
    """The dying get morphine; what is sent by post arrives before the last day."""
    number = next(n for n in SITES.numbers if getattr(SITES.plan(n).plant, "name", "") == name)
    assert rule not in {one.rule for one in found_by_engine(nation(number))}


def test_labels_name_people_who_act_in_the_months_they_say() -> None:
    for number in (planted(rule, "easy") for rule in WITH_LIMITS):
        label = told(number).label
        assert label is not None
        facts = [f for of in told(number).people for f in of if isinstance(f, FactRecorded)]
        acting = {fact.prescriber_id for fact in facts} | {fact.pharmacy_id for fact in facts}
        assert about(label) <= acting


def test_panels_of_sites_put_together_are_the_panel_of_all_their_counters() -> None:
    """Given a ledger that heard of two sites; then their panels merged are its panel."""
    numbers = planted("throughput", "at"), planted("collusion-ring", "at")
    ledger = Ledger(MeasureParameters(PARAMETERS.document))
    for number in numbers:
        for facts in told(number).people:
            state = PatientState(patient_ref=facts[0].patient_ref)
            for fact in facts:
                before = state
                state, _ = apply(before, fact, PARAMETERS)
                ledger.add(difference(before, fact, state))
    for kind in KINDS:
        for month in MONTH_NUMBERS:
            parts = [final_panel(counted(n), kind, month) for n in numbers]
            together = merged(kind, month, [part for part in parts if part is not None])
            whole = ledger.panel(kind, month)
            for subject, of in together.totals.items():
                assert whole.totals[subject] == of
            assert _told_of(together) == _told_of(whole)


def _told_of(panel: Panel) -> tuple[object, ...]:
    ties = panel.ties
    seen = sorted(panel.totals), panel.peaks, panel.sold_at, ties.patient_pharmacy
    return (*seen, ties.prescriber_pharmacy, ties.of_pharmacy, panel.doses)


def test_nobody_may_be_at_two_sites() -> None:
    number = planted("throughput", "at")
    label = told(number).label
    assert label is not None
    month = MONTH_NUMBERS[label.months[1]]
    panel = final_panel(counted(number), "prescriber", month)
    assert panel is not None
    with pytest.raises(ValueError, match="two sites"):
        merged("prescriber", month, [panel, panel])


def test_a_month_is_reviewed_once_it_is_over_and_its_alerts_stand() -> None:
    """Given one prescriber's burst; then it is told ten days after the month, at a beat."""
    number = planted("throughput", "easy")
    plan = counted(number)._replace(enriched=False)
    country = Nation(PARAMETERS.document)
    country.take([plan])
    reviewed = country.review()
    (alert,) = reviewed.open
    assert (alert.rule, alert.subject) == ("throughput", about_subject(number))
    assert reviewed.raised == Counter(throughput=1)
    assert int(reviewed.raised_at[alert.alert_id].timestamp() * 1000) in BEATS


def about_subject(number: int) -> str:
    label = told(number).label
    assert label is not None
    return label.subject


def test_engine_and_sql_find_the_same_months(tmp_path: Path) -> None:
    """Given an ordinary town and every scheme that the SQL knows, in every form."""
    numbers = [
        0,
        *(planted(rule, form) for rule in WITH_LIMITS for form in ("easy", "at", "below")),
    ]
    for number in numbers:
        facts = (fact for of in told(number).people for fact in of)
        write_log(facts, tmp_path / f"{number}.csv")
    engine = found_by_engine(nation(*numbers))
    compared = compare_months(engine, ask_places(tmp_path.iterdir(), MONTH_NUMBERS))
    assert [one for one in compared if one.differing] == []
    assert all(one.engine > 0 for one in compared)


def test_a_month_that_only_one_side_knows_is_named() -> None:
    lost = Month(PLACE_RULES[0], "NT-MAU", MONTH_NUMBERS[0])
    assert compare_months({lost}, set())[0].only_engine == (lost,)
    assert compare_months(set(), {lost})[0].only_oracle == (lost,)


def test_rules_of_the_sql_are_rules() -> None:
    assert set(PLACE_RULES) == set(WITH_LIMITS) <= RULES.keys()
