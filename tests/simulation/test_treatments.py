"""Every prescription the country writes keeps the law, and its parts add up to the whole."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.simulation import treatments
from services.simulation.acts import Issue
from services.simulation.setting import Setting, everything, portion
from services.simulation.treatments import Treatment
from services.vietnam.directory import Facility
from services.vietnam.law import IssueCase, check_issue, local_day, treatment_basis
from tests.simulation.network_in_memory import COUNTRY

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HERE = Setting.of(COUNTRY, 1, 1, NOW)
HOSPITAL, CLINICS = HERE.region.hospital, HERE.region.clinics
CASES = [
    (treatment, HOSPITAL if treatment.kind == "n" else CLINICS["general"])
    for treatment in (
        *treatments.ACUTE,
        *treatments.CHRONIC,
        *treatments.PSYCHIATRY,
        *treatments.TRADITIONAL,
        treatments.SURGERY,
        treatments.OPIOID,
        treatments.CANCER_PAIN,
        treatments.CANCER_ANXIETY,
    )
]


@pytest.mark.parametrize(("treatment", "practice"), CASES, ids=lambda case: str(case)[:40])
def test_a_prescription_breaks_no_rule(treatment: Treatment, practice: Facility) -> None:
    for days_ago in (0, 12, 60):
        act = HERE.issue(treatment, practice, days_ago=days_ago)
        assert violations(act, practice) == []


def test_a_child_s_prescription_breaks_no_rule() -> None:
    practice = CLINICS["paediatrics"]
    for number in range(20):
        setting = Setting.of(COUNTRY, 1, number, NOW).with_child()
        assert violations(setting.issue(treatments.CHILD, practice), practice) == []


def test_cancer_is_what_the_law_calls_cancer() -> None:
    act = HERE.issue(treatments.CANCER_PAIN, HOSPITAL)
    assert treatment_basis(act.draft, COUNTRY.law.at(NOW)) == "CANCER"


@pytest.mark.parametrize("treatment", [case for case, _ in CASES])
@pytest.mark.parametrize("day", [1, 3, 10])
def test_two_portions_are_the_whole(treatment: Treatment, day: int) -> None:
    written = HERE.issue(treatment, HOSPITAL).draft
    total: dict[int, Decimal] = {}
    for given in (*portion(written, 0, day), *portion(written, day, 366)):
        assert given.quantity > 0
        total[given.line] = total.get(given.line, Decimal(0)) + given.quantity
    assert total == {given.line: given.quantity for given in everything(written)}
    assert total == {number: line.quantity for number, line in enumerate(written.lines, 1)}


def violations(act: Issue, practice: Facility) -> list[str]:
    draft = act.draft
    day = local_day(draft.authored_on)
    drugs = [COUNTRY.catalogue.find(line.drug_code, day) for line in draft.lines]
    assert all(drug.control_class != "UNKNOWN" for drug in drugs)
    law = COUNTRY.law.at(draft.authored_on)
    case = IssueCase(draft, drugs, practice, None, law, NOW)
    # Who prescribes is a matter of the directory, not of what is prescribed.
    return [found.rule for found in check_issue(case) if found.rule != "prescriber-unknown"]
