"""A reservation looks whether the prescription is valid, not whether somebody holds it.

Breaks: at most one pharmacy holds a prescription.
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
        return reserve(replace(state, reservation=None), submission, at)

    swap(judge, "RULES", {**judge.RULES, DispensingReserved: granting})
