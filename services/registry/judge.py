"""The judge: `judge(state, submission, at) -> Judgement`, a pure function of the log.

`tick(state, at)` is its other half: what happens when log time passes and nobody submits anything.

`at` is the record's append time, set by the broker. There is no clock, no randomness and no I/O
in it, so a restarted worker, a zombie and a rebuild from offset 0 reach the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from services.contracts.facts import FactWithdrawn
from services.contracts.submissions import (
    ClaimWithdrawn,
    DispenseReversed,
    DispensingReserved,
    PrescriptionCancelled,
    PrescriptionClaimed,
    PrescriptionDispensed,
    PrescriptionIssued,
    ReservationReleased,
    Submission,
)
from services.registry.judgement.cancelling import cancel
from services.registry.judgement.claiming import claim, withdraw
from services.registry.judgement.dispensing import dispense
from services.registry.judgement.issuing import issue
from services.registry.judgement.judgement import Judgement
from services.registry.judgement.reserving import release, reserve
from services.registry.judgement.reversing import reverse
from services.registry.judgement.timing import pass_time
from services.registry.prescription import Prescription, settle

RULES: dict[type[Submission], Callable[[Prescription, Any, datetime], Judgement]] = {
    PrescriptionIssued: issue,
    PrescriptionCancelled: cancel,
    DispensingReserved: reserve,
    ReservationReleased: release,
    PrescriptionDispensed: dispense,
    DispenseReversed: reverse,
    PrescriptionClaimed: claim,
    ClaimWithdrawn: withdraw,
}


def judge(state: Prescription, submission: Submission, at: datetime) -> Judgement:
    """Judge one submission against everything the log held before it."""
    settled = settle(state, at)
    judged = RULES[type(submission)](settled, submission, at)
    return _with_withdrawn_facts(state, judged, at)


def tick(state: Prescription, at: datetime) -> Judgement | None:
    """What a tick at log time `at` brings about; None when nothing was due."""
    judged = pass_time(state, at)
    return None if judged is None else _with_withdrawn_facts(state, judged, at)


def _with_withdrawn_facts(before: Prescription, judged: Judgement, at: datetime) -> Judgement:
    withdrawn = _withdrawn_by_cancellation(before, judged.state, at)
    return replace(judged, facts=(*judged.facts, *withdrawn)) if withdrawn else judged


def _withdrawn_by_cancellation(
    before: Prescription, after: Prescription, at: datetime
) -> tuple[FactWithdrawn, ...]:
    """A prescription that was never dispensed and is cancelled now was, for surveillance, never
    written. Found by comparison, because a cancellation may apply by a lapse or a release."""
    cancellation = after.cancellation
    if before.issued is None or before.is_cancelled or not after.is_cancelled:
        return ()
    if after.is_dispensed_at_all or cancellation is None:
        return ()
    return (
        FactWithdrawn(
            fact_id=before.issued.event_id,
            patient_ref=before.issued.patient_ref,
            prescription_code=after.code,
            cause_event_id=cancellation.event_id,
            occurred_at=cancellation.recorded_at,
            recorded_at=at,
        ),
    )
