"""What may be asked of cases, and what a decision may hold; checked before anything is done."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from services.contracts.decisions import CaseStep, Informed, Message, Party
from services.oversight.cases.finality import Status
from services.oversight.cursors import NAME
from services.oversight.queries import PAGE_MAX, PURPOSE

RANK_PATTERN = r"^(-?0x[01]\.[0-9a-f]{1,13}p[+-][0-9]{1,4}|-inf)_[0-9]{1,18}$"
CODE = r"^[A-Za-z0-9_.:/-]{1,64}$"
NUMBER_MAX = 2**63 - 1
REFERENCE = r"^[A-Za-z0-9_./-]{0,64}$"
INFORMED_MAX = 20

CaseNumber = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
RuleName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


class CaseQuery(BaseModel):
    """Which cases: every filter given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: list[Status] = Field(default=[], max_length=9)
    rule: str | None = Field(default=None, pattern=rf"^{NAME}$")
    subject: str | None = Field(default=None, pattern=rf"^{NAME}$")
    owing: bool = Field(default=False, description="Only where somebody must be told.")
    held_back: bool = Field(default=False, description="Also those of rules that are held back.")
    purpose: str | None = Field(
        default=None,
        pattern=PURPOSE,
        description="Why, such as a case number; needed with `subject`. It stays on record.",
    )
    before: str | None = Field(
        default=None, pattern=RANK_PATTERN, description="`before` of the page shown last."
    )
    limit: int = Field(default=50, ge=1, le=PAGE_MAX)


class InformedRequest(BaseModel):
    """Who was told what. `ref` is a code, never a name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    party: Party
    ref: str = Field(pattern=CODE)
    message: Message

    def informed(self) -> Informed:
        return Informed(party=self.party, ref=self.ref, message=self.message)


class DecisionRequest(BaseModel):
    """A step in a case. `version` is that of the case as it was shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1, le=2**31 - 1)
    step: CaseStep
    reason: str = Field(pattern=CODE)
    reference: str = Field(
        default="",
        pattern=REFERENCE,
        description="Number of your own file. No names, no free text: the log is kept for ever.",
    )
    informed: list[InformedRequest] = Field(default=[], max_length=INFORMED_MAX)
    although_provisional: bool = Field(
        default=False, description="You know that it is provisional, and it cannot wait."
    )


class ReleaseRequest(BaseModel):
    """Why a rule that was held back is heard again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(pattern=CODE)
    reference: str = Field(default="", pattern=REFERENCE)


def rank_place(text: str | None) -> tuple[float, int] | None:
    """The place a text of `RANK_PATTERN` names."""
    if text is None:
        return None
    rank, _, number = text.rpartition("_")
    return float.fromhex(rank), int(number)


def written_place(rank: float, number: int) -> str:
    """The text of a place in the queue, exact to the last bit."""
    return f"{rank.hex()}_{number}"
