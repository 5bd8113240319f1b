"""The parameters of oversight's addresses: what each may hold, checked before anything is asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.contracts.terms import Severity
from services.oversight.cursors import FEED_PATTERN, NAME, PLACE_PATTERN
from services.oversight.projection import Status

PAGE_MAX = 100
WAIT_S_MAX = 8
"""Shorter than the server gives open requests when it stops."""

_NAME = rf"^{NAME}$"
PURPOSE = r"^[^\x00-\x1f\x7f]{3,200}$"

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
WaitSeconds = Annotated[int, Query(ge=0, le=WAIT_S_MAX)]
NameInPath = Annotated[str, Path(pattern=_NAME)]
Purpose = Annotated[str | None, Query(pattern=PURPOSE, description="Why; it stays on record.")]
Before = Annotated[
    str | None, Query(pattern=PLACE_PATTERN, description="`before` of the page shown last.")
]
After = Annotated[
    str, Query(pattern=FEED_PATTERN, max_length=4000, description="`after` of the last answer.")
]


class AlertQuery(BaseModel):
    """Which alerts: every filter given must hold. `since` is the earliest raising."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str | None = Field(default=None, pattern=_NAME)
    severity: list[Severity] = Field(default=[], max_length=5)
    subject: str | None = Field(default=None, pattern=_NAME)
    status: Status | None = None
    since: AwareDatetime | None = None
    statistics: bool = Field(default=False, description="Also those that are statistics only (S4).")
    held_back: bool = Field(default=False, description="Also those of rules that are held back.")
    purpose: str | None = Field(
        default=None,
        pattern=PURPOSE,
        description="Why, such as a case number; needed with `subject`. It stays on record.",
    )
    before: str | None = Field(
        default=None, pattern=PLACE_PATTERN, description="`before` of the page shown last."
    )
    limit: int = Field(default=50, ge=1, le=PAGE_MAX)
