"""What a fold needs to know before it begins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
import msgspec

from services.contracts.outcomes import SubmissionJudged
from services.registry.fold import Earlier, EarlierKey
from services.registry.prescription import Prescription
from services.registry.store.statements import READS

DUE_AT_ONCE = 1000
"""So many due prescriptions are in memory at a time, however long no tick came."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

decode_state = msgspec.json.Decoder(Prescription).decode
decode_outcome = msgspec.json.Decoder(SubmissionJudged).decode


class Known(NamedTuple):
    """What was known before a batch: states by code, the first records of event ids."""

    states: dict[str, Prescription]
    earlier: dict[EarlierKey, Earlier]


async def load_known(database: asyncpg.Connection, asked: Iterable[EarlierKey]) -> Known:
    """All that the records of a batch touch, in one round trip: each one is time in which the
    callers of the next batch wait."""
    wanted = sorted(set(asked))
    known = Known({}, {})
    rows = await database.fetch(
        READS["known"],
        [code for code, _ in wanted],
        [event_id for _, event_id in wanted],
    )
    for code, event_id, state, content_hash, outcome in rows:
        if state is not None and code not in known.states:
            known.states[code] = decode_state(state)
        if outcome is not None:
            known.earlier[code, event_id] = Earlier(content_hash, decode_outcome(outcome))
    return known


async def load_due(
    database: asyncpg.Connection, partition: int, at: datetime
) -> AsyncIterator[dict[str, Prescription]]:
    """The prescriptions of a partition that are due by a moment, page by page, earliest first."""
    moment, code = _BEFORE_ALL, ""
    while True:
        rows = await database.fetch(READS["due"], partition, at, moment, code, DUE_AT_ONCE)
        if rows:
            yield {row["code"]: decode_state(row["state"]) for row in rows}
        if len(rows) < DUE_AT_ONCE:
            return
        moment, code = rows[-1]["due_at"], rows[-1]["code"]


async def why_fold_again(database: asyncpg.Connection) -> str | None:
    """Why these tables must be made anew from the log before anything is added to them."""
    reason: str | None = await database.fetchval(READS["fold_again"])
    return reason
