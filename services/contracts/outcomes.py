"""The registry's verdicts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from services.contracts.terms import Contract, Reason, Verdict


class Remaining(Contract, frozen=True, kw_only=True):
    """What may still be dispensed of one line; `collectable` is what of it may be handed over now,
    None when batches do not limit it."""

    line: int
    quantity: Decimal
    collectable: Decimal | None = None


class SubmissionJudged(Contract, frozen=True, kw_only=True):
    """The verdict on one record of the log: exactly one each, the same again for a repeat.

    `first_offset` and `first_recorded_at` point to the first record with this event id, so an
    answer built from them is the same, byte for byte, however often a caller asks.
    """

    outcome_id: str
    event_id: str
    submission: str
    prescription_code: str
    facility_id: str = ""
    log_partition: int
    log_offset: int
    recorded_at: datetime
    verdict: Verdict = "UNKNOWN"
    result: str
    reasons: tuple[Reason, ...] = ()
    first_offset: int
    first_recorded_at: datetime
    status: str = ""
    holder: str | None = None
    held_until: datetime | None = None
    valid_until: datetime | None = None
    remaining: tuple[Remaining, ...] = ()
