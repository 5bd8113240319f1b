"""Reverse: a pharmacy takes a recorded dispense back, and its quantities are to be dispensed again.

The medicines came back or the entry was wrong. What a payable claim rests on stays until the claim
is withdrawn.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from services.contracts.facts import FactWithdrawn
from services.contracts.submissions import DispenseReversed
from services.registry.judgement.claim_matching import is_a_claim_left_uncovered
from services.registry.judgement.judgement import Judgement, accepted, refused
from services.registry.judgement.ledger import add_quantities
from services.registry.prescription import Dispense, Prescription, apply_pending


def reverse(state: Prescription, submission: DispenseReversed, at: datetime) -> Judgement:
    """Take back a named dispense of this pharmacy, or its last one.

    A cancellation that came too late, because everything was handed over, applies now.
    """
    entry = _named(state, submission)
    if entry is None:
        return refused(state, "no-such-dispense")
    if entry.reversed_by is not None:
        return accepted(state, "already-reversed")
    taken_back = _without(state, entry, submission)
    if is_a_claim_left_uncovered(state, taken_back):
        return refused(state, "claimed-already")
    was_matched = all(waiting.event_id != entry.event_id for waiting in state.unmatched)
    if state.issued is None or not was_matched:
        return accepted(taken_back, "reversed")
    withdrawn = FactWithdrawn(
        fact_id=entry.event_id,
        patient_ref=state.issued.patient_ref,
        prescription_code=state.code,
        cause_event_id=submission.event_id,
        occurred_at=submission.occurred_at,
        recorded_at=at,
    )
    return accepted(apply_pending(taken_back, at), "reversed", withdrawn)


def _named(state: Prescription, submission: DispenseReversed) -> Dispense | None:
    """The dispense that is meant; a repeat of a sale stands for the sale."""
    pharmacy_id = submission.submitter.facility_id
    mine = [entry for entry in state.dispenses if entry.pharmacy_id == pharmacy_id]
    name = submission.dispense_event_id
    if name is None:
        return next((entry for entry in reversed(mine) if entry.counts), None)
    return next(
        (entry for entry in mine if name == entry.event_id or name in entry.also_sent_as), None
    )


def _without(state: Prescription, entry: Dispense, submission: DispenseReversed) -> Prescription:
    undone = replace(entry, reversed_by=submission.event_id, provisional_until=None)
    return replace(
        state,
        lines=add_quantities(state.lines, entry.lines, field="dispensed", sign=-1),
        dispenses=tuple(
            undone if one.event_id == entry.event_id else one for one in state.dispenses
        ),
        unmatched=tuple(one for one in state.unmatched if one.event_id != entry.event_id),
    )
