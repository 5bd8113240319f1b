"""Rules about who issues, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.vietnam.dated_law import Rule
from services.vietnam.issue_rules.case import Breach, IssueCase


def issuer_not_clinic(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Only a place of medical examination and treatment prescribes."""
    if case.facility.kind not in rule.names("kinds"):
        yield Breach("prescriber", {"facility": case.facility.facility_id})


def issuer_unlicensed(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The facility's licence is valid on the day of prescribing."""
    if not case.facility.is_licensed(case.day):
        yield Breach("authored_on", {"facility": case.facility.facility_id})


def n_bedless(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """Narcotics are prescribed only by facilities with inpatient beds."""
    if case.draft.prescription_type == "n" and not case.facility.has_beds:
        yield Breach("prescription_type", {"facility": case.facility.facility_id})


def authored_in_future(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """A prescription is not dated later than it is received, clocks' error aside."""
    latest = case.received_at + timedelta(minutes=rule.number("skew_minutes"))
    if case.draft.authored_on > latest:
        yield Breach("authored_on")
