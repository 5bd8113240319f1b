"""Bodies of the claims API."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Quantity = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3)]
AmountVnd = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=3)]
WithdrawReason = Literal["wrong-entry", "dispense-reversed", "paid-otherwise", "other"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LineRequest(_Body):
    """One claimed medicine; quantity in the prescription line's unit, amount in VND."""

    line: int = Field(ge=1, le=100)
    quantity: Quantity
    amount: AmountVnd


class ClaimRequest(_Body):
    """What is claimed, from whom."""

    claim_id: str = Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Yours, unique."
    )
    payer_id: str = Field(min_length=1, max_length=20)
    lines: list[LineRequest] = Field(min_length=1, max_length=100)


class WithdrawRequest(_Body):
    """Why a claim is withdrawn."""

    reason: WithdrawReason
