"""Every SQL statement of the registry. Reads and writes go to the primary only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from services.contracts.outcomes import SubmissionJudged
from services.kernel.http.tokens import Caller
from services.registry.fold import Earlier, EarlierKey, Entry, Folded
from services.registry.prescription import Prescription

_encode = msgspec.json.Encoder().encode
_decode_state = msgspec.json.Decoder(Prescription).decode
_decode_outcome = msgspec.json.Decoder(SubmissionJudged).decode

ISSUED = ("issued", "cancelled-before-issue")
"""Results that brought a prescription into the registry."""

RECORD_COLUMNS = (
    "partition",
    "offset",
    "code",
    "event_id",
    "submission",
    "facility_id",
    "recorded_at",
    "content_hash",
    "value",
    "outcome",
)


async def load_states(
    database: asyncpg.Connection, codes: Iterable[str]
) -> dict[str, Prescription]:
    """The states of these prescriptions, as far as there are any."""
    rows = await database.fetch(
        "SELECT code, state FROM prescription WHERE code = ANY($1)", sorted(set(codes))
    )
    return {row["code"]: _decode_state(row["state"]) for row in rows}


async def load_earlier(
    database: asyncpg.Connection, keys: Iterable[EarlierKey]
) -> dict[EarlierKey, Earlier]:
    """The first judged record of each of these event ids."""
    wanted = sorted(set(keys))
    rows = await database.fetch(
        "SELECT DISTINCT ON (record.code, record.event_id)"
        " record.code, record.event_id, content_hash, outcome FROM record"
        " JOIN unnest($1::text[], $2::text[]) AS wanted (code, event_id)"
        " ON record.code = wanted.code AND record.event_id = wanted.event_id"
        ' ORDER BY record.code, record.event_id, record."offset"',
        [code for code, _ in wanted],
        [event_id for _, event_id in wanted],
    )
    return {
        (row["code"], row["event_id"]): Earlier(
            row["content_hash"], _decode_outcome(row["outcome"])
        )
        for row in rows
    }


async def save(database: asyncpg.Connection, folded: Folded) -> None:
    """Write new states and append the judged records."""
    await _save_states(database, folded.states)
    await _count(database, folded)
    await database.copy_records_to_table(
        "record", records=[_record_row(*pair) for pair in folded.judged], columns=RECORD_COLUMNS
    )


async def _count(database: asyncpg.Connection, folded: Folded) -> None:
    """Add to the running totals, kept per partition so that workers never wait for each other."""
    counts = Counter(
        (entry.record.partition, outcome.submission, outcome.verdict, outcome.result)
        for entry, outcome in folded.judged
    )
    await database.executemany(
        "INSERT INTO tally VALUES ($1, $2, $3, $4, $5) ON CONFLICT"
        " (partition, submission, verdict, result)"
        " DO UPDATE SET records = tally.records + excluded.records",
        [(*key, records) for key, records in sorted(counts.items())],
    )


async def _save_states(database: asyncpg.Connection, states: Mapping[str, Prescription]) -> None:
    rows = [_prescription_row(state) for state in states.values()]
    if not rows:
        return
    await database.execute(
        "INSERT INTO prescription (code, patient_ref, practice_id, issued_at, state)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::json[])"
        " ON CONFLICT (code) DO UPDATE SET patient_ref = excluded.patient_ref,"
        " practice_id = excluded.practice_id, issued_at = excluded.issued_at,"
        " state = excluded.state",
        *(list(column) for column in zip(*rows, strict=True)),
    )


def _prescription_row(state: Prescription) -> tuple[Any, ...]:
    issued = state.issued
    return (
        state.code,
        issued.patient_ref if issued else None,
        issued.practice_id if issued else None,
        issued.issued_at if issued else None,
        _encode(state),
    )


def _record_row(entry: Entry, outcome: SubmissionJudged) -> tuple[Any, ...]:
    record = entry.record
    return (
        record.partition,
        record.offset,
        entry.code,
        outcome.event_id,
        outcome.submission,
        outcome.facility_id,
        entry.at,
        entry.submission.content_hash if entry.submission else b"",
        record.value or b"",
        _encode(outcome),
    )


# Look-ups


async def prescription(database: asyncpg.Connection, code: str) -> Prescription | None:
    state = await database.fetchval("SELECT state FROM prescription WHERE code = $1", code)
    return _decode_state(state) if state is not None else None


async def records(
    database: asyncpg.Connection, code: str, *, limit: int, after_offset: int = -1
) -> Sequence[asyncpg.Record]:
    """The records of one prescription in log order: value (Avro) and outcome (JSON) each."""
    rows: Sequence[asyncpg.Record] = await database.fetch(
        'SELECT partition, "offset", recorded_at, submission, value, outcome FROM record'
        ' WHERE code = $1 AND "offset" > $2 ORDER BY "offset" LIMIT $3',
        code,
        after_offset,
        limit,
    )
    return rows


async def value_of(database: asyncpg.Connection, code: str, event_id: str) -> bytes | None:
    """The Avro bytes of the first record with an event id."""
    value: bytes | None = await database.fetchval(
        'SELECT value FROM record WHERE code = $1 AND event_id = $2 ORDER BY "offset" LIMIT 1',
        code,
        event_id,
    )
    return value


async def outcome_of(
    database: asyncpg.Connection, code: str, event_id: str
) -> SubmissionJudged | None:
    """The verdict on a submission, if it was judged."""
    found = await load_earlier(database, [(code, event_id)])
    earlier = found.get((code, event_id))
    return earlier.outcome if earlier else None


async def prescriptions_of(
    database: asyncpg.Connection, patient_ref: str, *, before: datetime | None, limit: int
) -> list[Prescription]:
    """A patient's prescriptions, newest first, issued before a moment."""
    rows = await database.fetch(
        "SELECT state FROM prescription WHERE patient_ref = $1"
        " AND ($2::timestamptz IS NULL OR issued_at < $2)"
        " ORDER BY issued_at DESC, code LIMIT $3",
        patient_ref,
        before,
        limit,
    )
    return [_decode_state(row["state"]) for row in rows]


async def totals(database: asyncpg.Connection) -> dict[str, Any]:
    """Counts of prescriptions and of judged records by submission, verdict and result."""
    rows = await database.fetch(
        "SELECT submission, verdict, result, sum(records)::bigint AS records FROM tally"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    issued = [row["records"] for row in rows if row["result"] in ISSUED]
    return {"prescriptions": sum(issued), "records": [dict(row) for row in rows]}


async def note_lookup(
    database: asyncpg.Connection,
    *,
    at: datetime,
    caller: Caller,
    what: str,
    code: str = "",
    patient_ref: str = "",
    purpose: str = "",
) -> None:
    """Put a read on record before it is answered."""
    await database.execute(
        "INSERT INTO lookup (at, facility_id, role, person_id, what, code, patient_ref, purpose)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        at,
        caller.facility,
        caller.role,
        caller.person,
        what,
        code,
        patient_ref,
        purpose,
    )


# Dump, for comparing two registries byte by byte

DUMPS = {
    "tally": "SELECT partition, submission, verdict, result, records FROM tally"
    " ORDER BY partition, submission, verdict, result",
    "prescription": "SELECT code, patient_ref, practice_id, issued_at, state::text"
    ' FROM prescription ORDER BY code COLLATE "C"',
    "record": 'SELECT partition, "offset", code, event_id, submission, facility_id, recorded_at,'
    " encode(content_hash, 'hex') AS content_hash, encode(value, 'hex') AS value, outcome::text"
    ' FROM record ORDER BY partition, "offset"',
}
"""Everything the registry holds, in an order that does not depend on how it came there."""
