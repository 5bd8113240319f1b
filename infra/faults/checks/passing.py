"""What ended a hold by time alone, for the check of linearizability, which knows calls only.

Ticks are nobody's calls, and claims are not part of its model; but each of them brings the log's
time, and a hold that is over by then is over. Where in the callers' time they lay nobody knows, so
they may lie anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from infra.faults.checks.pairing import OTHER_CONTENT
from infra.faults.checks.records import Told
from infra.faults.history import Call
from services.contracts.submissions import ClaimWithdrawn, PrescriptionClaimed, TimeTicked

UNMODELLED = {one.__name__ for one in (TimeTicked, PrescriptionClaimed, ClaimWithdrawn)}


def passages(calls: Sequence[Call], outcomes: Sequence[Told]) -> list[Call]:
    """A call `tick` for each such record about a prescription of these calls."""
    if not calls:
        return []
    codes = {call.code for call in calls}
    begins = min(call.called_at for call in calls)
    ends = max(call.returned_at or call.called_at for call in calls)
    held: dict[str, datetime] = {}
    found: list[Call] = []
    for one in sorted(outcomes, key=lambda told: (told.outcome.log_partition, _place(told))):
        outcome, code = one.outcome, one.outcome.prescription_code
        is_first = outcome.first_offset == outcome.log_offset and outcome.result != OTHER_CONTENT
        if code not in codes or not is_first:
            continue
        until = held.pop(code, None)
        if outcome.holder is not None and outcome.held_until is not None:
            held[code] = outcome.held_until
        if outcome.submission in UNMODELLED and until is not None and outcome.recorded_at >= until:
            found.append(
                Call(
                    client="log",
                    operation="tick",
                    code=code,
                    key=outcome.outcome_id,
                    called_at=begins,
                    returned_at=ends,
                    outcome="ok",
                    result="passed",
                    recorded_at=outcome.recorded_at.isoformat(),
                )
            )
    return found


def _place(told: Told) -> int:
    return told.outcome.log_offset
