"""Each record of a batch is judged against the states that were loaded when the batch began.

Breaks: where a fetch begins and ends changes no verdict.
Caught by: verdicts follow from the log; what is told is so.
Scenario: all in one fetch.
"""

from __future__ import annotations

from services.registry import folder
from services.registry.fold import Folded
from tests.faults.planted.patching import swap


def plant() -> None:
    fold = folder.fold

    def unaware(states, earlier, entries):  # type: ignore[no-untyped-def]
        folded = Folded()
        for entry in entries:
            one = fold(states, earlier, [entry])
            folded.states.update(one.states)
            folded.judged.extend(one.judged)
            folded.facts.extend(one.facts)
            folded.unreadable.extend(one.unreadable)
        return folded

    swap(folder, "fold", unaware)
