"""The registry's shell around its fold: bytes in, states and messages out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import asyncpg

from services.contracts.facts import Fact, FactRecorded
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import PrescriptionIssued, Submission
from services.kernel.folding.dead_letters import dead_letter
from services.kernel.log.awaiting import CAUSE_HEADER
from services.kernel.log.codec import Codec, UnreadableError, cloud_event_headers
from services.kernel.log.event_log import Record
from services.kernel.log.log_record import LogRecord
from services.registry import store
from services.registry.fold import Entry, Folded, fold
from services.registry.set_aside import Place
from services.topology import FACTS, LOG, OUTCOMES

SOURCE = "rxlog/registry"
SET_ASIDE = "it could not be read or judged when its turn came, and was told so"
NUL = "\0"


class RegistryFolder:
    """Folds `rx.log` into the registry."""

    name = "registry"
    topic = LOG.name

    def __init__(self, codec: Codec, set_aside: Collection[Place] = frozenset()) -> None:
        self._codec = codec
        self._set_aside = set_aside

    async def fold(
        self, database: asyncpg.Connection, records: Sequence[LogRecord]
    ) -> Sequence[Record]:
        entries = [self._entry(record) for record in records]
        readable = [(e.code, e.submission.event_id) for e in entries if e.submission]
        states = await store.load_states(database, (code for code, _ in readable))
        earlier = await store.load_earlier(database, readable)
        folded = fold(states, earlier, entries)
        await store.save(database, folded)
        return [*self._messages(folded)]

    def _entry(self, record: LogRecord) -> Entry:
        """A record that was told unreadable stays so, also when this release could read it: a
        verdict given once never changes. Driven again, it stands at another place."""
        entry = read_entry(self._codec, record)
        if entry.submission is not None and (record.partition, record.offset) in self._set_aside:
            return replace(entry, submission=None, problem=SET_ASIDE)
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
            subject=entry.code,
            traceparent=_traceparent(entry.record),
        )
        headers.append((CAUSE_HEADER, outcome.event_id.encode()))
        return Record(OUTCOMES.name, entry.record.key, self._codec.encode(outcome), headers)

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


def read_entry(codec: Codec, record: LogRecord) -> Entry:
    """Decode a record of the log, or say what is wrong with it."""
    code = (record.key or b"").decode(errors="replace").replace(NUL, "\ufffd")
    try:
        event = codec.decode(record.value)
    except UnreadableError as error:
        return Entry(record, code, None, str(error))
    if not isinstance(event, Submission):
        return Entry(record, code, None, f"{type(event).__name__} does not belong on this topic")
    if event.prescription_code != code:
        return Entry(record, code, None, "the key is not the record's prescription code")
    if any(NUL in text for text in _stored_texts(event)):
        return Entry(record, code, None, "an identifier contains the character U+0000")
    return Entry(record, code, event)


def _stored_texts(event: Submission) -> tuple[str, ...]:
    """What goes into text columns of Postgres, which cannot hold U+0000."""
    texts = (event.event_id, event.submitter.facility_id)
    return (*texts, event.patient_ref) if isinstance(event, PrescriptionIssued) else texts


def _traceparent(record: LogRecord) -> str:
    found = next((value for name, value in record.headers or () if name == "traceparent"), b"")
    return found.decode(errors="replace")
