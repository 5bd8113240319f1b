"""Rules about the prescription code."""

from __future__ import annotations

from collections.abc import Iterator

from services.vietnam.dated_law import Rule
from services.vietnam.issue_rules.case import Breach, IssueCase
from services.vietnam.prescription_code import MalformedCodeError, PrescriptionCode, parse

_FIELD = "prescription_code"


def code_malformed(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """A code that is given has the 14 characters xxxxxyyyyyyy-z."""
    if case.draft.prescription_code is None:
        return
    try:
        parse(case.draft.prescription_code)
    except MalformedCodeError as malformed:
        yield Breach(_FIELD, {"reason_vi": malformed.message_vi, "reason_en": malformed.message_en})


def code_forged(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The facility part of the code is the issuing facility."""
    code = _code(case)
    if code is not None and not code.belongs_to(case.facility.facility_id):
        yield Breach(_FIELD, {"facility": case.facility.facility_id, "named": code.facility})


def code_type(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The last letter of the code is the type of the prescription."""
    code = _code(case)
    if code is not None and code.type != case.draft.prescription_type:
        yield Breach(_FIELD, {"letter": code.type, "type": case.draft.prescription_type})


def type_not_in_use(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """The type is one that the law of the day knew."""
    if case.draft.prescription_type not in rule.names("types"):
        yield Breach("prescription_type", {"type": case.draft.prescription_type})


def _code(case: IssueCase) -> PrescriptionCode | None:
    try:
        return parse(case.draft.prescription_code or "")
    except MalformedCodeError:
        return None
