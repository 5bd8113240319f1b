"""The shell around the late lane: re-runs what came too late, and publishes it if asked to.

The lane and the states are read as of one moment, then the facts up to where they were folded then,
then everything published. The engine cannot tell of what had settled at that moment, so whatever it
publishes meanwhile is about other alerts. Changes are on the topic before the facts are marked as
taken: a re-run that is interrupted between the two finds its changes published and gives no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import asyncpg

from services.contracts.alerts import AlertChange, AlertRaised, AlertRetracted, AlertRevised
from services.contracts.facts import FactRecorded, FactWithdrawn
from services.kernel.folding.mechanism import LogMismatchError
from services.kernel.folding.process import RESULTS_TIMEOUT_MS
from services.kernel.log.codec import Codec, UnreadableError
from services.kernel.log.event_log import AppendFailedError, EventLog
from services.kernel.store import database
from services.surveillance.folder import alert_records
from services.surveillance.late import telling
from services.surveillance.late.rerun import Patient, Rerun, Told, rerun
from services.surveillance.late.telling import Language, say
from services.surveillance.parameters import Parameters
from services.surveillance.replay import Replay, SilentLogError
from services.surveillance.settings import SCHEMA, WorkerProcess
from services.surveillance.store import late_lane
from services.surveillance.store.late_lane import Lane
from services.topology import ALERTS, FACTS

DONE, NOT_DONE = 0, 1
"""Exit codes."""

Say = Callable[[str], None]


class LateTaking:
    """One re-run of the lane. `tell` takes one line for a person."""

    def __init__(
        self,
        settings: WorkerProcess,
        parameters: Parameters,
        codec: Codec,
        lang: Language,
        tell: Say,
    ) -> None:
        self._settings = settings
        self._parameters = parameters
        self._codec = codec
        self._lang = lang
        self._tell = tell

    async def run(self, *, publish: bool) -> int:
        """Tell what would change; with `publish` append it and mark the facts as taken."""
        opened = database.open_pool(self._settings, SCHEMA, statement_timeout_ms=0)
        async with opened as pool, pool.acquire() as connection:
            try:
                return await (self._publish(connection) if publish else self._run(connection, None))
            except (SilentLogError, LogMismatchError, AppendFailedError) as error:
                self._tell(say(telling.INTERRUPTED, self._lang, problem=error))
                return NOT_DONE

    async def _publish(self, connection: asyncpg.Connection) -> int:
        async with late_lane.alone(connection) as alone:
            if not alone:
                self._tell(say(telling.NOT_ALONE, self._lang))
                return NOT_DONE
            results = EventLog(
                self._settings.kafka_bootstrap,
                f"{self._settings.room}-late",
                delivery_timeout_ms=RESULTS_TIMEOUT_MS,
                linger_ms=5,
            )
            try:
                return await self._run(connection, results)
            finally:
                results.close()

    async def _run(self, connection: asyncpg.Connection, results: EventLog | None) -> int:
        waiting = await late_lane.waiting(connection)
        if not waiting.patients:
            self._tell(say(telling.NOTHING, self._lang))
            return DONE
        oldest = telling.day(waiting.oldest)
        self._tell(say(telling.WAITING, self._lang, **waiting._asdict() | {"oldest": oldest}))
        lane = await late_lane.load(connection, FACTS.name)
        published = self._published(lane.waiting.keys())
        changes = taken = failed = 0
        for partition in sorted(lane.positions):
            for patient in self._patients(lane, partition, published):
                came_to = self._judged(patient)
                if came_to is None:
                    failed += 1
                    continue
                changes += len(came_to.changes)
                if results is not None:
                    await results.append_all([*alert_records(self._codec, came_to.changes)])
                    await late_lane.note_taken(connection, patient.waiting)
                    taken += len(patient.waiting)
        outcome = telling.TOUCHED_NOTHING if results is None else telling.PUBLISHED
        self._tell(say(outcome, self._lang, changes=changes, taken=taken))
        return NOT_DONE if failed else DONE

    def _judged(self, patient: Patient) -> Rerun | None:
        """What one patient's lane comes to, told; None when the facts cannot be judged."""
        try:
            came_to = rerun(patient, self._parameters)
        except Exception as error:
            ref, problem = patient.patient_ref, repr(error)
            self._tell(say(telling.CANNOT, self._lang, patient=ref, problem=problem))
            return None
        for line in telling.of_patient(patient.patient_ref, came_to, self._lang):
            self._tell(line)
        return came_to

    def _patients(
        self, lane: Lane, partition: int, published: Mapping[str, Mapping[str, AlertChange]]
    ) -> Iterator[Patient]:
        """The patients of one partition of the facts, with all that it tells of them."""
        refs = lane.patients_of(partition)
        histories = self._histories(refs, partition, lane.positions[partition]) if refs else {}
        for ref in refs:
            yield Patient(
                patient_ref=ref,
                since_day=lane.since_days[ref],
                waiting=lane.waiting[ref],
                history=histories.get(ref, ()),
                published=published.get(ref, {}),
            )

    def _histories(
        self, refs: Collection[str], partition: int, end: int
    ) -> Mapping[str, Sequence[Told]]:
        keys = {ref.encode() for ref in refs}
        histories: dict[str, list[Told]] = defaultdict(list)
        with Replay(self._settings.kafka_bootstrap, FACTS.name) as facts:
            for record in facts.records(partition, end):
                event = self._read(record.value) if record.key in keys else None
                if isinstance(event, FactRecorded | FactWithdrawn):
                    histories[event.patient_ref].append(Told(record.offset, event))
        return histories

    def _published(self, refs: Collection[str]) -> Mapping[str, Mapping[str, AlertChange]]:
        """The newest change of every alert about these patients."""
        keys = {ref.encode() for ref in refs}
        newest: dict[str, dict[str, AlertChange]] = defaultdict(dict)
        with Replay(self._settings.kafka_bootstrap, ALERTS.name) as alerts:
            for partition, end in alerts.ends().items():
                for record in alerts.records(partition, end):
                    event = self._read(record.value) if record.key in keys else None
                    if isinstance(event, AlertRaised | AlertRevised | AlertRetracted):
                        known = newest[event.subject].get(event.alert_id)
                        if known is None or known.revision < event.revision:
                            newest[event.subject][event.alert_id] = event
        return newest

    def _read(self, value: bytes | None) -> object:
        try:
            return self._codec.decode(value)
        except UnreadableError:
            return None  # whoever folds the topic has set it aside
