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
    who, place = case.practitioner, case.facility.facility_id
    if who is not None and not who.practises_at(place, case.day):
        yield Breach(_FIELD, {"facility": place})


def prescriber_out_of_scope(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Controlled medicines are not prescribed by those whose whole scope excludes them."""
    scope = set() if case.practitioner is None else set(case.practitioner.scope(case.day))
    if scope and scope <= set(rule.names("scopes")):
        for name in _classes(case, rule):
            yield Breach(_FIELD, {"class": name})


def narcotic_signature_missing(case: IssueCase, rule: Rule) -> Iterator[Breach]:
    """Narcotics are prescribed by those whose sample signature their facility registered."""
    who, place = case.practitioner, case.facility.facility_id
    if who is not None and not who.signs_narcotics(place, case.day):
        for _ in _classes(case, rule):
            yield Breach(_FIELD, {"facility": place})


def _classes(case: IssueCase, rule: Rule) -> list[str]:
    """Those of the rule's classes that are prescribed."""
    prescribed = {drug.control_class for drug in case.drugs}
    return [name for name in rule.names("classes") if name in prescribed]
