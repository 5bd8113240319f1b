"""Every rule of issuing: rows that break it, twins next to the border that keep it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from vietnam_drafts import (
    BATCHES,
    CLINIC,
    HOSPITAL,
    LAW,
    PHARMACY,
    RECEIVED,
    Given,
    batch,
    cancer,
    child,
    decoction,
    drug,
    narcotic,
    ordinary,
    psychotropic,
)

from services.vietnam.issue_rules.checking import RULES, rule_id

NARCOTIC, PSYCHOTROPIC = drug("NARCOTIC", "N02AA01"), drug("PSYCHOTROPIC", "N05BA01")
PRECURSOR, POISON, UNKNOWN = drug("PRECURSOR"), drug("POISON"), drug("UNKNOWN")
NONE, HERB = drug(), drug("NONE", "")

CODE = "prescription_code"
DAYS = "lines.0.days_supply"
ICD = "diagnoses.0.icd10"


def code(text: str) -> Given:
    return ordinary().but(CODE, text)


def closed(until: date) -> Given:
    return ordinary().at(replace(HOSPITAL, licence_until=until))


def authored(minutes_ahead: float) -> Given:
    ahead = RECEIVED + timedelta(minutes=minutes_ahead)
    return ordinary().but("authored_on", ahead.isoformat())


# rule, what it is about, where it is broken (dots as in the body), the breach
BROKEN: list[tuple[str, str, Given]] = [
    ("code-malformed", CODE, code("01901abcdef-c")),
    ("code-malformed", CODE, code("01901abcdefg_c")),
    ("code-malformed", CODE, code("01901abcdefg-x")),
    ("code-forged", CODE, code("01911abcdefg-c")),
    ("code-type", CODE, code("01901abcdefg-n")),
    ("issuer-not-clinic", "prescriber", ordinary().at(PHARMACY)),
    ("issuer-unlicensed", "authored_on", closed(date(2026, 10, 4))),
    ("issuer-unlicensed", "authored_on", ordinary().at(replace(HOSPITAL, licence_from=None))),
    ("n-bedless", "prescription_type", narcotic().at(CLINIC)),
    ("authored-in-future", "authored_on", authored(10.01)),
    (
        "patient-not-identified",
        "patient.citizen_number",
        ordinary().but("patient.citizen_number", None),
    ),
    (
        "personal-number-malformed",
        "patient.citizen_number",
        ordinary().but("patient.citizen_number", "00109000042"),
    ),
    ("personal-number-sex", "patient.sex", ordinary().but("patient.sex", "female")),
    (
        "personal-number-birth-year",
        "patient.birth_date",
        ordinary().but("patient.birth_date", "1991-01-01"),
    ),
    (
        "insurance-number-malformed",
        "patient.insurance_number",
        ordinary().but("patient.insurance_number", "123456789"),
    ),
    (
        "born-after-prescribing",
        "patient.birth_date",
        child("2026-10-06").but("patient.age_months", 0),
    ),
    ("child-incomplete", "patient.age_months", child().but("patient.age_months", None)),
    ("child-incomplete", "patient.weight_kg", child().but("patient.weight_kg", None)),
    ("child-incomplete", "patient.guardian_name", child().but("patient.guardian_name", " ")),
    (
        "child-incomplete",
        "patient.guardian_name",
        child("2020-10-06").but("patient.age_months", 71).but("patient.guardian_name", None),
    ),
    ("child-age-differs", "patient.age_months", child().but("patient.age_months", 28)),
    (
        "recipient-not-identified",
        "recipient",
        narcotic().but("patient.citizen_number", None).but("patient.address", "Số 42 đường Mẫu"),
    ),
    ("icd-malformed", ICD, ordinary().but(ICD, "k29.7")),
    ("icd-malformed", ICD, ordinary().but(ICD, "K29.777")),
    ("type-mismatch", "lines.0.drug_code", ordinary().of(PSYCHOTROPIC)),
    ("type-mismatch", "lines.0.drug_code", ordinary().of(PRECURSOR)),
    ("type-mismatch", "lines.0.drug_code", psychotropic().of(NONE)),
    ("type-mismatch", "lines.1.drug_code", narcotic().of(NARCOTIC, PSYCHOTROPIC)),
    ("type-mismatch", "lines.1.drug_code", psychotropic().of(PSYCHOTROPIC, NONE)),
    ("decoction-type", "lines.0.drug_code", ordinary().but("lines.0.unit", "Thang")),
    ("decoction-type", "lines.0.drug_code", decoction().of(NONE)),
    ("poison-not-first", "lines.1.drug_code", ordinary().of(NONE, POISON)),
    (
        "narcotic-words-missing",
        "lines.0.quantity_in_words",
        narcotic().but("lines.0.quantity_in_words", None),
    ),
    (
        "narcotic-words-differ",
        "lines.0.quantity_in_words",
        narcotic().but("lines.0.quantity_in_words", "mười một"),
    ),
    ("days-not-stated", DAYS, ordinary().but(DAYS, None)),
    ("days-not-stated", DAYS, decoction().but(DAYS, None)),
    ("controlled-days-not-stated", DAYS, narcotic().but(DAYS, None)),
    ("controlled-days-not-stated", DAYS, psychotropic().but(DAYS, None)),
    ("days-over-maximum", DAYS, ordinary().but(DAYS, 91)),
    ("days-over-maximum", DAYS, ordinary().but(ICD, "I10").but(DAYS, 91)),
    ("days-over-limit", DAYS, ordinary().but(DAYS, 31)),
    ("days-over-limit", DAYS, ordinary().but(DAYS, 90)),
    ("n-over-7d", DAYS, narcotic().but(DAYS, 8)),
    ("n-over-7d", DAYS, narcotic().but(ICD, "Z51.5").but(DAYS, 8)),
    ("h-over-limit", DAYS, psychotropic().but(ICD, "J20.9").but(DAYS, 11)),
    ("h-over-limit", DAYS, psychotropic().but(ICD, "F41.1").but(DAYS, 31)),
    ("h-over-limit", DAYS, psychotropic().but(ICD, "R52").but(DAYS, 31)),
    ("decoction-over-limit", DAYS, decoction().but(DAYS, 31)),
    ("decoction-over-limit", DAYS, decoction().but(ICD, "J06.9").but(DAYS, 6)),
    ("traditional-over-limit", DAYS, decoction().but("prescription_type", "y").but(DAYS, 91)),
    ("batch-order", "batches.0.number", batch(0, number=2)),
    (
        "batch-order",
        "batches.0.start_on",
        psychotropic().but("batches", [BATCHES[0] | {"start_on": "2026-10-04"}]),
    ),
    ("n-tranche", "batches", cancer().but("batches", [])),
    ("n-tranche", "batches", cancer().but("batches", []).but(DAYS, 8)),
    ("n-tranche", DAYS, cancer().but(DAYS, 31)),
    ("n-tranche", "batches.1.start_on", batch(1, start_on="2026-10-16").but(DAYS, 29)),
]

KEPT: list[tuple[str, Given]] = [
    ("code-malformed", code(" 01901ABCDEFG-C\n")),
    ("code-malformed", ordinary()),
    ("code-forged", code("01901abcdefg-c")),
    ("code-type", narcotic().but(CODE, "01901abcdefg-N")),
    ("issuer-not-clinic", ordinary().at(CLINIC)),
    ("issuer-unlicensed", closed(date(2026, 10, 5))),
    ("n-bedless", narcotic().at(HOSPITAL)),
    ("n-bedless", psychotropic().at(CLINIC)),
    ("authored-in-future", authored(10)),
    (
        "patient-not-identified",
        ordinary().but("patient.citizen_number", None).but("patient.address", "Số 42 đường Mẫu"),
    ),
    ("personal-number-malformed", ordinary().but("patient.citizen_number", "012345678")),
    ("personal-number-sex", ordinary().but("patient.sex", "other")),
    ("personal-number-sex", ordinary().but("patient.sex", "unknown")),
    ("personal-number-birth-year", ordinary().but("patient.birth_date", "1990-12-31")),
    (
        "insurance-number-malformed",
        ordinary().but("patient.insurance_number", "GD4010123456789"),
    ),
    ("born-after-prescribing", child("2026-10-05").but("patient.age_months", 0)),
    ("child-incomplete", child()),
    (
        "child-incomplete",
        child("2020-10-05").but("patient.age_months", None).but("patient.guardian_name", None),
    ),
    ("child-age-differs", child().but("patient.age_months", 29)),
    ("child-age-differs", child().but("patient.age_months", 31)),
    ("recipient-not-identified", narcotic()),
    (
        "recipient-not-identified",
        psychotropic()
        .but("patient.citizen_number", None)
        .but("patient.address", "Số 42 đường Mẫu")
        .but("recipient", {"full_name": "Trần Thị Mẫu 0043", "id_number": "001190000043"}),
    ),
    ("icd-malformed", ordinary().but(ICD, "G63.2*")),
    ("icd-malformed", ordinary().but(ICD, "Z69.64")),
    ("type-mismatch", psychotropic().of(PSYCHOTROPIC, PRECURSOR)),
    ("type-mismatch", ordinary().of(POISON, UNKNOWN)),
    ("type-mismatch", psychotropic().of(PSYCHOTROPIC, UNKNOWN)),
    ("decoction-type", decoction()),
    ("decoction-type", decoction().but("prescription_type", "y")),
    ("poison-not-first", ordinary().of(POISON, POISON, NONE)),
    ("narcotic-words-missing", narcotic()),
    ("narcotic-words-differ", narcotic().but("lines.0.quantity_in_words", "Mười viên")),
    ("days-not-stated", ordinary()),
    ("controlled-days-not-stated", psychotropic()),
    ("days-over-maximum", ordinary().but(ICD, "I10").but(DAYS, 90)),
    ("days-over-limit", ordinary().but(DAYS, 30)),
    ("days-over-limit", ordinary().but(ICD, "E11.9").but(DAYS, 90)),
    ("n-over-7d", narcotic().but(DAYS, 7)),
    ("h-over-limit", psychotropic().but(ICD, "J20.9").but(DAYS, 10)),
    ("h-over-limit", psychotropic().but(ICD, "F41.1").but(DAYS, 30)),
    ("decoction-over-limit", decoction().but(DAYS, 30)),
    ("decoction-over-limit", decoction().but(ICD, "J06.9").but(DAYS, 5)),
    ("traditional-over-limit", decoction().but("prescription_type", "y").but(DAYS, 90)),
    ("batch-order", cancer()),
    ("batch-order", psychotropic().but("batches", BATCHES[:1])),
    ("n-tranche", cancer()),
    ("n-tranche", cancer().but("batches", BATCHES[:2]).but(DAYS, 20)),
    ("n-tranche", cancer().but("batches", []).but(DAYS, 7)),
]


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
    all_rules = {rule_id(rule) for rule in RULES}
    assert set(names(BROKEN)) == all_rules
    assert set(names(KEPT)) == all_rules


def test_every_rule_is_in_the_law_file_and_the_other_way_round() -> None:
    assert set(LAW.at(RECEIVED).rules) == {rule_id(rule) for rule in RULES}
