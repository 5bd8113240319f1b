"""The registry's shell around its fold: bytes in, states and messages out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import asyncpg

from services.contracts.facts import Fact, FactRecorded, LogTimePassed
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import (
    PrescriptionClaimed,
    PrescriptionIssued,
    Submission,
    TimeTicked,
)
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.folding.mechanism import partition_of
from services.kernel.folding.telling import Tell
from services.kernel.log.awaiting import CAUSE_HEADER
from services.kernel.log.codec import Codec, UnreadableError, cloud_event_headers
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Entry, Folded, fold
from services.registry.set_aside import Place
from services.registry.store.loading import load_due, load_known
from services.registry.store.writing import save
from services.topology import FACTS, LOG, OUTCOMES

SOURCE = "rxlog/registry"
SET_ASIDE = "it could not be read or judged when its turn came, and was told so"
NUL = "\0"
"""No text of an event holds it, a key may; Postgres cannot keep it."""
IDENTIFIER_CHARS_MAX = 200
"""Longer ones are nobody's, and Postgres keeps them in no index."""


class RegistryFolder:
    """Folds `rx.log` into the registry."""

    name = "registry"
    topic = LOG.name
    is_read_once_told = True

    def __init__(self, codec: Codec, set_aside: Collection[Place] = frozenset()) -> None:
        self._codec = codec
        self._set_aside = set_aside

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord], tell: Tell
    ) -> None:
        entries = [self._entry(record) for record in records]
        asked = [
            (entry.code, entry.submission.event_id)
            for entry in entries
            if isinstance(entry.submission, Submission)
        ]
        known = await load_known(database, asked)
        await self._keep(database, fold(known.states, known.earlier, entries), tell)
        touched = {code for code, _ in asked}
        for ticks in _ticks_by_partition(entries):
            await self._pass_time(database, ticks, touched, tell)
        tell([*log_times(self._codec, entries)])

    async def _pass_time(
        self, database: asyncpg.Connection, ticks: Sequence[Entry], touched: set[str], tell: Tell
    ) -> None:
        """Move on what is due in a partition and no record of the batch touches.

        Each prescription is settled by itself, so they are folded a page at a time: how many are
        due (no tick came for a day) does not decide how much memory it takes.
        """
        latest = max(tick.at for tick in ticks)
        async for due in load_due(database, ticks[0].record.partition, latest):
            untouched = {code: state for code, state in due.items() if code not in touched}
            await self._keep(database, fold(untouched, {}, ticks), tell)

    async def _keep(self, database: asyncpg.Connection, folded: Folded, tell: Tell) -> None:
        tell([*self._messages(folded)])
        await save(database, folded)

    def _entry(self, record: LogRecord) -> Entry:
        """A record that was told unreadable stays so, also when this release could read it: a
        verdict given once never changes. Driven again, it stands at another place."""
        entry = read_entry(self._codec, record, LOG.partitions)
        if entry.submission is not None and (record.partition, record.offset) in self._set_aside:
            return Entry(record, entry.code, None, SET_ASIDE)
        return entry

    def _messages(self, folded: Folded) -> Iterator[Record]:
        for entry, outcome in folded.judged:
            yield self._outcome(entry, outcome)
        for entry, fact in folded.facts:
            yield self._fact(entry, fact)
        for entry, problem in folded.unreadable:
            yield dead_letter(self._codec, self.name, entry.record, problem)

    def _outcome(self, entry: Entry, outcome: SubmissionJudged) -> Record:
        headers = cloud_event_headers(
            event_id=outcome.outcome_id,
            event_type="SubmissionJudged",
            source=SOURCE,
            subject=outcome.prescription_code,
            traceparent=_traceparent(entry.record),
        )
        headers.append((CAUSE_HEADER, outcome.event_id.encode()))
        of_tick = isinstance(entry.submission, TimeTicked)
        key = outcome.prescription_code.encode() if of_tick else entry.record.key
        return Record(OUTCOMES.name, key, self._codec.encode(outcome), headers)

    def _fact(self, entry: Entry, fact: Fact) -> Record:
        kind = "recorded" if isinstance(fact, FactRecorded) else "withdrawn"
        headers = cloud_event_headers(
            event_id=f"{fact.fact_id}:{kind}",
            event_type=type(fact).__name__,
            source=SOURCE,
            subject=fact.prescription_code,
            traceparent=_traceparent(entry.record),
        )
        return Record(FACTS.name, fact.patient_ref.encode(), self._codec.encode(fact), headers)


def log_times(codec: Codec, entries: Iterable[Entry]) -> Iterator[Record]:
    """Tell every partition of facts how far the ticks' partitions of the log are known. Last of a
    batch, when every fact from before the ticks stands before it."""
    for entry in entries:
        if not isinstance(entry.submission, TimeTicked):
            continue
        tick = entry.record
        told = LogTimePassed(
            log_partition=tick.partition, log_partitions=LOG.partitions, at=entry.at
        )
        value = codec.encode(told)
        for partition in range(FACTS.partitions):
            headers = cloud_event_headers(
                event_id=f"{tick.partition}-{tick.offset}:{partition}",
                event_type=LogTimePassed.__name__,
                source=SOURCE,
                subject=f"{LOG.name}/{tick.partition}",
            )
            yield Record(FACTS.name, None, value, headers, partition)


def read_entry(codec: Codec, record: LogRecord, partitions: int | None = None) -> Entry:
    """Decode a record of the log, or say what is wrong with it.

    `partitions` is how many the log has, where it matters that a key is in its own: the records of
    one prescription in two partitions would have no order among them.
    """
    code = _code_of(record)
    try:
        event = codec.decode(record.value)
    except UnreadableError as error:
        return Entry(record, code, None, str(error))
    if isinstance(event, TimeTicked):
        return _read_tick(record, event)
    if not isinstance(event, Submission):
        return Entry(record, code, None, f"{type(event).__name__} does not belong on this topic")
    if event.prescription_code != code:
        return Entry(record, code, None, "the key is not the record's prescription code")
    if partitions is not None and record.partition != partition_of(code, partitions):
        return Entry(record, code, None, "the key belongs to another partition of the log")
    if max(map(len, _stored_texts(event))) > IDENTIFIER_CHARS_MAX:
        return Entry(record, code, None, f"an identifier is longer than {IDENTIFIER_CHARS_MAX}")
    return Entry(record, code, event)


def _code_of(record: LogRecord) -> str:
    """The record's key as text that Postgres can hold, cut where it cannot be a code any more."""
    text = (record.key or b"").decode(errors="replace").replace(NUL, "\ufffd")
    return text[:IDENTIFIER_CHARS_MAX]


def _read_tick(record: LogRecord, tick: TimeTicked) -> Entry:
    """A tick has no key, and says in which partition it counts."""
    if record.key or tick.partition != record.partition:
        return Entry(record, _code_of(record), None, "the tick was written for another partition")
    return Entry(record, "", tick)


def _ticks_by_partition(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The ticks of each partition, in log order."""
    ticks = [entry for entry in entries if isinstance(entry.submission, TimeTicked)]
    ticks.sort(key=attrgetter("record.partition", "record.offset"))
    for _partition, of_one in groupby(ticks, key=attrgetter("record.partition")):
        yield list(of_one)


def _stored_texts(event: Submission) -> tuple[str, ...]:
    """What goes into indexes of Postgres, which cannot hold long ones."""
    always = event.event_id, event.submitter.facility_id
    if isinstance(event, PrescriptionIssued):
        return (*always, event.patient_ref)
    if isinstance(event, PrescriptionClaimed):
        return (*always, event.payer_id)
    return always


def _traceparent(record: LogRecord) -> str:
    for name, value in reversed(record.headers or ()):  # it is put last
        if name == "traceparent":
            return (value or b"").decode(errors="replace")
    return ""
