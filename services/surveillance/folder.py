"""Surveillance's shell around its engine: facts in, changes of alerts out."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from services.contracts.facts import Fact, FactRecorded, FactWithdrawn
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.log.codec import Codec, UnreadableError, cloud_event_headers
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.surveillance import store
from services.surveillance.engine import Change, apply
from services.surveillance.parameters import Parameters
from services.surveillance.timeline import PatientState
from services.topology import ALERTS, FACTS


class SurveillanceFolder:
    """Folds `rx.facts` into timelines and alerts.

    Each fact is judged by itself, in log order, so the changes do not depend on how the records
    were cut into batches.
    """

    name = "surveillance"
    topic = FACTS.name
    is_read_once_told = False

    def __init__(self, codec: Codec, parameters: Parameters) -> None:
        self._codec = codec
        self._parameters = parameters

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord]
    ) -> Sequence[Record]:
        results: list[Record] = []
        facts: list[tuple[LogRecord, Fact]] = []
        for record in records:
            try:
                facts.append((record, self._read(record)))
            except UnreadableError as error:
                results.append(dead_letter(self._codec, self.name, record, str(error)))
        states = await store.load(database, (fact.patient_ref for _, fact in facts))
        changed: dict[str, PatientState] = {}
        for record, fact in facts:
            ref = fact.patient_ref
            state = changed.get(ref) or states.get(ref) or PatientState(patient_ref=ref)
            try:
                after, changes = apply(state, fact, self._parameters)
            except Exception as error:
                problem = f"the fact cannot be judged: {error!r}"
                results.append(dead_letter(self._codec, self.name, record, problem))
                continue
            changed[ref] = after
            results.extend(self._alert(change) for change in changes)
        await store.save(database, changed)
        return results

    def _read(self, record: LogRecord) -> Fact:
        event = self._codec.decode(record.value)
        if not isinstance(event, FactRecorded | FactWithdrawn):
            raise UnreadableError(f"{type(event).__name__} does not belong on this topic")
        if event.patient_ref.encode() != record.key:
            raise UnreadableError("the key is not the fact's patient reference")
        return event

    def _alert(self, change: Change) -> Record:
        headers = cloud_event_headers(
            event_id=change.change_id,
            event_type=type(change).__name__,
            source="rxlog/surveillance",
            subject=change.subject,
        )
        return Record(ALERTS.name, change.subject.encode(), self._codec.encode(change), headers)
