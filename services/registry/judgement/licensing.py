"""Who may handle what: what the directory said of a facility or a prescriber on that day.

The writer looks it up and stamps it. UNKNOWN and an empty list prove nothing: nobody is held back
by a directory that does not know them. NĐ 163/2025/NĐ-CP; Law 15/2023/QH15 for prescribers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.contracts.submissions import DispensedLine, PrescriptionIssued
from services.contracts.terms import Reason, Submitter
from services.registry.prescription import Line


def pharmacy_breaches(
    submitter: Submitter, lines: Iterable[Line | DispensedLine]
) -> Iterator[Reason]:
    """Why a pharmacy may not hand these medicines over, if it may not.

    A refusal when it asks for a reservation, findings when it did hand over. A reservation is one
    for the whole prescription, so one medicine it may not handle is enough.
    """
    if submitter.licence_status == "INACTIVE":
        yield Reason(code="pharmacy-unlicensed")
    permitted = submitter.permitted_classes
    for line in lines:
        control_class = line.drug.control_class
        if permitted and control_class != "UNKNOWN" and control_class not in permitted:
            details = {"control_class": control_class.lower()}
            yield Reason(code="class-not-permitted", line=line.line, details=details)


def issue_findings(submission: PrescriptionIssued) -> Iterator[Reason]:
    """What does not stop a prescription but is told: its writer's findings against the law (their
    codes are rules of the law), and a prescriber whose licence was not active."""
    yield from submission.findings
    if submission.prescriber_status == "INACTIVE":
        yield Reason(code="prescriber-unlicensed")
