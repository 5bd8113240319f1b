"""The work of `quix.py`, run by the peer's own Python: a quixstreams application.

The ways its documentation shows: a stateful `apply` (RocksDB, with its changelog on the broker),
results by `to_topic`, rows by a `BatchingSink` at every checkpoint. Its own `PostgreSQLSink` cannot
be used: it takes the columns of a batch from the first row, so a prescription that is not issued
yet would leave out the patient of all others.
"""

from __future__ import annotations

import tempfile
from typing import Any

import msgspec
import psycopg2
from psycopg2.extras import execute_values
from quixstreams import Application, State, message_context
from quixstreams.models import SerializationContext, Serializer
from quixstreams.sinks import BatchingSink, SinkBatch

from infra.bench.contestants.one_by_one import OneByOne, Step
from infra.bench.measured import Measured, Stopwatch, Task
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.registry.prescription import due_at

KEPT = "prescription"
"""The name of the value in the state of a key."""

ROWS_AT_ONCE = 1_000

PRESCRIPTIONS = """
    INSERT INTO prescription
        (code, partition, patient_ref, practice_id, issued_at, due_at, state) VALUES %s
    ON CONFLICT (code) DO UPDATE SET patient_ref = excluded.patient_ref,
        practice_id = excluded.practice_id, issued_at = excluded.issued_at,
        due_at = excluded.due_at, state = excluded.state"""
RECORDS = """
    INSERT INTO record
        (partition, "offset", code, event_id, submission, facility_id, recorded_at, content_hash,
         value, outcome) VALUES %s
    ON CONFLICT DO NOTHING"""

Row = tuple[Any, ...]


class Told:
    """One result on its way: what to publish, and with the first one of a record what it came to.

    Values of a stream are passed on as they are as long as it does not branch.
    """

    __slots__ = ("key", "step", "value")

    def __init__(self, key: bytes, value: bytes, step: Step | None) -> None:
        self.key = key
        self.value = value
        self.step = step


class Tables(BatchingSink):  # type: ignore[misc]
    """Writes the rows of a checkpoint, a transaction for each partition."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task
        self._encode = msgspec.json.Encoder().encode

    def setup(self) -> None:
        self._connection = psycopg2.connect(
            self._task.postgres, options=f"-c search_path={self._task.schema} -c jit=off"
        )

    def write(self, batch: SinkBatch) -> None:
        """The last state of each code, and every record."""
        steps = [item.value.step for item in batch if item.value.step is not None]
        states = {
            code: state for step in steps for code, state in step.folded.states.items() if step.kept
        }
        with self._connection, self._connection.cursor() as cursor:
            rows = [self._prescription(state) for state in states.values()]
            execute_values(cursor, PRESCRIPTIONS, rows, page_size=ROWS_AT_ONCE)
            rows = [self._record(step) for step in steps]
            execute_values(cursor, RECORDS, rows, page_size=ROWS_AT_ONCE)

    def _prescription(self, state: Any) -> Row:
        issued = state.issued
        return (
            state.code,
            state.partition,
            issued.patient_ref if issued else None,
            issued.practice_id if issued else None,
            issued.issued_at if issued else None,
            due_at(state),
            self._encode(state).decode(),
        )

    def _record(self, step: Step) -> Row:
        record, entry = step.entry.record, step.entry
        [(_, outcome)] = step.folded.judged
        return (
            record.partition,
            record.offset,
            outcome.prescription_code,
            outcome.event_id,
            outcome.submission,
            outcome.facility_id,
            entry.at,
            getattr(entry.submission, "content_hash", b""),
            record.value or b"",
            self._encode(outcome).decode(),
        )


class _Work:
    """The application with its one function, and how far it is."""

    def __init__(self, task: Task, folder: str) -> None:
        self._topic = task.topic
        self._left = task.records
        self._registry = OneByOne(published_language())
        self.published = 0
        self.watch: Stopwatch | None = None
        self.app = Application(
            broker_address=task.bootstrap,
            consumer_group=task.run,
            auto_offset_reset="earliest",
            state_dir=folder,
            loglevel="WARNING",
            on_message_processed=self._count,
        )

    def judged(self, value: bytes, key: bytes, timestamp: int, _: Any, state: State) -> list[Told]:
        """Judge one record."""
        self.watch = self.watch or Stopwatch()
        place = message_context()
        record = LogRecord(self._topic, place.partition, place.offset, timestamp, key, value, ())
        step = self._registry.step(record, state.get_bytes(KEPT))
        if step.kept is not None:
            state.set_bytes(KEPT, step.kept)
        self.published += len(step.messages)
        return [
            Told(key, message, None if number else step)
            for number, (key, message) in enumerate(step.messages)
        ]

    def _count(self, *_place: Any) -> None:
        """End with the last record; the checkpoint that is open is written then."""
        self._left -= 1
        if self._left == 0:
            self.app.stop()


def measure(task: Task) -> Measured:
    """Fold the topic's records into the tables."""
    with tempfile.TemporaryDirectory(prefix="rxlog-bench-") as folder:
        return _measure(task, folder)


def _measure(task: Task, folder: str) -> Measured:
    work = _Work(task, folder)
    app = work.app
    raw = {"key_deserializer": "bytes", "value_deserializer": "bytes"}
    out = {"key_serializer": "bytes", "value_serializer": _Bytes()}
    results = app.topic(f"{task.run}-results", **out)
    told = app.dataframe(app.topic(task.topic, **raw))
    told = told.apply(work.judged, stateful=True, metadata=True, expand=True)
    told = told.to_topic(results, key=lambda one: one.key)
    told.sink(Tables(task))
    app.run()  # ends after the checkpoint of the last record
    assert work.watch is not None, "the first record started it"
    seconds, cpu_seconds = work.watch.read()
    return Measured(
        records=task.records, seconds=seconds, cpu_seconds=cpu_seconds, published=work.published
    )


class _Bytes(Serializer):  # type: ignore[misc]
    """The bytes of a result."""

    def __call__(self, told: Told, ctx: SerializationContext) -> bytes:  # noqa: ARG002
        return told.value
