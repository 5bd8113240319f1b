"""Every rule of issuing in one list: its function, the parameters it needs, what it tells.

Breaches are told in this order. A law is read against this list (`law_checks.py`), so a text that
lacks a number or names an unknown placeholder is refused before it is in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import Literal

from services.vietnam.issue_rules import (
    batches,
    code,
    days,
    facility,
    medicines,
    patient,
    prescriber,
)
from services.vietnam.issue_rules.case import Detail, RuleFunction

ParameterKind = Literal["number", "names", "limits"]


@dataclass(frozen=True)
class IssueRule:
    """`needs` are the parameters a law must give, `tells` the details its breaches carry.

    `is_private`: the rule's very name says something about the person (a child's age), so a breach
    is told to the prescriber and never stamped into the record, whatever its severity.
    """

    breaches: RuleFunction
    needs: Mapping[str, ParameterKind] = with_default(default_factory=dict)
    tells: tuple[Detail, ...] = ()
    is_private: bool = False

    @property
    def id(self) -> str:
        """The id in `law.yaml`: the function's name with `-` for `_`."""
        return str(getattr(self.breaches, "__name__", "")).replace("_", "-")


_DAYS: Mapping[str, ParameterKind] = {"days": "number"}
_BY_TREATMENT: Mapping[str, ParameterKind] = {"days": "limits"}
_TYPES: Mapping[str, ParameterKind] = {"types": "names"}
_LIMIT: tuple[Detail, ...] = ("stated", "limit")

RULES: tuple[IssueRule, ...] = (
    IssueRule(code.code_malformed, tells=("reason_vi", "reason_en")),
    IssueRule(code.code_forged, tells=("facility", "named")),
    IssueRule(code.code_type, tells=("letter", "type")),
    IssueRule(code.type_not_in_use, _TYPES, tells=("type",)),
    IssueRule(facility.issuer_not_clinic, {"kinds": "names"}, tells=("facility",)),
    IssueRule(facility.issuer_unlicensed, tells=("facility",)),
    IssueRule(facility.issuer_licence_unknown, tells=("facility",)),
    IssueRule(facility.n_bedless, tells=("facility",)),
    IssueRule(facility.authored_in_future, tells=("skew_minutes",)),
    IssueRule(prescriber.prescriber_unknown),
    IssueRule(prescriber.prescriber_unlicensed),
    IssueRule(prescriber.prescriber_not_at_facility, tells=("facility",)),
    IssueRule(prescriber.prescriber_out_of_scope, {"classes": "names"}, tells=("class",)),
    IssueRule(prescriber.narcotic_signature_missing, {"classes": "names"}, tells=("facility",)),
    IssueRule(patient.patient_not_identified),
    IssueRule(patient.personal_number_malformed),
    IssueRule(patient.personal_number_sex),
    IssueRule(patient.personal_number_birth_year),
    IssueRule(patient.insurance_number_malformed, {"forms": "names"}),
    IssueRule(patient.insurance_number_differs),
    IssueRule(patient.born_after_prescribing),
    IssueRule(patient.child_incomplete, {"months": "number"}, is_private=True),
    IssueRule(patient.child_age_differs, {"tolerance_months": "number"}, is_private=True),
    IssueRule(patient.recipient_not_identified, _TYPES),
    IssueRule(patient.recipient_number_malformed, _TYPES),
    IssueRule(patient.icd_malformed),
    IssueRule(medicines.medicine_unknown),
    IssueRule(medicines.food_supplement, {"forms": "names"}),
    IssueRule(medicines.type_mismatch, {"n": "names", "h": "names"}, tells=("class", "type")),
    IssueRule(medicines.decoction_type, {"units": "names", "forms": "names"}, tells=("type",)),
    IssueRule(medicines.poison_not_first),
    IssueRule(medicines.trade_name_missing),
    IssueRule(medicines.narcotic_words_missing, tells=("words",)),
    IssueRule(medicines.narcotic_words_differ, tells=("words",)),
    IssueRule(medicines.toxic_herb_words_missing, {"classes": "names"}, tells=("words",)),
    IssueRule(medicines.not_vietnamese, {"scripts": "names"}),
    IssueRule(days.days_not_stated, _TYPES),
    IssueRule(days.controlled_days_not_stated, _TYPES),
    IssueRule(days.days_over_maximum, _DAYS, tells=_LIMIT),
    IssueRule(
        days.days_over_limit,
        {"days": "number", "listed_days": "number", "diagnoses": "names"},
        tells=_LIMIT,
    ),
    IssueRule(days.n_over_7d, _DAYS, tells=_LIMIT),
    IssueRule(days.h_over_limit, _BY_TREATMENT, tells=_LIMIT),
    IssueRule(
        days.decoction_over_limit,
        {"days": "limits", "toxic_days": "number", "toxic_classes": "names"},
        tells=_LIMIT,
    ),
    IssueRule(days.traditional_over_limit, _DAYS, tells=_LIMIT),
    IssueRule(batches.batch_order),
    IssueRule(
        batches.n_tranche,
        {
            "acute_days": "number",
            "batches": "number",
            "batch_days": "number",
            "total_days": "number",
            "diagnoses": "names",
        },
    ),
)
