"""What a fold writes, and the record of who looked at what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from services.contracts.outcomes import SubmissionJudged
from services.kernel.http.tokens import Caller
from services.registry.fold import Entry, Folded
from services.registry.parties import Concern, concerns
from services.registry.prescription import Prescription, due_at

NOTICE_BYTES_MAX = 7_500
"""Postgres passes on notices of less than 8000 bytes."""

SAVE = """
WITH states AS (
    INSERT INTO prescription (code, partition, patient_ref, practice_id, issued_at, due_at, state)
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[],
        $6::timestamptz[], $7::json[])
    ON CONFLICT (code) DO UPDATE SET patient_ref = excluded.patient_ref,
        practice_id = excluded.practice_id, issued_at = excluded.issued_at,
        due_at = excluded.due_at, state = excluded.state
), totals AS (
    INSERT INTO tally (partition, submission, verdict, result, records)
    SELECT * FROM unnest($8::int[], $9::text[], $10::text[], $11::text[], $12::bigint[])
    ON CONFLICT (partition, submission, verdict, result)
        DO UPDATE SET records = tally.records + excluded.records
), records AS (
    INSERT INTO record (partition, "offset", code, event_id, submission, facility_id, recorded_at,
        content_hash, value, outcome)
    SELECT * FROM unnest($13::int[], $14::bigint[], $15::text[], $16::text[], $17::text[],
        $18::text[], $19::timestamptz[], $20::bytea[], $21::bytea[], $22::json[])
), concerns AS (
    INSERT INTO concern (facility_id, partition, "offset", code, book, booked_at)
    SELECT * FROM unnest($23::text[], $24::int[], $25::bigint[], $26::text[], $27::text[],
        $28::timestamptz[])
)
SELECT pg_notify(current_schema() || '_news', notice) FROM unnest($29::text[]) AS notice
"""
"""All of a batch in one round trip: each one is time in which the callers of the next batch wait.

Totals are kept per partition of the log, so that workers never wait for each other. The schema's
name is part of the channel: a rebuild beside the live registry wakes nobody."""

STATE_COLUMNS, TOTAL_COLUMNS = 7, 5
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
CONCERN_COLUMNS = ("facility_id", "partition", "offset", "code", "book", "booked_at")

COPIED_FROM = 100
"""So many records and more are cheaper to COPY, two round trips a table notwithstanding."""

Rows = Sequence[tuple[Any, ...]]

_encode = msgspec.json.Encoder().encode


def channel(schema: str) -> str:
    """The Postgres channel on which a commit names the facilities it has news for."""
    return f"{schema}_news"


async def save(database: asyncpg.Connection, folded: Folded) -> None:
    """Write new states, append the judged records and whom they concern, and tell whoever waits
    for news of these, when the transaction commits."""
    if not folded.judged:  # without an outcome no state changes
        return
    recorded: Rows = [_record_row(*pair) for pair in folded.judged]
    concerned: Rows = [*_concern_rows(folded)]
    news = sorted({row[0] for row in concerned})
    if len(recorded) >= COPIED_FROM:
        copy = database.copy_records_to_table
        await copy("record", records=recorded, columns=RECORD_COLUMNS)
        await copy("concern", records=concerned, columns=CONCERN_COLUMNS)
        recorded = concerned = ()
    await database.fetch(
        SAVE,
        *_columns([_prescription_row(state) for state in folded.states.values()], STATE_COLUMNS),
        *_columns(_totals(folded), TOTAL_COLUMNS),
        *_columns(recorded, len(RECORD_COLUMNS)),
        *_columns(concerned, len(CONCERN_COLUMNS)),
        [*_notices(news)],
    )


def _columns(rows: Rows, width: int) -> list[Sequence[Any]]:
    return [*zip(*rows, strict=True)] or [()] * width


def _totals(folded: Folded) -> list[tuple[Any, ...]]:
    counts = Counter(
        (entry.record.partition, outcome.submission, outcome.verdict, outcome.result)
        for entry, outcome in folded.judged
    )
    return [(*key, records) for key, records in sorted(counts.items())]


def _prescription_row(state: Prescription) -> tuple[Any, ...]:
    issued = state.issued
    return (
        state.code,
        state.partition,
        issued.patient_ref if issued else None,
        issued.practice_id if issued else None,
        issued.issued_at if issued else None,
        due_at(state),
        _encode(state),
    )


def _record_row(entry: Entry, outcome: SubmissionJudged) -> tuple[Any, ...]:
    record = entry.record
    return (
        record.partition,
        record.offset,
        outcome.prescription_code,
        outcome.event_id,
        outcome.submission,
        outcome.facility_id,
        entry.at,
        getattr(entry.submission, "content_hash", b""),
        record.value or b"",
        _encode(outcome),
    )


def _concern_rows(folded: Folded) -> Iterator[tuple[Any, ...]]:
    for entry, outcome in folded.judged:
        parties = folded.parties.get(outcome.outcome_id, ())
        for one in concerns(entry.submission, outcome, parties):
            yield _concern_row(outcome, one)


def _concern_row(outcome: SubmissionJudged, one: Concern) -> tuple[Any, ...]:
    place = (outcome.log_partition, outcome.log_offset, outcome.prescription_code)
    return (one.facility_id, *place, one.book, one.booked_at)


def _notices(facilities: Iterable[str]) -> Iterator[str]:
    """The facilities that have news, with a space between them, as many in each as fit."""
    notice: list[str] = []
    size = 0
    for facility in facilities:
        length = len(facility.encode()) + 1
        if size + length > NOTICE_BYTES_MAX:
            yield " ".join(notice)
            notice, size = [], 0
        notice.append(facility)
        size += length
    if notice:
        yield " ".join(notice)


async def note_lookup(
    database: asyncpg.Connection,
    *,
    at: datetime,
    caller: Caller,
    what: str,
    seen: Collection[tuple[str, str]] = (("", ""),),
    purpose: str = "",
    detail: str = "",
) -> None:
    """Put a read on record before it is answered: a row for each prescription code and patient
    reference in `seen` (either may be empty)."""
    await database.execute(
        "INSERT INTO lookup"
        " (at, facility_id, role, person_id, what, code, patient_ref, purpose, detail)"
        " SELECT $1, $2, $3, $4, $5, seen.code, seen.patient_ref, $8, $9"
        " FROM unnest($6::text[], $7::text[]) AS seen (code, patient_ref)",
        at,
        caller.facility,
        caller.role,
        caller.person,
        what,
        [code for code, _ in seen],
        [patient_ref for _, patient_ref in seen],
        purpose,
        detail,
    )
