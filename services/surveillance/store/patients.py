"""The timelines of patients and the alerts about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import asyncpg

from services.surveillance.timeline import PatientState, decode, encode


async def load(
    database: asyncpg.Connection, patient_refs: Iterable[str]
) -> dict[str, PatientState]:
    """The states of these patients, as far as there are any."""
    rows = await database.fetch(
        "SELECT patient_ref, state FROM patient WHERE patient_ref = ANY($1)",
        sorted(set(patient_refs)),
    )
    return {row["patient_ref"]: decode(row["state"]) for row in rows}


async def save(database: asyncpg.Connection, states: Mapping[str, PatientState]) -> None:
    """Write the states that changed."""
    if not states:
        return
    await database.execute(
        "INSERT INTO patient (patient_ref, state) SELECT * FROM unnest($1::text[], $2::json[])"
        " ON CONFLICT (patient_ref) DO UPDATE SET state = excluded.state",
        list(states),
        [encode(state) for state in states.values()],
    )
