"""What callers ask of the registry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from services.contracts.outcomes import SubmissionJudged
from services.registry.parties import Book
from services.registry.places import InBook, OfPatient
from services.registry.prescription import Prescription
from services.registry.store.loading import decode_outcome, decode_state, load_known
from services.registry.store.statements import READS

ISSUED = ("issued", "cancelled-before-issue")
"""Results that brought a prescription into the registry."""

_AFTER_ALL = datetime.max.replace(tzinfo=UTC)


class Booked(NamedTuple):
    """An entry of a day book."""

    place: InBook
    outcome: SubmissionJudged


async def prescription(database: asyncpg.Connection, code: str) -> Prescription | None:
    state = await database.fetchval(READS["prescription"], code)
    return decode_state(state) if state is not None else None


async def prescriptions(
    database: asyncpg.Connection, codes: Collection[str]
) -> dict[str, Prescription]:
    """The states of these prescriptions, as far as there are any."""
    rows = await database.fetch(READS["states"], sorted(set(codes)))
    return {row["code"]: decode_state(row["state"]) for row in rows}


async def history(
    database: asyncpg.Connection, code: str, *, limit: int, after_offset: int = -1
) -> list[SubmissionJudged]:
    """The outcomes on one prescription in log order."""
    rows = await database.fetch(READS["history"], code, after_offset, limit)
    return [decode_outcome(row["outcome"]) for row in rows]


async def past(
    database: asyncpg.Connection, codes: Collection[str], moment: datetime, *, limit: int
) -> Sequence[asyncpg.Record]:
    """The submissions of these prescriptions that were recorded by a moment, in log order each:
    code, partition, offset, recorded_at, value (Avro). `limit` bounds all of them together."""
    rows: Sequence[asyncpg.Record] = await database.fetch(
        READS["past"], sorted(set(codes)), moment, limit
    )
    return rows


async def value_of(database: asyncpg.Connection, code: str, event_id: str) -> bytes | None:
    """The Avro bytes of the first record with an event id."""
    value: bytes | None = await database.fetchval(READS["value"], code, event_id)
    return value


async def outcome_of(
    database: asyncpg.Connection, code: str, event_id: str, content_hash: bytes = b""
) -> SubmissionJudged | None:
    """The verdict on a submission, if it was judged: on the first of its event id, or on the first
    with this content."""
    if content_hash:
        row = await database.fetchval(READS["outcome"], code, event_id, content_hash)
        return decode_outcome(row) if row is not None else None
    known = await load_known(database, [(code, event_id)])
    earlier = known.earlier.get((code, event_id))
    return earlier.outcome if earlier else None


async def of_patient(
    database: asyncpg.Connection,
    patient_ref: str,
    *,
    after: OfPatient | None,
    limit: int,
) -> list[tuple[OfPatient, Prescription]]:
    """A patient's prescriptions, newest first, from a place on."""
    start = after or OfPatient(_AFTER_ALL, "")
    rows = await database.fetch(READS["of_patient"], patient_ref, *start, limit)
    return [(OfPatient(row["issued_at"], row["code"]), decode_state(row["state"])) for row in rows]


async def book(
    database: asyncpg.Connection,
    facility_id: str,
    which: Book,
    *,
    day: tuple[datetime, datetime],
    after: InBook | None,
    recorded_by: datetime | None,
    limit: int,
) -> list[Booked]:
    """A facility's day book from a place on: its entries of `day` (first moment, first moment of
    the next) that the registry had by `recorded_by`."""
    start = after or InBook(day[0], -1, -1, "")
    rows = await database.fetch(
        READS["book"], facility_id, which, *day, *start, recorded_by or _AFTER_ALL, limit
    )
    return [
        Booked(
            InBook(row["booked_at"], row["partition"], row["offset"], row["code"]),
            decode_outcome(row["outcome"]),
        )
        for row in rows
    ]


async def totals(database: asyncpg.Connection) -> dict[str, Any]:
    """Counts of prescriptions and of judged records by submission, verdict and result."""
    rows = await database.fetch(READS["totals"])
    issued = [row["records"] for row in rows if row["result"] in ISSUED]
    return {"prescriptions": sum(issued), "records": [dict(row) for row in rows]}
