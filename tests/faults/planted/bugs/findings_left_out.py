"""More than what remained is handed over, and nothing is noted of it.

Breaks: the sum of what was dispensed stays within what was prescribed, or a finding is on record.
Caught by: quantities add up.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.registry.judgement import dispensing
from tests.faults.planted.patching import swap


def plant() -> None:
    swap(dispensing, "findings_on_lines", lambda _state, _submission, _taken: iter(()))
