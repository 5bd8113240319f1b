"""Bodies of the prescribing API. The prescription itself is `vietnam.draft.PrescriptionDraft`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.vietnam.draft import PrescriptionDraft

CancelReason = Literal[
    "prescribing-error", "clinical-change", "patient-request", "duplicate", "other"
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CancelRequest(_Body):
    """Why a prescription is cancelled: a code, because free text may name people."""

    reason: CancelReason
    occurred_at: AwareDatetime | None = Field(
        default=None, description="When it was decided; now when left out."
    )


class ReplaceRequest(_Body):
    """A correction: the old prescription is cancelled, then the new one is issued."""

    reason: CancelReason
    prescription: PrescriptionDraft
