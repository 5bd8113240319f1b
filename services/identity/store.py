"""Every SQL statement of the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import asyncpg

from services.identity.sealing import WrappedKey

Database: TypeAlias = "asyncpg.Connection | asyncpg.Pool"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a person, as it stays on record. `room` is the client that asked."""

    at: datetime
    kind: str
    event_id: str
    fields: tuple[str, ...]
    room: str
    facility: str
    role: str
    person: str
    purpose: str
    reason: str
    request_id: str


async def key_of_number(database: Database, number_hmacs: Sequence[bytes]) -> WrappedKey | None:
    """The newest data key of the patient with this number."""
    row = await database.fetchrow(
        """
        SELECT patient_ref, number, patient_key.master_version, wrapped
        FROM lookup JOIN patient_key USING (patient_ref)
        WHERE number_hmac = ANY($1)
        ORDER BY number DESC
        LIMIT 1
        """,
        number_hmacs,
    )
    return WrappedKey(*row) if row else None


async def add_patient(
    database: asyncpg.Connection, number_hmacs: Mapping[int, bytes], key: WrappedKey, at: datetime
) -> bool:
    """Add a patient with a number and a key; False when another was quicker with the number.

    Runs in the caller's transaction, which must be undone after a False.
    """
    await database.execute(
        """
        INSERT INTO patient_key (patient_ref, number, master_version, wrapped, created_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        key.patient_ref,
        key.number,
        key.master_version,
        key.wrapped,
        at,
    )
    return await link_number(database, number_hmacs, key.patient_ref, at) == len(number_hmacs)


async def link_number(
    database: asyncpg.Connection, number_hmacs: Mapping[int, bytes], patient_ref: str, at: datetime
) -> int:
    """Let the hashes of a number stand for a patient; how many did not stand for one yet.

    Links nothing to a patient who is being erased: the lock waits for the erasure to end.
    """
    rows = await database.fetch(
        """
        WITH alive AS (
            SELECT patient_ref FROM patient_key
            WHERE patient_ref = $3 ORDER BY number LIMIT 1 FOR KEY SHARE
        )
        INSERT INTO lookup (number_hmac, master_version, patient_ref, created_at)
        SELECT number_hmac, version, patient_ref, $4
        FROM alive, unnest($1::bytea[], $2::integer[]) AS given (number_hmac, version)
        ORDER BY number_hmac
        ON CONFLICT DO NOTHING
        RETURNING 1
        """,
        list(number_hmacs.values()),
        list(number_hmacs),
        patient_ref,
        at,
    )
    return len(rows)


async def replace_key(database: Database, old: WrappedKey, new: WrappedKey) -> None:
    """Store a data key wrapped anew, unless it is gone or another process did it first."""
    await database.execute(
        """
        UPDATE patient_key SET wrapped = $4, master_version = $5
        WHERE patient_ref = $1 AND number = $2 AND wrapped = $3
        """,
        old.patient_ref,
        old.number,
        old.wrapped,
        new.wrapped,
        new.master_version,
    )


async def key_for_reading(
    database: Database, patient_ref: str, number: int, reading: Reading
) -> WrappedKey | None:
    """A data key, handed out in the same statement that puts the reading on record."""
    row = await database.fetchrow(
        """
        WITH found AS (
            SELECT patient_ref, number, master_version, wrapped
            FROM patient_key WHERE patient_ref = $1 AND number = $2
        ), recorded AS (
            INSERT INTO reading (
                patient_ref, at, kind, event_id, fields, room, facility, role, person, purpose,
                reason, request_id
            )
            SELECT patient_ref, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 FROM found
        )
        SELECT * FROM found
        """,
        patient_ref,
        number,
        *_columns(reading),
    )
    return WrappedKey(*row) if row else None


async def look_up(
    database: asyncpg.Connection,
    number_hmacs: Sequence[bytes],
    reading: Reading,
    *,
    per_minute_max: int,
) -> tuple[str | None, float]:
    """The patient with this number, and how many seconds to wait when it was one look-up too many.

    Counting and recording take turns per facility, so no burst slips through between them. A
    look-up that is refused is not counted. Runs in the caller's transaction.
    """
    await database.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('lookup ' || $1, 0))", reading.facility
    )
    oldest = await database.fetchval(
        """
        SELECT at FROM reading
        WHERE kind = 'lookup' AND facility = $1 AND at > $2
        ORDER BY at DESC OFFSET $3 LIMIT 1
        """,
        reading.facility,
        reading.at - timedelta(minutes=1),
        per_minute_max - 1,
    )
    if oldest is not None:
        return None, (oldest + timedelta(minutes=1) - reading.at).total_seconds()
    ref: str | None = await database.fetchval(
        """
        WITH found AS (
            SELECT max(patient_ref) AS patient_ref FROM lookup WHERE number_hmac = ANY($1)
        ), recorded AS (
            INSERT INTO reading (
                patient_ref, at, kind, event_id, fields, room, facility, role, person, purpose,
                reason, request_id
            )
            SELECT patient_ref, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM found
        )
        SELECT patient_ref FROM found
        """,
        number_hmacs,
        *_columns(reading),
    )
    return ref, 0.0


async def is_known(database: Database, patient_ref: str) -> bool:
    """Whether the reference stands or stood for a patient."""
    found = await database.fetchval(
        """
        SELECT EXISTS (SELECT FROM patient_key WHERE patient_ref = $1)
            OR EXISTS (SELECT FROM shred_ledger WHERE patient_ref = $1)
        """,
        patient_ref,
    )
    return bool(found)


async def readings(
    database: Database, patient_ref: str, *, before: int | None, limit: int
) -> Sequence[asyncpg.Record]:
    """Who read a patient's data, newest first, before the reading with the number `before`."""
    rows: Sequence[asyncpg.Record] = await database.fetch(
        """
        SELECT id, at, kind, event_id, fields, room, facility, role, person, purpose, reason
        FROM reading
        WHERE patient_ref = $1 AND ($2::bigint IS NULL OR id < $2)
        ORDER BY id DESC LIMIT $3
        """,
        patient_ref,
        before,
        limit,
    )
    return rows


async def fingerprints(database: Database) -> dict[int, bytes]:
    """The fingerprint of every master key this database has been used with, by version."""
    rows = await database.fetch("SELECT master_version, fingerprint FROM master_fingerprint")
    return {row["master_version"]: row["fingerprint"] for row in rows}


async def uses_master(database: Database, version: int) -> bool:
    """Whether any data key is still wrapped under this version of the master key."""
    found = await database.fetchval(
        "SELECT EXISTS (SELECT FROM patient_key WHERE master_version = $1)", version
    )
    return bool(found)


async def add_fingerprints(database: Database, given: Mapping[int, bytes]) -> None:
    """Remember master keys; a version that is remembered already stays as it is."""
    await database.executemany(
        "INSERT INTO master_fingerprint VALUES ($1, $2) ON CONFLICT DO NOTHING",
        list(given.items()),
    )


def _columns(reading: Reading) -> tuple[object, ...]:
    return (
        reading.at,
        reading.kind,
        reading.event_id,
        list(reading.fields),
        reading.room,
        reading.facility,
        reading.role,
        reading.person,
        reading.purpose,
        reading.reason,
        reading.request_id,
    )
