"""Rules about the patient, the one who collects, and the diagnoses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.vietnam import icd10
from services.vietnam.dated_law import Rule
from services.vietnam.identifiers import (
    CitizenNumber,
    InsuranceNumber,
    MalformedIdentifierError,
    parse_citizen_number,
    parse_insurance_number,
    parse_old_id_number,
)
from services.vietnam.issue_rules.case import Breach, IssueCase


def patient_not_identified(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The patient has a personal, passport, medical or insurance number, or at least an address."""
    patient = case.draft.patient
    if not (
        patient.citizen_number
        or patient.passport_number
        or patient.health_id
        or patient.insurance_number
        or patient.address
    ):
        yield Breach("patient.citizen_number")


def personal_number_malformed(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """A personal number has 12 digits, or 9 if it is of an old identity card."""
    number = case.draft.patient.citizen_number
    if number is not None and _citizen_number(case) is None:
        try:
            parse_old_id_number(number)
        except MalformedIdentifierError:
            yield Breach("patient.citizen_number")


def personal_number_sex(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The sex in the personal number is the one stated; other and unknown cannot be compared."""
    number, sex = _citizen_number(case), case.draft.patient.sex
    if number is not None and sex in {"male", "female"} and sex != number.sex:
        yield Breach("patient.sex")


def personal_number_birth_year(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The birth year in the personal number is that of the birth date."""
    number = _citizen_number(case)
    if number is not None and not number.agrees_with_birth(case.draft.patient.birth_date):
        yield Breach("patient.birth_date")


def insurance_number_malformed(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """An insurance number has one of the forms in use."""
    insured = _insurance_number(case)
    if case.draft.patient.insurance_number is not None and (
        insured is None or insured.form not in rule.names("forms")
    ):
        yield Breach("patient.insurance_number")


def insurance_number_differs(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """An insurance number of 12 digits is the personal number."""
    insured, personal = _insurance_number(case), _citizen_number(case)
    if insured is None or personal is None or insured.form != "personal":
        return
    if insured.number != personal.number:
        yield Breach("patient.insurance_number")


def born_after_prescribing(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """Nobody is prescribed for before being born."""
    if case.draft.patient.birth_date > case.day:
        yield Breach("patient.birth_date")


def child_incomplete(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """For a child under 72 months: age in months, weight and the accompanying adult."""
    patient = case.draft.patient
    if months_between(patient.birth_date, case.day) >= rule.number("months"):
        return
    for key in ("age_months", "weight_kg", "guardian_name"):
        if getattr(patient, key) is None:
            yield Breach(f"patient.{key}")


def child_age_differs(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """An age in months that is stated is the one the birth date gives."""
    patient = case.draft.patient
    if patient.age_months is None:
        return
    months = months_between(patient.birth_date, case.day)
    if abs(months - patient.age_months) > rule.number("tolerance_months"):
        yield Breach("patient.age_months")


def recipient_not_identified(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Controlled medicines are handed to an identified person.

    Without a recipient the patient collects, who then needs a personal or passport number.
    """
    draft = case.draft
    if draft.prescription_type not in rule.names("types") or draft.recipient is not None:
        return
    if not (draft.patient.citizen_number or draft.patient.passport_number):
        yield Breach("recipient")


def recipient_number_malformed(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """An identity number of digits alone has 12 of them, or 9; others may be of a passport."""
    recipient = case.draft.recipient
    if case.draft.prescription_type not in rule.names("types") or recipient is None:
        return
    number = recipient.id_number.replace(" ", "")
    if number.isdecimal() and len(number) not in {9, 12}:
        yield Breach("recipient.id_number")


def icd_malformed(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """Every diagnosis has a code with the grammar of ICD-10."""
    for index, diagnosis in enumerate(case.draft.diagnoses):
        if not icd10.is_well_formed(diagnosis.icd10):
            yield Breach(f"diagnoses[{index}].icd10")


def months_between(birth: date, day: date) -> int:
    """Completed months from a birth to a day; below zero before the birth."""
    months = (day.year - birth.year) * 12 + day.month - birth.month
    return months - (day.day < birth.day)


def _citizen_number(case: IssueCase) -> CitizenNumber | None:
    try:
        return parse_citizen_number(case.draft.patient.citizen_number or "")
    except MalformedIdentifierError:
        return None


def _insurance_number(case: IssueCase) -> InsuranceNumber | None:
    try:
        return parse_insurance_number(case.draft.patient.insurance_number or "")
    except MalformedIdentifierError:
        return None
