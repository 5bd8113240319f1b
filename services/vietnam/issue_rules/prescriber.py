"""Rules about who prescribes. What the directory does not know is said as not known."""

from __future__ import annotations

from collections.abc import Iterator

from services.vietnam.dated_law import Rule
from services.vietnam.issue_rules.case import Breach, IssueCase

_FIELD = "prescriber.person_id"


def prescriber_unknown(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The directory knows the prescriber, and whether they were licensed that day."""
    if case.prescriber_status == "UNKNOWN":
        yield Breach(_FIELD)


def prescriber_unlicensed(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The prescriber's practising licence is valid on the day of prescribing."""
    if case.prescriber_status == "INACTIVE":
        yield Breach(_FIELD)


def prescriber_not_at_facility(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The facility listed the prescriber as one of its own."""
    if case.practitioner is not None and not case.practitioner.practises_here:
        yield Breach(_FIELD, {"facility": case.facility.facility_id})


def prescriber_out_of_scope(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Psychotropics and precursors are prescribed by those whose licence covers them."""
    for name in _not_covered(case, rule):
        yield Breach(_FIELD, {"class": name})


def narcotic_signature_missing(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Narcotics are prescribed by those whose sample signature their facility registered."""
    for _ in _not_covered(case, rule):
        yield Breach(_FIELD, {"facility": case.facility.facility_id})


def _not_covered(case: IssueCase, rule: Rule) -> list[str]:
    """Those of the rule's classes that are prescribed and that a licensed prescriber may not."""
    if case.practitioner is None or case.prescriber_status == "INACTIVE":
        return []
    prescribed = {drug.control_class for drug in case.drugs}
    covered = case.practitioner.scope
    return [name for name in rule.names("classes") if name in prescribed and name not in covered]
