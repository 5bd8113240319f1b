"""Which facilities have to do with a prescription, and with one record of it. Pure.

A facility follows what it has to do with: a clinic the prescriptions it issued, a pharmacy those it
holds or dispensed from, a payer those claimed from it. A record concerns whoever had to do with the
prescription before it or has after it, so that the one who loses a prescription learns of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import (
    PrescriptionClaimed,
    PrescriptionDispensed,
    PrescriptionIssued,
    Submission,
    TimeTicked,
)
from services.registry.prescription import Prescription

Book = Literal["issued", "dispensed", "claimed"]
"""What a facility did, or what was sent to it, day by day: a clinic's prescriptions, a pharmacy's
dispenses, the claims sent to a payer."""

BOOKS: dict[str, Book] = {"clinic": "issued", "pharmacy": "dispensed", "payer": "claimed"}
"""The book of each role."""


class Concern(NamedTuple):
    """A facility has to do with a record; `book` when it is an entry of one of its day books,
    under the moment `booked_at`."""

    facility_id: str
    book: Book | None = None
    booked_at: datetime | None = None


def parties(state: Prescription) -> frozenset[str]:
    """The facilities that have to do with a prescription as it stands."""
    return frozenset(_parties(state))


def _parties(state: Prescription) -> Iterable[str]:
    if state.issued is not None:
        yield state.issued.practice_id
    if state.reservation is not None:
        yield state.reservation.pharmacy_id
    for dispense in state.dispenses:
        yield dispense.pharmacy_id
    for unmatched in state.unmatched:
        yield unmatched.submitter.facility_id
    for claim in state.claims:
        yield claim.facility_id
        yield claim.payer_id


def concerns(
    submission: Submission | TimeTicked | None,
    outcome: SubmissionJudged,
    parties_then: Iterable[str],
) -> list[Concern]:
    """Whom one judged record concerns, in the order of their identifiers.

    `parties_then` are those of the prescription before and after it. Whoever submitted it is
    concerned whatever became of it; a record that cannot be read counts as never sent.
    """
    if submission is None:
        return []
    facilities = set(parties_then)
    booked: Concern | None = None
    if isinstance(submission, Submission):
        facilities.add(submission.submitter.facility_id)
        booked = _booked(submission, outcome)
    if booked is not None:
        facilities.discard(booked.facility_id)
    plain = [Concern(facility) for facility in facilities]
    return sorted([*plain, booked] if booked else plain, key=lambda one: one.facility_id)


def _booked(submission: Submission, outcome: SubmissionJudged) -> Concern | None:
    """The entry of a day book that a record is: under the day the submitter says it happened."""
    if outcome.first_offset != outcome.log_offset:  # a repeat is booked already
        return None
    at, facility = submission.occurred_at, submission.submitter.facility_id
    match submission:
        case PrescriptionIssued() if outcome.verdict == "ACCEPTED":
            return Concern(facility, "issued", at)
        case PrescriptionDispensed() if outcome.verdict == "RECORDED":
            return Concern(facility, "dispensed", at)
        case PrescriptionClaimed():
            return Concern(submission.payer_id, "claimed", at)
    return None
