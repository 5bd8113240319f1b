"""Patients erased for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.contracts.terms import Contract

LegalBasis = Literal[
    "UNKNOWN", "PERSON_REQUEST", "PURPOSE_FULFILLED", "RETENTION_ENDED", "AUTHORITY_ORDER"
]
"""Why an erasure was lawful (Law 91/2025/QH15, Article 14)."""


class PatientErased(Contract, frozen=True, kw_only=True):
    """The keys of a person's data are deleted and stay deleted, whatever is restored later."""

    patient_ref: str
    erased_at: datetime
    legal_basis: LegalBasis = "UNKNOWN"
