"""A release frees the prescription and does not look for a cancellation that waited for it.

Breaks: a cancellation that was told as pending applies when the pharmacy lets go.
Caught by: verdicts follow from the log; what is told is so; linearizability.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.registry.judgement import reserving
from tests.faults.planted.patching import swap


def plant() -> None:
    swap(reserving, "apply_pending", lambda state, _at: state)
