"""From a clinic's request to the submission that goes on the log. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.submissions import (
    Batch,
    PrescriptionCancelled,
    PrescriptionIssued,
    PrescriptionLine,
)
from services.contracts.terms import Drug, LicenceStatus, Reason, Submitter
from services.kernel.writing.envelope import content_hash
from services.vietnam.draft import PrescriptionDraft, open_content
from services.vietnam.law import LawInForce, treatment_basis, validity, windows


@dataclass(frozen=True)
class Sealed:
    """What identity gave back: the patient's reference and the sealed fields."""

    patient_ref: str
    key_id: str
    fields: Mapping[str, bytes]


def issued(
    draft: PrescriptionDraft,
    *,
    event_id: str,
    code: str,
    submitter: Submitter,
    drugs: Sequence[Drug],
    law: LawInForce,
    sealed: Sealed,
    replaces: str | None,
    prescriber_status: LicenceStatus = "UNKNOWN",
    findings: tuple[Reason, ...] = (),
) -> PrescriptionIssued:
    """The record of a checked draft; stamps (drugs, licences, law, findings) are not part of its
    content."""
    valid_from, valid_until = validity(draft, law)
    content = {
        "issue": open_content(draft),
        "replaces": replaces,
        "patient_ref": sealed.patient_ref,
        "sealed": {name: value.hex() for name, value in sealed.fields.items()},
    }
    return PrescriptionIssued(
        event_id=event_id,
        content_hash=content_hash(content),
        prescription_code=code,
        occurred_at=draft.authored_on,
        submitter=submitter,
        patient_ref=sealed.patient_ref,
        prescriber_id=draft.prescriber.person_id,
        prescriber_licence=draft.prescriber.licence,
        treatment=treatment_basis(draft, law),
        valid_from=valid_from,
        valid_until=valid_until,
        law_version=law.version,
        replaces=replaces,
        lines=tuple(
            PrescriptionLine(
                line=number,
                drug=drug,
                quantity=line.quantity,
                unit=line.unit,
                days_supply=line.days_supply,
            )
            for number, (line, drug) in enumerate(zip(draft.lines, drugs, strict=True), start=1)
        ),
        batches=tuple(_batches(draft, law)),
        sealed=dict(sealed.fields),
        sealed_key=sealed.key_id,
        prescriber_status=prescriber_status,
        findings=findings,
    )


def _batches(draft: PrescriptionDraft, law: LawInForce) -> Iterator[Batch]:
    for batch, window in zip(draft.batches, windows(draft, law), strict=True):
        opens_at, closes_at = window or (None, None)
        yield Batch(
            number=batch.number,
            start_on=batch.start_on,
            end_on=batch.end_on,
            opens_at=opens_at,
            closes_at=closes_at,
        )


def cancelled(
    *,
    code: str,
    reason: str,
    occurred_at: datetime | None,
    event_id: str,
    submitter: Submitter,
    received_at: datetime,
    replaced_by: str | None,
) -> PrescriptionCancelled:
    """The record of a cancellation; without `occurred_at` it happened when it was received."""
    content = {
        "cancel": code,
        "reason": reason,
        "occurred_at": occurred_at.isoformat() if occurred_at else None,
        "replaced_by": replaced_by,
    }
    return PrescriptionCancelled(
        event_id=event_id,
        content_hash=content_hash(content),
        prescription_code=code,
        occurred_at=occurred_at or received_at,
        submitter=submitter,
        reason=reason,
        replaced_by=replaced_by,
    )
