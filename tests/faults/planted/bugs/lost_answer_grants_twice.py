"""Whoever holds a prescription and asks again is granted it anew, with a new end of the hold.

Breaks: one grant per vacancy; a lost answer is told "you hold it already".
Caught by: holds never overlap; verdicts follow from the log; linearizability.
Scenario: a day at the counters.
"""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.submissions import DispensingReserved
from services.registry import judge
from tests.faults.planted.patching import swap


def plant() -> None:
    reserve = judge.RULES[DispensingReserved]

    def granting(state, submission, at):  # type: ignore[no-untyped-def]
        held = state.reservation
        if held is not None and held.pharmacy_id == submission.submitter.facility_id:
            state = replace(state, reservation=None)
        return reserve(state, submission, at)

    swap(judge, "RULES", {**judge.RULES, DispensingReserved: granting})
