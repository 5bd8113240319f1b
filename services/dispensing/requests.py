"""Bodies of the dispensing API."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""The bounds keep calendar arithmetic within the years; no rule is behind them."""

Quantity = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3)]
ReleaseReason = Literal["patient-left", "out-of-stock", "wrong-prescription", "other"]
ReverseReason = Literal["wrong-entry", "medicines-returned", "quality-defect", "other"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReserveRequest(_Body):
    """Nothing to say but that you want to dispense it."""


class ReleaseRequest(_Body):
    """Why the reservation is given back."""

    reason: ReleaseReason = "other"


class LineRequest(_Body):
    """One medicine handed over, in the unit of the prescription's line."""

    line: int = Field(ge=1, le=100, description="Line of the prescription, from 1.")
    drug_code: str = Field(min_length=1, max_length=20)
    drug_name: str = Field(default="", max_length=500)
    quantity: Quantity
    days_supply: int | None = Field(default=None, ge=1, le=366)
    substituted: bool = Field(
        default=False,
        description="Another product of the same ingredient, strength and route; needs a "
        "pharmacist with a degree and the buyer's consent (GPP III.2c).",
    )
    batch: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Of which batch it is, for narcotics prescribed in batches.",
    )


class DispenseRequest(_Body):
    """What was handed over. Recorded whatever it breaks; findings come with the answer."""

    receipt_number: str = Field(min_length=1, max_length=20, description="Invoice or receipt.")
    lines: list[LineRequest] = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime | None = Field(
        default=None,
        ge=EARLIEST,
        lt=LATEST,
        description="When it was handed over; now when left out.",
    )
    offline: bool = Field(default=False, description="Reported late after a connection came back.")
    collected_by_patient: bool = True
    release_reservation: bool = Field(
        default=False, description="Keep no hold on what remains, so that others may dispense it."
    )
    owing: bool = Field(
        default=False,
        description="You owe the patient the rest and go on holding the prescription for it.",
    )

    @field_validator("owing")
    @classmethod
    def _holds_or_lets_go(cls, owing: bool, others: ValidationInfo) -> bool:
        if owing and others.data.get("release_reservation"):
            raise PydanticCustomError(
                "owing-and-release",
                "owing keeps the hold and release_reservation gives it back: state one of the two",
                {"vi": "owing là giữ đơn, release_reservation là trả đơn: hãy chọn một"},
            )
        return owing


class ReverseRequest(_Body):
    """Why a recorded dispense is taken back."""

    reason: ReverseReason
