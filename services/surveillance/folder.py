"""Surveillance's shell around its engine: facts in, changes of alerts out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import structlog
from prometheus_client import Counter as Metric

from services.contracts.facts import Fact, FactRecorded, FactWithdrawn, LogTimePassed
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.folding.telling import Tell
from services.kernel.log.codec import Codec, UnreadableError, cloud_event_headers
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.surveillance.engine import Change, apply
from services.surveillance.late.lane import LateFact, is_missed, joined, late_fact
from services.surveillance.measures.counting import Counts, difference
from services.surveillance.measures.measure import Key
from services.surveillance.measures.months import Month
from services.surveillance.measures.panel import months_in
from services.surveillance.measures.watermark import Told
from services.surveillance.parameters import Parameters
from services.surveillance.store import counters, late_lane, patients
from services.surveillance.timeline import PatientState
from services.topology import ALERTS, FACTS

log = structlog.get_logger(__name__)

MISSED = Metric("rxlog_late_facts", "Facts and withdrawals put into the late lane")


class SurveillanceFolder:
    """Folds `rx.facts` into timelines, alerts, counters and the late lane.

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
        self, database: asyncpg.Connection, records: Sequence[LogRecord], tell: Tell
    ) -> None:
        results: list[Record] = []
        facts: list[tuple[LogRecord, Fact]] = []
        known: dict[tuple[int, int], Told] = {}
        for record in records:
            try:
                event = self._read(record)
            except UnreadableError as error:
                results.append(dead_letter(self._codec, self.name, record, str(error)))
                continue
            if isinstance(event, LogTimePassed):
                place = record.partition, event.log_partition
                told = Told(event.at, event.log_partitions)
                known[place] = max(told, known.get(place, told))
            else:
                facts.append((record, event))
        states = await patients.load(database, (fact.patient_ref for _, fact in facts))
        counted = _Counted()
        changed: dict[str, PatientState] = {}
        missed: list[LateFact] = []
        for record, fact in facts:
            ref = fact.patient_ref
            state = changed.get(ref) or states.get(ref) or PatientState(patient_ref=ref)
            try:
                after, changes = apply(state, fact, self._parameters)
                counts = difference(state, fact, after)
            except Exception as error:
                problem = f"the fact cannot be judged: {error!r}"
                results.append(dead_letter(self._codec, self.name, record, problem))
                continue
            changed[ref] = after
            if is_missed(state, fact, after, self._parameters.settled_days):
                missed.append(late_fact(fact, record.partition, record.offset))
            counted.add(record.partition, counts)
            results.extend(alert_records(self._codec, changes))
        tell(results)
        await patients.save(database, changed)
        await counters.save(database, counted.counts, counted.months)
        await counters.save_log_times(database, known)
        await late_lane.save(database, joined(missed))
        if missed:
            MISSED.inc(len(missed))
            log.info("facts came too late", facts=len(missed))

    def _read(self, record: LogRecord) -> Fact | LogTimePassed:
        event = self._codec.decode(record.value)
        if isinstance(event, LogTimePassed):
            return event
        if not isinstance(event, FactRecorded | FactWithdrawn):
            raise UnreadableError(f"{type(event).__name__} does not belong on this topic")
        if event.patient_ref.encode() != record.key:
            raise UnreadableError("the key is not the fact's patient reference")
        return event


class _Counted:
    """What the facts of a batch change in the counters, by partition."""

    def __init__(self) -> None:
        self.counts: dict[int, Counts] = defaultdict(Counter)
        self.months: dict[int, Counter[Month]] = defaultdict(Counter)

    def add(self, partition: int, counts: Mapping[Key, int]) -> None:
        if not counts:
            return
        all_counts, all_months = self.counts[partition], self.months[partition]
        for key, value in counts.items():  # Counter.update takes three times as long
            all_counts[key] += value
        for month in months_in(counts):
            all_months[month] += 1


def alert_records(codec: Codec, changes: Iterable[Change]) -> Iterable[Record]:
    """The messages that tell of changes of alerts."""
    for change in changes:
        headers = cloud_event_headers(
            event_id=change.change_id,
            event_type=type(change).__name__,
            source="rxlog/surveillance",
            subject=change.subject,
        )
        yield Record(ALERTS.name, change.subject.encode(), codec.encode(change), headers)
