"""Rules about the place that issues, and when."""

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
    if case.facility.licence_status(case.day) == "INACTIVE":
        yield Breach("authored_on", {"facility": case.facility.facility_id})


def issuer_licence_unknown(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """The directory says whether the facility was licensed that day."""
    if case.facility.licence_status(case.day) == "UNKNOWN":
        yield Breach("authored_on", {"facility": case.facility.facility_id})


def n_bedless(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """Narcotics are prescribed only by facilities with inpatient beds."""
    if case.draft.prescription_type == "n" and not case.facility.has_beds:
        yield Breach("prescription_type", {"facility": case.facility.facility_id})


def authored_in_future(case: IssueCase, _rule: Rule) -> Iterator[Breach]:
    """A prescription is not dated later than it is received, clocks' error aside."""
    skew_minutes = case.law.clock_skew_minutes
    if case.draft.authored_on > case.received_at + timedelta(minutes=skew_minutes):
        yield Breach("authored_on", {"skew_minutes": skew_minutes})
