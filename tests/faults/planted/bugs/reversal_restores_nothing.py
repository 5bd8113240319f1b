"""A reversal marks the sale as reversed and leaves the quantities of its lines as they are.

Breaks: what was reversed may be dispensed again.
Caught by: what is told is so; the tables say what the log says; linearizability.
Scenario: a day at the counters.
"""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.submissions import DispenseReversed
from services.registry import judge
from tests.faults.planted.patching import swap


def plant() -> None:
    reverse = judge.RULES[DispenseReversed]

    def restoring_nothing(state, submission, at):  # type: ignore[no-untyped-def]
        judged = reverse(state, submission, at)
        return replace(judged, state=replace(judged.state, lines=state.lines))

    swap(judge, "RULES", {**judge.RULES, DispenseReversed: restoring_nothing})
