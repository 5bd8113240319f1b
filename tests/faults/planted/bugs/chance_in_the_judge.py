"""Holds end some seconds later or earlier, by chance, so that they do not all end at once.

Breaks: a rebuild from the log reaches the same verdicts.
Caught by: a rebuild agrees; what is told is so.
Scenario: all in one fetch.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from services.contracts.submissions import DispensingReserved
from services.kernel.clock import random_bytes
from services.registry import judge
from tests.faults.planted.patching import swap


def plant() -> None:
    reserve = judge.RULES[DispensingReserved]

    def by_chance(state, submission, at):  # type: ignore[no-untyped-def]
        judged = reserve(state, submission, at)
        held = judged.state.reservation
        if judged.result != "granted" or held is None:
            return judged
        later = held.until + timedelta(seconds=random_bytes(1)[0])
        return replace(judged, state=replace(judged.state, reservation=replace(held, until=later)))

    swap(judge, "RULES", {**judge.RULES, DispensingReserved: by_chance})
