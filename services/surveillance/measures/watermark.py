"""How far the log is known: the moment until which every fact has come. Pure.

The registry tells each partition of facts, for each partition of its log, that everything appended
until a moment was told. What is known of a partition of facts is the earliest of these moments. A
log partition that fell more than `IDLE_MINUTES` behind the newest is idle: its registry worker is
gone, which would hold everything. It is left out and named, and what it owes comes late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

IDLE_MINUTES = 30
"""So long a source may be silent before nobody waits for it."""


@dataclass(frozen=True)
class Watermark:
    """Everything appended to the log before `at` is known, but for the partitions that are idle.

    `at` is None as long as a partition has never told how far it is.
    """

    at: datetime | None
    idle: tuple[int, ...] = ()


class Told(NamedTuple):
    """Until when a partition of the log is known, and how many the log had then."""

    at: datetime
    log_partitions: int


def watermark(told: Mapping[int, Told]) -> Watermark:
    """The watermark of one partition of facts, from what each log partition told it."""
    if not told or len(told) < max(one.log_partitions for one in told.values()):
        return Watermark(None)
    moments = {partition: one.at for partition, one in told.items()}
    newest = max(moments.values())
    idle = {p for p, at in moments.items() if newest - at > timedelta(minutes=IDLE_MINUTES)}
    return Watermark(min(at for p, at in moments.items() if p not in idle), tuple(sorted(idle)))


def earliest(watermarks: Iterable[Watermark]) -> Watermark:
    """The watermark of several partitions of facts together."""
    each = list(watermarks)
    known = [one.at for one in each if one.at is not None]
    idle = tuple(sorted({p for one in each for p in one.idle}))
    return Watermark(min(known) if known and len(known) == len(each) else None, idle)
