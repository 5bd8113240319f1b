"""The labelled country: the same for the same seed, told with faults, true to its labels."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from infra.evaluation.country.generator import Country, Patient
from infra.evaluation.country.labels import FOUND_FORMS
from infra.evaluation.country.schemes import LOOK_ALIKES, SCHEMES
from services.contracts.facts import FactRecorded, FactWithdrawn
from services.surveillance.rules import RULES

COUNTRY = Country.of(seed=7, patients=1_000)


@pytest.fixture(scope="module")
def everybody() -> list[Patient]:
    return list(COUNTRY.everybody())


def test_the_same_seed_gives_the_same_country_whoever_asks_in_whatever_order() -> None:
    again = Country.of(seed=7, patients=1_000)
    for number in (999, 3, 1_100, 0):
        assert again.patient(number) == COUNTRY.patient(number)


def test_another_seed_gives_other_lives() -> None:
    other = Country.of(seed=8, patients=1_000)
    assert [p.facts for p in map(other.patient, range(20))] != [
        p.facts for p in map(COUNTRY.patient, range(20))
    ]


def test_nobody_outside_the_country_is_known() -> None:
    with pytest.raises(LookupError):
        COUNTRY.patient(len(COUNTRY.numbers))


def test_every_scheme_stands_in_every_form_and_every_rule_has_one(
    everybody: list[Patient],
) -> None:
    enriched = Counter(
        (label.scheme, label.form) for p in everybody for label in p.labels if label.enriched
    )
    assert set(enriched.values()) == {COUNTRY.copies}
    assert len(enriched) == len(SCHEMES) * 5 + len(LOOK_ALIKES)
    planted_for = {rule for scheme in SCHEMES for rule in scheme.rules}
    patient_rules = {rule.name for rule in RULES if rule.subject_kind == "patient"}
    assert planted_for == patient_rules


def test_a_label_names_facts_that_were_told_and_the_one_that_completes_the_pattern(
    everybody: list[Patient],
) -> None:
    for patient in everybody:
        for label in patient.labels:
            assert set(label.fact_ids) <= {fact.fact_id for fact in patient.facts}
            assert (label.first_detectable_at is not None) == (label.form in FOUND_FORMS)


def test_facts_come_in_the_order_they_were_recorded_late_repeated_and_withdrawn(
    everybody: list[Patient],
) -> None:
    """Then: some before others that happened earlier, some twice, some taken back."""
    out_of_order = repeated = withdrawn = late = 0
    for patient in everybody:
        told = [fact for fact in patient.facts if isinstance(fact, FactRecorded)]
        out_of_order += any(
            later.occurred_at < earlier.occurred_at for earlier, later in pairwise(told)
        )
        repeated += len(told) - len({fact.fact_id for fact in told})
        late += sum((f.recorded_at - f.occurred_at).total_seconds() > 3600 for f in told)
        withdrawn += sum(isinstance(fact, FactWithdrawn) for fact in patient.facts)
    assert min(out_of_order, repeated, withdrawn, late) > 5


def test_people_are_obviously_artificial(everybody: list[Patient]) -> None:
    assert all(patient.ref.startswith("nguoi-benh-mau-") for patient in everybody)


def test_abuse_is_as_rare_as_the_country_says(everybody: list[Patient]) -> None:
    """Given 1.8 % planted; then the country holds between 1 and 3 %."""
    abusers = sum(any(label.is_abuse for label in patient.labels) for patient in everybody[:1_000])
    assert 10 <= abusers <= 30
