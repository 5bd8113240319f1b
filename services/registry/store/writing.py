"""What a fold writes, and the record of who looked at what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
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

_encode = msgspec.json.Encoder().encode


def channel(schema: str) -> str:
    """The Postgres channel on which a commit names the facilities it has news for."""
    return f"{schema}_news"


async def save(database: asyncpg.Connection, folded: Folded) -> None:
    """Write new states, append the judged records and whom they concern."""
    await _save_states(database, folded.states)
    if not folded.judged:
        return
    await _count(database, folded)
    await database.copy_records_to_table(
        "record", records=[_record_row(*pair) for pair in folded.judged], columns=RECORD_COLUMNS
    )
    concerned = [*_concern_rows(folded)]
    await database.copy_records_to_table("concern", records=concerned, columns=CONCERN_COLUMNS)
    await _announce(database, sorted({row[0] for row in concerned}))


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
        "INSERT INTO prescription"
        " (code, partition, patient_ref, practice_id, issued_at, due_at, state)"
        " SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[],"
        " $6::timestamptz[], $7::json[])"
        " ON CONFLICT (code) DO UPDATE SET patient_ref = excluded.patient_ref,"
        " practice_id = excluded.practice_id, issued_at = excluded.issued_at,"
        " due_at = excluded.due_at, state = excluded.state",
        *(list(column) for column in zip(*rows, strict=True)),
    )


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


async def _announce(database: asyncpg.Connection, facilities: Sequence[str]) -> None:
    """Tell whoever waits for news of these facilities, when the transaction commits.

    The schema's name is part of the channel: a rebuild beside the live registry wakes nobody.
    """
    notice: list[str] = []
    size = 0
    for facility in [*facilities, None]:
        if facility is None or size + len(facility.encode()) + 1 > NOTICE_BYTES_MAX:
            if notice:
                await database.execute(
                    "SELECT pg_notify(current_schema() || '_news', $1)", " ".join(notice)
                )
            notice, size = [], 0
        if facility is not None:
            notice.append(facility)
            size += len(facility.encode()) + 1


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
