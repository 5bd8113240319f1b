"""The law of prescriptions in Vietnam: load it, ask what is in force, check a draft against it.

    law = Law.load(LAW_FILE).at(draft.authored_on)
    violations = check_issue(IssueCase(draft, drugs, facility, practitioner, law, received_at))
    valid_from, valid_until = validity(draft, law)

The numbers and texts are in `law.yaml`; the rules are in `issue_rules/`, one small function each.
What TT 26/2025 asks for and a draft cannot carry, so that nothing here checks it: the facility's
address and phone and the prescriber's signature (Art 6, 10), dose, frequency, route and time of
day as separate values (they are one text, `dosage_instruction`), the leading zero of quantities
below ten and the three stamped copies (both on paper, Art 6.7, 7.1, 9.1), the commitment and the
commune's confirmation (Annexes IV and V), one prescription per visit (Art 4.2), whether a medicine
is a biological one. Sending late is seen on the record itself: its time against the log's.
"""

from services.vietnam.dated_law import (
    LOCAL_TIME,
    DiagnosisGroup,
    LawError,
    LawInForce,
    Policy,
    Rule,
    local_day,
)
from services.vietnam.issue_rules.case import IssueCase, IssuingFacility, Practitioner
from services.vietnam.issue_rules.checking import Violation, check_issue, findings
from services.vietnam.law_text import LAW_FILE, Law
from services.vietnam.treatment import is_batched_narcotic, treatment_basis, validity, windows

__all__ = [
    "LAW_FILE",
    "LOCAL_TIME",
    "DiagnosisGroup",
    "IssueCase",
    "IssuingFacility",
    "Law",
    "LawError",
    "LawInForce",
    "Policy",
    "Practitioner",
    "Rule",
    "Violation",
    "check_issue",
    "findings",
    "is_batched_narcotic",
    "local_day",
    "treatment_basis",
    "validity",
    "windows",
]
