"""Ticks: log time goes on in a partition where nobody submits anything.

What passes with time (a reservation lapses, a prescription expires) is judged by the append time of
records, never by a clock of ours. So somebody has to append a record now and then: the worker that
follows a partition appends a `TimeTicked` to that very partition when none was appended for a
while. There is no ticker process and no leader to elect: whoever folds a partition ticks it, so
several workers share the work as they share the partitions, and where nobody folds, a tick would
reach nobody. A tick says only "it is now", and the broker dates it: one too many, from a worker
that woke up after its partitions went to another one, changes nothing.

Ticks matter to nobody's request. When Kafka is away they are not made up for: it is said once, and
the next one comes when Kafka is back.
"""

from __future__ import annotations

from collections.abc import Collection

import structlog

from services.contracts.submissions import TimeTicked
from services.kernel.clock import monotonic, new_uuid
from services.kernel.log.codec import Codec, cloud_event_headers
from services.kernel.log.event_log import AppendFailedError, EventLog, Record
from services.topology import LOG

SOURCE = "rxlog/registry"

log = structlog.get_logger(__name__)


class Ticker:
    """Ticks the partitions it is called with, each one every `every_s` seconds; 0 is never."""

    def __init__(self, codec: Codec, every_s: float) -> None:
        self._codec = codec
        self._every_s = every_s
        self._ticked_at: dict[int, float] = {}
        self._failing = False

    async def beat(self, event_log: EventLog, partitions: Collection[int]) -> None:
        """Tick those of the partitions whose turn it is. Raises nothing when Kafka is away."""
        now = monotonic()
        self._ticked_at = {p: at for p, at in self._ticked_at.items() if p in partitions}
        due = [p for p in sorted(partitions) if self._is_due(p, now)]
        if not due:
            return
        self._ticked_at |= dict.fromkeys(due, now)
        try:
            await event_log.append_all([self._tick(partition) for partition in due])
        except AppendFailedError as error:
            if not self._failing:
                log.warning("no ticks while Kafka is away", error=str(error))
            self._failing = True
            return
        if self._failing:
            log.info("ticking again")
        self._failing = False

    def _is_due(self, partition: int, now: float) -> bool:
        ticked_at = self._ticked_at.get(partition)
        return self._every_s > 0 and (ticked_at is None or now - ticked_at >= self._every_s)

    def _tick(self, partition: int) -> Record:
        tick = TimeTicked(tick_id=str(new_uuid()), partition=partition)
        headers = cloud_event_headers(
            event_id=tick.tick_id,
            event_type=TimeTicked.__name__,
            source=SOURCE,
            subject=f"{LOG.name}/{partition}",
        )
        return Record(LOG.name, None, self._codec.encode(tick), headers, partition)
