"""What every look-up shares: connections on which nothing told is missing, the past, the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

import asyncpg
import msgspec
from fastapi import Depends, Query
from starlette.responses import Response

from services.kernel.clock import now
from services.kernel.folding import told
from services.kernel.folding.mechanism import partition_of
from services.kernel.http.peers import Peer
from services.kernel.http.problems import Problem, invalid_input, not_found, unavailable
from services.kernel.http.tokens import Caller, require
from services.kernel.log.codec import Codec
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Entry, as_of
from services.registry.folder import RegistryFolder, read_entry
from services.registry.lookups.news import News
from services.registry.prescription import Prescription, settle
from services.registry.store import reading
from services.registry.store.writing import note_lookup
from services.registry.views import may_see
from services.topology import LOG

PATIENCE_S = 2.0
"""How long a look-up waits for a batch under way before it says that it cannot answer."""

PAGE_MAX = 100
PAST_RECORDS_MAX = 5_000
"""So many records are folded anew for one answer about the past."""

_PURPOSE = r"^[^\x00-\x1f\x7f]{3,200}$"

Anyone = Annotated[Caller, Depends(require("clinic", "pharmacy", "payer", "regulator", "service"))]
Party = Annotated[Caller, Depends(require("clinic", "pharmacy", "payer"))]
PartyOrRegulator = Annotated[Caller, Depends(require("clinic", "pharmacy", "payer", "regulator"))]
Professional = Annotated[Caller, Depends(require("clinic", "pharmacy"))]
Watcher = Annotated[Caller, Depends(require("regulator", "service"))]
Room = Annotated[Caller, Depends(require("service"))]

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
Purpose = Annotated[str, Query(pattern=_PURPOSE, description="Why; it stays on record.")]
PurposeIfAsked = Annotated[
    str | None,
    Query(pattern=_PURPOSE, description="Why; regulators must say so, and it stays on record."),
]


@dataclass
class Registry:
    """What the routes need, put together once; `pool` is set when the room opens."""

    codec: Codec
    identity: Peer
    news: News
    pool: asyncpg.Pool = field(init=False)

    @asynccontextmanager
    async def reading(self, code: str | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A connection on which every verdict told so far, on one code or on all, is readable."""
        partitions = range(LOG.partitions) if code is None else [partition_of(code, LOG.partitions)]
        async with self.pool.acquire() as database:
            try:
                await told.until_readable(database, RegistryFolder.topic, partitions, PATIENCE_S)
            except told.NotReadableYetError as error:
                raise unavailable("The registry") from error
            yield database

    async def seen(self, code: str, caller: Caller, what: str) -> Prescription:
        """The settled state now, for a caller who may see it."""
        at = now()
        async with self.reading(code) as database:
            state = await reading.prescription(database, code)
            if state is None or not may_see(settle(state, at), caller, at):
                raise not_found()
            await note_lookup(
                database, at=at, caller=caller, what=what, seen=[(code, patient_of(state))]
            )
        return settle(state, at)

    async def as_they_were(
        self, database: asyncpg.Connection, codes: Collection[str], moment: datetime
    ) -> dict[str, Prescription]:
        """The states of prescriptions at a moment of log time, folded anew from the records before
        it. What was not in the registry then is left out."""
        rows = await reading.past(database, codes, moment, limit=PAST_RECORDS_MAX + 1)
        if len(rows) > PAST_RECORDS_MAX:
            raise too_long_a_past()
        return {
            code: as_of(self._entries(list(of_one)), code, moment)
            for code, of_one in groupby(rows, key=itemgetter("code"))
        }

    def _entries(self, rows: Sequence[asyncpg.Record]) -> list[Entry]:
        return [
            read_entry(
                self.codec,
                LogRecord(
                    LOG.name,
                    row["partition"],
                    row["offset"],
                    round(row["recorded_at"].timestamp() * 1000),
                    row["code"].encode(),
                    row["value"],
                    (),
                ),
            )
            for row in rows
        ]


def patient_of(state: Prescription) -> str:
    """The patient's reference, empty when nothing was issued yet."""
    return state.issued.patient_ref if state.issued else ""


def json(content: Any) -> Response:
    """The answer."""
    return Response(msgspec.json.encode(content), media_type="application/json")


def bad_parameter(name: str, reason: str, reason_vi: str) -> Problem:
    """422 for one parameter of the address."""
    return invalid_input(
        [{"field": name, "location": "query", "reason": reason, "reason_vi": reason_vi}]
    )


def bad_cursor(name: str) -> Problem:
    """422: the text is no cursor, or one for another question."""
    return bad_parameter(
        name,
        f"not a cursor of this list: send `{name}` of the last answer unchanged, or leave it out "
        "to begin again",
        f"không phải con trỏ của danh sách này: hãy gửi lại nguyên văn `{name}` của lần trả lời "
        "trước, hoặc bỏ trống để bắt đầu lại",
    )


def too_long_a_past() -> Problem:
    """422: more records than one answer may fold anew."""
    return Problem(
        "too-long-a-past",
        422,
        title="Too many records for one answer about the past",
        title_vi="Quá nhiều bản ghi cho một lần hỏi về quá khứ",
        detail=f"The answer would need more than {PAST_RECORDS_MAX} records.",
        detail_vi=f"Câu trả lời cần hơn {PAST_RECORDS_MAX} bản ghi.",
        what_next="Ask for fewer at once with `limit`; of one prescription, read its history.",
        what_next_vi="Hãy giảm `limit`; với một đơn thuốc, hãy đọc lịch sử của đơn.",
    )
