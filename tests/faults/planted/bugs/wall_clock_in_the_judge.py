"""The judge asks the clock of its machine what time it is, not the record.

Breaks: verdicts follow from the log alone, whenever and wherever it is read.
Caught by: verdicts follow from the log; linearizability.
Scenario: log time passes.
"""

from __future__ import annotations

from services.kernel.clock import now
from services.registry import fold
from tests.faults.planted.patching import swap


def plant() -> None:
    judge = fold.judge
    swap(fold, "judge", lambda state, submission, _at: judge(state, submission, now()))
