"""All rules in one list, and the check of a draft against those in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.terms import Drug, Severity
from services.vietnam.dated_law import LawInForce, Rule
from services.vietnam.directory import Facility
from services.vietnam.draft import PrescriptionDraft
from services.vietnam.issue_rules import batches, code, days, facility, medicines, patient
from services.vietnam.issue_rules.case import Breach, IssueCase, RuleFunction
from services.vietnam.treatment import treatment_basis

RULES: tuple[RuleFunction, ...] = (
    code.code_malformed,
    code.code_forged,
    code.code_type,
    facility.issuer_not_clinic,
    facility.issuer_unlicensed,
    facility.n_bedless,
    facility.authored_in_future,
    patient.patient_not_identified,
    patient.personal_number_malformed,
    patient.personal_number_sex,
    patient.personal_number_birth_year,
    patient.insurance_number_malformed,
    patient.born_after_prescribing,
    patient.child_incomplete,
    patient.child_age_differs,
    patient.recipient_not_identified,
    patient.icd_malformed,
    medicines.type_mismatch,
    medicines.decoction_type,
    medicines.poison_not_first,
    medicines.narcotic_words_missing,
    medicines.narcotic_words_differ,
    days.days_not_stated,
    days.controlled_days_not_stated,
    days.days_over_maximum,
    days.days_over_limit,
    days.n_over_7d,
    days.h_over_limit,
    days.decoction_over_limit,
    days.traditional_over_limit,
    batches.batch_order,
    batches.n_tranche,
)


@dataclass(frozen=True)
class Violation:
    """One breach of one rule, told to the prescriber; it holds nothing personal.

    `field` is the path in the draft, such as `lines[0].days_supply`.
    """

    field: str
    rule: str
    source: str
    message_vi: str
    message_en: str
    severity: Severity

    @property
    def refuses(self) -> bool:
        """Whether the prescription may not be issued: only exact breaches of law (S1) refuse."""
        return self.severity == "S1"


def check_issue(
    draft: PrescriptionDraft,
    drugs: Sequence[Drug],
    facility: Facility,
    law: LawInForce,
    received_at: datetime,
) -> list[Violation]:
    """Every breach of the law in force, in the order of `RULES` and of the lines.

    `drugs` are the catalogue's answers for `draft.lines`, one each; `facility` is the issuing one;
    `received_at` is when the draft came in. No rule refuses a draft for being old. Raises
    ValueError when the drugs do not match the lines.
    """
    if len(drugs) != len(draft.lines):
        raise ValueError(f"give one drug per line: {len(draft.lines)}, not {len(drugs)}")
    case = IssueCase(draft, drugs, facility, law, received_at, treatment_basis(draft, law))
    return list(_violations(case))


def rule_id(function: RuleFunction) -> str:
    """The id in `law.yaml` of the rule a function finds breaches of."""
    return str(getattr(function, "__name__", "")).replace("_", "-")


def _violations(case: IssueCase) -> Iterator[Violation]:
    for function in RULES:
        rule = case.law.rule(rule_id(function))
        if rule is not None:
            for breach in function(case, rule):
                yield _told(rule, breach)


def _told(rule: Rule, breach: Breach) -> Violation:
    message = rule.message.filled({**rule.parameters, **breach.values})
    return Violation(breach.field, rule.id, rule.source, message.vi, message.en, rule.severity)
