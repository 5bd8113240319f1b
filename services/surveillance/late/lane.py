"""What the late lane takes: facts and withdrawals too late for timelines or their alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from services.contracts.facts import Fact, FactRecorded
from services.surveillance.timeline import PatientState, epoch_ms, local_day


class LateFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that was told too late, or withdrawn too late, or both, by its id.

    `offset` is the place in its partition of the record that told it, `withdrawn_offset` of the one
    that withdrew it. Without `offset` the fact itself came in time, and was forgotten before it was
    withdrawn. `withdrawn_at` is when the withdrawal was recorded.
    """

    fact_id: str
    patient_ref: str
    partition: int
    offset: int | None = None
    occurred_at: datetime | None = None
    recorded_at: datetime | None = None
    withdrawn_offset: int | None = None
    withdrawn_at: datetime | None = None


def is_too_late(state: PatientState, fact: FactRecorded) -> bool:
    """Whether the fact happened before everything this state still keeps."""
    return local_day(epoch_ms(fact.occurred_at)) < state.since_day


def is_missed(before: PatientState, fact: Fact, after: PatientState, settled_days: int) -> bool:
    """Whether a fact came too late; `before` and `after` are the engine's states, `settled_days`
    those of the parameters.

    Too late for the timeline; or taken by it, but among alerts that have settled, of which the
    engine tells nothing any more. A withdrawal of a fact that is not there is too late as well: the
    registry tells a fact before it withdraws it, so the fact was late itself or has been forgotten.
    What was taken long ago and is told once more is missed too; `rerun` knows it by its first
    place.
    """
    is_unchanged = after.timeline is before.timeline
    if isinstance(fact, FactRecorded):
        if is_unchanged:
            return fact.kind != "UNKNOWN" and is_too_late(before, fact)
        day = local_day(epoch_ms(fact.occurred_at))
    elif is_unchanged:
        return fact.fact_id not in before.withdrawn
    else:
        day = next(entry.day for entry in before.timeline if entry.fact_id == fact.fact_id)
    return day < after.since_day + settled_days


def late_fact(fact: Fact, partition: int, offset: int) -> LateFact:
    """What the lane keeps of a fact or a withdrawal told at a place of the log."""
    if isinstance(fact, FactRecorded):
        return LateFact(
            fact_id=fact.fact_id,
            patient_ref=fact.patient_ref,
            partition=partition,
            offset=offset,
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
        )
    return LateFact(
        fact_id=fact.fact_id,
        patient_ref=fact.patient_ref,
        partition=partition,
        withdrawn_offset=offset,
        withdrawn_at=fact.recorded_at,
    )


def joined(missed: Iterable[LateFact]) -> dict[str, LateFact]:
    """One entry for each fact: of all that was told of it, in order, the first of each kind."""
    lane: dict[str, LateFact] = {}
    for late in missed:
        known = lane.get(late.fact_id)
        lane[late.fact_id] = late if known is None else _first_of_each(known, late)
    return lane


def _first_of_each(known: LateFact, later: LateFact) -> LateFact:
    unknown = {
        name: getattr(later, name)
        for name in LateFact.__struct_fields__
        if getattr(known, name) is None
    }
    return msgspec.structs.replace(known, **unknown)
