"""A claim is payable when the prescription exists; what was handed over is not looked at.

Breaks: no more is payable than was dispensed, and only once.
Caught by: quantities add up.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.registry.judgement import claiming
from tests.faults.planted.patching import swap


def plant() -> None:
    swap(claiming, "objections", lambda _state, _claim: iter(()))
