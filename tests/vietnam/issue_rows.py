"""Drafts that break exactly one rule. Their lawful twins are in `issue_twins.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from vietnam_drafts import (
    BATCHES,
    CLINIC,
    HOSPITAL,
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

from services.contracts.terms import LicenceStatus
from tests.doctors import DOCTOR

NARCOTIC, PSYCHOTROPIC = drug("NARCOTIC", "N02AA01"), drug("PSYCHOTROPIC", "N05BA01")
PRECURSOR, POISON, UNKNOWN = drug("PRECURSOR"), drug("POISON"), drug("UNKNOWN")
NONE, TWO = drug(), drug(ingredients=("paracetamol", "tramadol"))
TOXIC_HERB = drug("POISON", "", form="herb")
SUPPLEMENT = drug(form="food-supplement")
UNHEARD_OF = drug("UNKNOWN", "", ingredients=())
HERBALIST = replace(DOCTOR, scope=())
INSURED, ADDRESS = "patient.insurance_number", "Số 42 đường Mẫu"
RECIPIENT = {"full_name": "Trần Thị Mẫu 0043", "id_number": "001190000043"}
PREDATED = "2026-02-28T08:00:00+07:00"

CODE = "prescription_code"
DAYS = "lines.0.days_supply"
ICD = "diagnoses.0.icd10"
WHO = "prescriber.person_id"


@dataclass(frozen=True)
class UnheardOf:
    """A hospital whose licence nobody noted."""

    facility_id: str = "01901"
    kind: str = "hospital"
    has_beds: bool = True

    def licence_status(self, _day: date) -> LicenceStatus:
        return "UNKNOWN"


UNHEARD_OF_PLACE = UnheardOf()


def code(text: str) -> Given:
    return ordinary().but(CODE, text)


def closed(until: date) -> Given:
    return ordinary().at(replace(HOSPITAL, licence_until=until))


def insured_before(number: str) -> Given:
    """The day before the third form of insurance numbers came into use."""
    return ordinary().but("authored_on", "2025-08-14T08:00:00+07:00").but(INSURED, number)


def traditional() -> Given:
    return decoction().but("prescription_type", "y")


def toxic(days: int) -> Given:
    given = decoction().of(TOXIC_HERB).but(DAYS, days)
    return given.but("lines.0.quantity_in_words", "mười")


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
    ("type-not-in-use", "prescription_type", decoction().but("authored_on", PREDATED)),
    ("issuer-licence-unknown", "authored_on", ordinary().at(UNHEARD_OF_PLACE)),
    ("n-bedless", "prescription_type", narcotic().at(CLINIC)),
    ("authored-in-future", "authored_on", authored(10.01)),
    ("prescriber-unknown", WHO, ordinary().by(None)),
    ("prescriber-unknown", WHO, narcotic().by(replace(DOCTOR, licence="UNKNOWN"))),
    ("prescriber-unlicensed", WHO, ordinary().by(replace(DOCTOR, licence="INACTIVE"))),
    ("prescriber-not-at-facility", WHO, ordinary().by(replace(DOCTOR, practises_here=False))),
    ("prescriber-unlicensed", WHO, narcotic().by(replace(HERBALIST, licence="INACTIVE"))),
    ("prescriber-out-of-scope", WHO, psychotropic().by(HERBALIST)),
    ("prescriber-out-of-scope", WHO, psychotropic().of(PRECURSOR).by(HERBALIST)),
    ("narcotic-signature-missing", WHO, narcotic().by(HERBALIST)),
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
    ("insurance-number-malformed", INSURED, insured_before("001090000042")),
    ("insurance-number-differs", INSURED, ordinary().but(INSURED, "001090000043")),
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
    (
        "recipient-number-malformed",
        "recipient.id_number",
        narcotic().but("recipient", RECIPIENT | {"id_number": "00119000004"}),
    ),
    ("icd-malformed", ICD, ordinary().but(ICD, "k29.7")),
    ("icd-malformed", ICD, ordinary().but(ICD, "K29.777")),
    ("medicine-unknown", "lines.0.drug_code", ordinary().of(UNHEARD_OF)),
    ("food-supplement", "lines.1.drug_code", ordinary().of(NONE, SUPPLEMENT)),
    ("type-mismatch", "lines.0.drug_code", ordinary().of(PSYCHOTROPIC)),
    ("type-mismatch", "lines.0.drug_code", ordinary().of(PRECURSOR)),
    ("type-mismatch", "lines.0.drug_code", psychotropic().of(NONE)),
    ("type-mismatch", "lines.1.drug_code", narcotic().of(NARCOTIC, PSYCHOTROPIC)),
    ("type-mismatch", "lines.1.drug_code", psychotropic().of(PSYCHOTROPIC, NONE)),
    ("decoction-type", "lines.0.drug_code", ordinary().but("lines.0.unit", "Thang")),
    ("decoction-type", "lines.0.drug_code", ordinary().of(drug("NONE", "", form="herb"))),
    ("decoction-type", "lines.0.drug_code", decoction().of(NONE)),
    ("poison-not-first", "lines.1.drug_code", ordinary().of(NONE, POISON)),
    (
        "trade-name-missing",
        "lines.0.trade_name",
        ordinary().of(TWO).but("lines.0.trade_name", ""),
    ),
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
    (
        "toxic-herb-words-missing",
        "lines.0.quantity_in_words",
        toxic(5).but("lines.0.quantity_in_words", None),
    ),
    ("not-vietnamese", "advice", ordinary().but("advice", "多喝水")),
    ("not-vietnamese", "diagnoses.0.name", ordinary().but("diagnoses.0.name", "Гастрит")),
    (
        "not-vietnamese",
        "lines.0.dosage_instruction",
        ordinary().but("lines.0.dosage_instruction", "Uống 每天 2 lần"),
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
    ("decoction-over-limit", DAYS, traditional().but(DAYS, 31)),
    ("decoction-over-limit", DAYS, toxic(6)),
    ("traditional-over-limit", DAYS, traditional().but("lines.0.unit", "viên").but(DAYS, 91)),
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
