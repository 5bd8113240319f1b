"""What an alert of each rule says to people: its sentence, its limits, what it does not mean.

Surveillance finds, oversight tells: the words both need stand here, in Vietnamese and in English.
To add a rule, add its entry to the file of its subject and a label for each of its figures to
`figures.py`; tests hold both to `services/surveillance/rules`.
"""

from __future__ import annotations

from services.contracts.rule_texts.exemptions import EXEMPTIONS, SUPPRESSED
from services.contracts.rule_texts.figures import FIGURES
from services.contracts.rule_texts.opioids import OPIOIDS
from services.contracts.rule_texts.patient import PATIENT
from services.contracts.rule_texts.pharmacy import PHARMACY
from services.contracts.rule_texts.prescriber import PRESCRIBER
from services.contracts.rule_texts.words import Both, Comparison, Measure, RuleText
from services.contracts.terms import Severity

__all__ = [
    "EXEMPTIONS",
    "FIGURES",
    "INDICATION",
    "RULE_TEXTS",
    "SEVERITIES",
    "SUPPRESSED",
    "Both",
    "Comparison",
    "Measure",
    "RuleText",
]

INDICATION = Both(
    "Đây là dấu hiệu để xem xét, không phải kết luận: nó không chặn việc gì và không chứng minh "
    "điều gì về ai.",
    "This is an indication, a reason to look, not a verdict: it blocks nothing and proves nothing "
    "about anybody.",
)

SEVERITIES: dict[Severity, Both] = {
    "UNKNOWN": Both("Chưa rõ mức độ.", "Severity not known."),
    "S1": Both("Dừng ngay tại quầy.", "Stop at the counter."),
    "S2": Both("Xem xét trong ngày.", "Review on the same day."),
    "S3": Both("Xem xét trong tuần.", "Review within the week."),
    "S4": Both("Chỉ để thống kê.", "Statistics only."),
}

RULE_TEXTS: dict[str, RuleText] = {**PATIENT, **OPIOIDS, **PRESCRIBER, **PHARMACY}
