"""Random submissions about few prescriptions, by few facilities, so that they meet often."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from services.contracts.submissions import Submission
from tests.builders import (
    CLINIC,
    CODE,
    OTHER_CLINIC,
    OTHER_PHARMACY,
    PHARMACY,
    at,
    cancelled,
    claimed,
    dispensed,
    given_out,
    issued,
    line,
    released,
    reserved,
    reversed_,
    withdrawn,
)
from tests.dsl import Step

OTHER_CODE = "01001a1b2c3d-c"
codes = st.sampled_from([CODE, CODE, CODE, OTHER_CODE])
clinics = st.sampled_from([CLINIC, CLINIC, OTHER_CLINIC])
pharmacies = st.sampled_from([PHARMACY, OTHER_PHARMACY])
numbers = st.sampled_from([1, 1, 2, 3])
quantities = st.sampled_from([Decimal("0.5"), 5, 10, 20])
event_ids = st.sampled_from([f"sent-{n}" for n in range(8)] + [None] * 16)


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    """One submission of any kind; some share an event id, with the same content or another."""
    kind = draw(st.sampled_from([*sorted(KINDS), *OFTEN]))
    envelope: dict[str, Any] = {"code": draw(codes), "event_id": draw(event_ids)}
    envelope["content"] = draw(st.sampled_from(["one", "other"]))
    return KINDS[kind](draw, envelope)


def _issued(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    lines = [line(number, float(draw(quantities))) for number in range(1, draw(numbers) + 1)]
    return issued(
        *lines,
        clinic=draw(clinics),
        valid_from=at(draw(st.sampled_from([0, 0, 0, 40]))),
        valid_until=at(draw(st.sampled_from([60, 600, 6000]))),
        **envelope,
    )


def _dispensed(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    lines = [
        given_out(draw(numbers), float(draw(quantities)))
        for _ in range(draw(st.integers(min_value=1, max_value=2)))
    ]
    return dispensed(
        *lines,
        pharmacy=draw(pharmacies),
        release_reservation=draw(st.booleans()),
        occurred_at=at(draw(st.sampled_from([-10, 0, 30, 700]))),
        **envelope,
    )


def _cancelled(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    replaced_by = draw(st.sampled_from([None, None, None, OTHER_CODE, "01001zzzzzzz-c"]))
    return cancelled(clinic=draw(clinics), replaced_by=replaced_by, **envelope)


def _reserved(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    hold_minutes = draw(st.sampled_from([3, 30]))
    return reserved(draw(pharmacies), hold_minutes=hold_minutes, **envelope)


def _released(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    return released(draw(pharmacies), **envelope)


def _reversed(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    named = draw(st.sampled_from([None, None, *(f"sent-{n}" for n in range(8))]))
    return reversed_(pharmacy=draw(pharmacies), dispense=named, **envelope)


def _claimed(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    return claimed(
        draw(numbers),
        float(draw(quantities)),
        by_facility=draw(pharmacies),
        role=draw(st.sampled_from(["pharmacy", "pharmacy", "payer"])),
        claim_id=draw(st.sampled_from(["claim-1", "claim-2", "claim-3"])),
        **envelope,
    )


def _withdrawn(draw: st.DrawFn, envelope: dict[str, Any]) -> Submission:
    return withdrawn(
        by_facility=draw(pharmacies),
        claim_id=draw(st.sampled_from(["claim-1", "claim-2", "claim-3"])),
        **envelope,
    )


KINDS = {
    "issue": _issued,
    "cancel": _cancelled,
    "reserve": _reserved,
    "release": _released,
    "dispense": _dispensed,
    "reverse": _reversed,
    "claim": _claimed,
    "withdraw": _withdrawn,
}


OFTEN = ("reserve", "reserve", "dispense", "claim", "cancel")


@st.composite
def lives(draw: st.DrawFn) -> list[Step]:
    """A log: submissions with the minutes of log time between them, short and long."""
    minute = 0.0
    begun = issued(line(1), line(2, 5), clinic=CLINIC, valid_until=at(6000))
    steps: list[Step] = [(minute, begun)] if draw(st.integers(0, 4)) else []
    for submission in draw(st.lists(submissions(), min_size=1, max_size=40)):
        minute += draw(st.sampled_from([0, 1, 1, 1, 5, 50]))
        steps.append((minute, submission))
    return steps
