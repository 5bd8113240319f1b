"""The SQL of erasures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg

from services.contracts.erasures import LegalBasis, PatientErased
from services.identity.store import Database


async def erase(
    database: asyncpg.Connection,
    patient_ref: str,
    *,
    at: datetime,
    by: str,
    reason: str,
    legal_basis: LegalBasis,
) -> bool:
    """Delete everything that leads to or opens a patient; False when there was no key to delete.

    Runs in the caller's transaction.
    """
    deleted = await database.fetch(
        "DELETE FROM patient_key WHERE patient_ref = $1 RETURNING 1", patient_ref
    )
    await database.execute("DELETE FROM lookup WHERE patient_ref = $1", patient_ref)
    if not deleted:
        return False
    await database.execute(
        """
        INSERT INTO shred_ledger (patient_ref, erased_at, erased_by, reason, legal_basis)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """,
        patient_ref,
        at,
        by,
        reason,
        legal_basis,
    )
    return True


async def apply(database: asyncpg.Connection, erasures: Iterable[PatientErased], *, by: str) -> int:
    """Apply erasures of the log, however often they were applied before; how many keys went.

    Runs in the caller's transaction. References that stand for nobody are noted all the same: the
    database may be older than they are.
    """
    given = {erased.patient_ref: erased for erased in erasures}
    await database.execute(
        """
        INSERT INTO shred_ledger (patient_ref, erased_at, erased_by, reason, legal_basis)
        SELECT patient_ref, erased_at, $4, '', legal_basis
        FROM unnest($1::text[], $2::timestamptz[], $3::text[])
            AS erased (patient_ref, erased_at, legal_basis)
        ORDER BY patient_ref
        ON CONFLICT DO NOTHING
        """,
        list(given),
        [erased.erased_at for erased in given.values()],
        [erased.legal_basis for erased in given.values()],
        by,
    )
    rows = await database.fetch(
        """
        WITH gone AS (
            DELETE FROM lookup WHERE patient_ref = ANY($1)
        )
        DELETE FROM patient_key WHERE patient_ref = ANY($1) RETURNING 1
        """,
        list(given),
    )
    return len(rows)


async def is_erased(database: Database, patient_ref: str) -> bool:
    """Whether the patient's keys were deleted."""
    found = await database.fetchval(
        "SELECT EXISTS (SELECT FROM shred_ledger WHERE patient_ref = $1)", patient_ref
    )
    return bool(found)


async def erasures(database: Database) -> Sequence[PatientErased]:
    """The whole ledger, oldest first."""
    rows = await database.fetch(
        "SELECT patient_ref, erased_at, legal_basis FROM shred_ledger"
        " ORDER BY erased_at, patient_ref"
    )
    return [PatientErased(**row) for row in rows]
