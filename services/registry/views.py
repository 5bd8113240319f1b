"""What callers see of a prescription, and who may see it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.contracts.described import described
from services.contracts.outcomes import SubmissionJudged
from services.contracts.terms import plain
from services.registry.judgement.batches import collectable, left_in
from services.registry.prescription import (
    ZERO,
    Batch,
    Claim,
    Dispense,
    Line,
    LineQuantity,
    Prescription,
    settle,
    status,
)

if TYPE_CHECKING:
    from services.kernel.http.tokens import Caller


def may_see(state: Prescription, caller: Caller, at: datetime) -> bool:
    """Whoever has to do with a prescription may see it: its clinic, the pharmacy that holds it or
    dispensed from it, whoever claimed on it, and regulators. `state` is settled at `at`."""
    if caller.role in ("regulator", "service"):
        return True
    if caller.role == "clinic":
        return state.issued is not None and state.issued.practice_id == caller.facility
    if caller.role == "pharmacy":
        return holds(state, caller, at) or any(
            dispense.pharmacy_id == caller.facility for dispense in state.dispenses
        )
    if caller.role == "payer":
        return any(caller.facility in (c.facility_id, c.payer_id) for c in state.claims)
    return False


def holds(state: Prescription, caller: Caller, at: datetime) -> bool:
    """Whether the caller's pharmacy holds the reservation at `at`."""
    held = settle(state, at).reservation
    return held is not None and held.pharmacy_id == caller.facility


def may_see_person(state: Prescription, caller: Caller, at: datetime) -> bool:
    """Personal fields are for the clinic that wrote them and the pharmacy that serves now."""
    if caller.role == "clinic":
        return state.issued is not None and state.issued.practice_id == caller.facility
    return caller.role == "pharmacy" and holds(state, caller, at)


def prescription_view(state: Prescription, at: datetime) -> dict[str, Any]:
    """A prescription at a moment: `state` is settled at `at`."""
    issued, held, cancellation = state.issued, state.reservation, state.cancellation
    return {
        "prescription_code": state.code,
        "as_of": at,
        "status": status(state, at),
        "issued_at": issued.issued_at if issued else None,
        "valid_from": issued.valid_from if issued else None,
        "valid_until": issued.valid_until if issued else None,
        "practice_id": issued.practice_id if issued else None,
        "prescriber_id": issued.prescriber_id if issued else None,
        "patient_ref": issued.patient_ref if issued else None,
        "treatment": issued.treatment.lower() if issued else None,
        "replaces": issued.replaces if issued else None,
        "replaced_by": cancellation.replaced_by if cancellation else None,
        "findings": issued.findings if issued else (),
        "cancellation": _cancellation(state),
        "reservation": held
        and {
            "pharmacy_id": held.pharmacy_id,
            "since": held.since,
            "until": held.until,
            "owing": held.owing,
        },
        "lines": [_line(state, line, at) for line in state.lines],
        "batches": [_batch(state, batch, at) for batch in state.batches],
        "dispenses": [_dispense(dispense) for dispense in state.dispenses],
        "claims": [_claim(claim) for claim in state.claims],
    }


def line_status(state: Prescription, line: Line, at: datetime) -> str:
    """One word for a line, in the terms of NHS EPS; `state` is settled at `at`."""
    if line.remaining == ZERO:
        return "fully-dispensed"
    whole = status(state, at)
    if whole in ("cancelled", "replaced"):
        return "cancelled"
    if whole == "expired":
        return "expired"
    if state.reservation is not None and state.reservation.owing:
        return "owing"
    return "partly-dispensed" if line.dispensed > ZERO else "to-be-dispensed"


def _line(state: Prescription, line: Line, at: datetime) -> dict[str, Any]:
    now = collectable(state, line, at)
    return {
        "line": line.line,
        "status": line_status(state, line, at),
        "drug_code": line.drug.code,
        "drug_name": line.drug.name,
        "ingredients": line.drug.ingredients,
        "control_class": line.drug.control_class.lower(),
        "unit": line.unit,
        "quantity": plain(line.quantity),
        "dispensed": plain(line.dispensed),
        "remaining": plain(line.remaining),
        "collectable": None if now is None else plain(now),
        "claimed": plain(line.claimed),
        "days_supply": line.days_supply,
    }


def _batch(state: Prescription, batch: Batch, at: datetime) -> dict[str, Any]:
    return {
        "number": batch.number,
        "opens_at": batch.opens_at,
        "closes_at": batch.closes_at,
        "open": batch.opens_at <= at < batch.closes_at,
        "lines": [
            {
                "line": share.line,
                "quantity": plain(share.quantity),
                "left": plain(left_in(state, batch, share.line)),
            }
            for share in batch.shares
        ],
    }


def _dispense(dispense: Dispense) -> dict[str, Any]:
    return {
        "event_id": dispense.event_id,
        "pharmacy_id": dispense.pharmacy_id,
        "receipt_number": dispense.receipt_number,
        "occurred_at": dispense.occurred_at,
        "lines": [_quantity(part) for part in dispense.lines],
        "findings": dispense.findings,
        "provisional_until": dispense.provisional_until,
        "reversed": not dispense.counts,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    withdrawn = claim.withdrawn_by is not None
    return {
        "claim_id": claim.claim_id,
        "facility_id": claim.facility_id,
        "payer_id": claim.payer_id,
        "lines": [_quantity(part) for part in claim.lines],
        "standing": "withdrawn" if withdrawn else claim.standing,
        "pending_until": claim.pending_until,
        "remarks": claim.advice,
        "withdrawn": withdrawn,
    }


def _quantity(part: LineQuantity) -> dict[str, Any]:
    told: dict[str, Any] = {"line": part.line, "quantity": plain(part.quantity)}
    return told if part.batch is None else {**told, "batch": part.batch}


def _cancellation(state: Prescription) -> dict[str, Any] | None:
    cancellation = state.cancellation
    if cancellation is None:
        return None
    return {
        "reason": cancellation.reason,
        "recorded_at": cancellation.recorded_at,
        "applied_at": cancellation.applied_at,
        "pending": cancellation.applied_at is None,
    }


def record_view(outcome: SubmissionJudged) -> dict[str, Any]:
    """One record of a prescription's history: what was submitted by whom, what became of it."""
    return {
        **described(outcome),
        "facility_id": outcome.facility_id,
        "position": {"partition": outcome.log_partition, "offset": outcome.log_offset},
        "recorded_at": outcome.recorded_at,
        "is_repeat": outcome.first_offset != outcome.log_offset,
    }
