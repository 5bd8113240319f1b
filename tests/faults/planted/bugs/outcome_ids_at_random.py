"""An outcome gets a fresh id each time it is made, so one that is sent again is another one.

Breaks: results sent twice are the same results.
Caught by: one outcome per record.
Scenario: a day at the counters.
"""

from __future__ import annotations

from services.kernel.clock import new_uuid
from services.registry import fold
from tests.faults.planted.patching import swap


def plant() -> None:
    swap(fold, "_outcome_id", lambda _record: str(new_uuid()))
