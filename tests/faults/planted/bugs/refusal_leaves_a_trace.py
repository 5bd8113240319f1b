"""A refused release takes the hold from the pharmacy that has it, before it looks whose it is.

Breaks: a refused record changes no state.
Caught by: what is told is so; the tables say what the log says; linearizability.
Scenario: a day at the counters.
"""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.submissions import ReservationReleased
from services.registry import judge
from tests.faults.planted.patching import swap


def plant() -> None:
    release = judge.RULES[ReservationReleased]

    def releasing(state, submission, at):  # type: ignore[no-untyped-def]
        judged = release(state, submission, at)
        return replace(judged, state=replace(judged.state, reservation=None))

    swap(judge, "RULES", {**judge.RULES, ReservationReleased: releasing})
