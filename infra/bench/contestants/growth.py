"""Surveillance with 1, 10 and 100 facts a patient: what history costs, and what memory it takes.

Every round writes the same facts anew, so that the registry's of the same round are not among them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from infra.bench import topics
from infra.bench.contestants.workers import SURVEILLANCE
from infra.bench.measured import Round
from infra.bench.patients import facts
from infra.bench.stage import DELIVERY_TIMEOUT_MS, LINGER_MS, Stage
from services.kernel.log.codec import cloud_event_headers
from services.kernel.log.event_log import EventLog, Record
from services.topology import FACTS

FACTS_IN_ALL = 4_000
SEED = 2026
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Growth:
    """Surveillance over `each` facts of every patient."""

    each: int

    @property
    def name(self) -> str:
        return f"surveillance-{self.each}"

    @property
    def title(self) -> str:
        return f"surveillance, {self.each} fact{'s' if self.each > 1 else ''} a patient"

    def run(self, stage: Stage, number: int) -> Round:
        topics.renew(stage.bootstrap, (FACTS,))
        asyncio.run(self._fill(stage))
        worker = replace(SURVEILLANCE, name=self.name, title=self.title)
        return worker.run(stage, number)

    async def _fill(self, stage: Stage) -> None:
        log = EventLog(
            stage.bootstrap, "bench", delivery_timeout_ms=DELIVERY_TIMEOUT_MS, linger_ms=LINGER_MS
        )
        try:
            records = self._records(stage)
            while chunk := list(islice(records, CHUNK)):
                await log.append_all(chunk)
        finally:
            log.close()

    def _records(self, stage: Stage) -> Iterator[Record]:
        for fact in facts(SEED, FACTS_IN_ALL, self.each):
            value = stage.codec.encode(fact)
            key = fact.patient_ref
            headers = cloud_event_headers(
                event_id=fact.fact_id, event_type="FactRecorded", source="bench", subject=key
            )
            yield Record(FACTS.name, key.encode(), value, headers)


GROWTH = tuple(Growth(each) for each in (1, 10, 100))
