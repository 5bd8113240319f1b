"""What surveillance is told of a prescription or a dispense."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.contracts.facts import FactLine, FactRecorded
from services.contracts.submissions import PrescriptionDispensed, PrescriptionIssued
from services.contracts.terms import FactKind
from services.registry.prescription import Issued


def fact(
    kind: FactKind,
    issued: Issued,
    submission: PrescriptionIssued | PrescriptionDispensed,
    at: datetime,
    **more: Any,
) -> FactRecorded:
    """A fact about the patient of `issued`; `more` are the fields that only this kind has."""
    return FactRecorded(
        fact_id=submission.event_id,
        kind=kind,
        patient_ref=issued.patient_ref,
        prescription_code=submission.prescription_code,
        occurred_at=submission.occurred_at,
        recorded_at=at,
        prescriber_id=issued.prescriber_id,
        practice_id=issued.practice_id,
        practice_province=issued.practice_province,
        practice_latitude=issued.practice_latitude,
        practice_longitude=issued.practice_longitude,
        treatment=issued.treatment,
        lines=tuple(
            FactLine(
                line=line.line,
                drug=line.drug,
                quantity=line.quantity,
                days_supply=line.days_supply,
            )
            for line in submission.lines
        ),
        **more,
    )
