"""A hold ends when it is given back, and never by itself.

Breaks: a hold lapses by log time, so that nobody can keep a prescription from its patient.
Caught by: verdicts follow from the log; what is told is so; linearizability.
Scenario: log time passes.
"""

from __future__ import annotations

from services.registry import judge
from tests.faults.planted.patching import swap


def plant() -> None:
    swap(judge, "settle", lambda state, _at: state)
