"""The fold of a batch: records in log order, states in, states and outcomes out. Pure.

A repeat (an event id judged before) gets the first verdict again; the same id with other content
is refused as such. A record that cannot be read or judged still gets its one outcome. A tick moves
every prescription of its partition on that is due, and gets one outcome for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush

import msgspec
from msgspec.structs import force_setattr, replace

from services.contracts.facts import Fact
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission, TimeTicked
from services.contracts.terms import Reason
from services.kernel.log.log_record import LogRecord
from services.registry.judge import judge, tick
from services.registry.judgement.judgement import Judgement
from services.registry.judgement.ledger import remaining
from services.registry.parties import parties
from services.registry.prescription import Prescription, due_at, settle, status

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record of the log, appended `at`: `submission`, or `problem` saying why there is none.

    A tick belongs to no prescription: its `code` is empty.
    """

    record: LogRecord
    code: str
    submission: Submission | TimeTicked | None
    problem: str = ""
    at: datetime = EPOCH
    """Append time, set by the broker; not to be given."""

    def __post_init__(self) -> None:
        force_setattr(self, "at", datetime.fromtimestamp(self.record.timestamp_ms / 1000, UTC))

    @property
    def submitted(self) -> Submission | None:
        """What is to be judged; None for a tick and for what cannot be read."""
        return self.submission if isinstance(self.submission, Submission) else None


class Earlier(msgspec.Struct, frozen=True, gc=False):
    """What the first record with an event id contained and how it was judged."""

    content_hash: bytes
    outcome: SubmissionJudged


EarlierKey = tuple[str, str]
"""Prescription code and event id."""


@dataclass
class Folded:
    """What a batch came to, in log order."""

    states: dict[str, Prescription] = field(default_factory=dict)
    judged: list[tuple[Entry, SubmissionJudged]] = field(default_factory=list)
    facts: list[tuple[Entry, Fact]] = field(default_factory=list)
    unreadable: list[tuple[Entry, str]] = field(default_factory=list)
    parties: dict[str, frozenset[str]] = field(default_factory=dict)
    """Outcome id -> the facilities that had to do with the prescription before it or have now."""


def fold(
    states: Mapping[str, Prescription],
    earlier: Mapping[EarlierKey, Earlier],
    entries: Iterable[Entry],
) -> Folded:
    """Fold records over states.

    `states` and `earlier` hold what the entries touch; for ticks, `states` also holds every
    prescription of their partition that is due by the latest of them.
    """
    folding = _Folding(states, earlier)
    for entry in entries:
        submission = entry.submission
        if submission is None:
            _set_aside(folding.folded, entry, entry.problem)
        elif isinstance(submission, TimeTicked):
            folding.pass_time(entry)
        else:
            folding.take(entry, submission)
    return folding.folded


class _Folding:
    """A fold under way: what was known before, and what the records so far came to."""

    def __init__(
        self, states: Mapping[str, Prescription], earlier: Mapping[EarlierKey, Earlier]
    ) -> None:
        self.folded = Folded()
        self._states = states
        self._earlier = dict(earlier)
        self._agenda: _Agenda | None = None

    def take(self, entry: Entry, submission: Submission) -> None:
        """Judge one submission, once."""
        folded, key = self.folded, (entry.code, submission.event_id)
        before = self._earlier.get(key)
        if before is not None:
            folded.judged.append((entry, _again(entry, submission, before)))
            return
        known = self._state(entry.code)
        state = known or Prescription(code=entry.code)
        if state.partition is None:
            state = replace(state, partition=entry.record.partition)
        try:
            judged = judge(state, submission, entry.at)
        except Exception as error:
            _set_aside(folded, entry, f"the record cannot be judged: {error!r}")
            return
        outcome = _outcome(entry, submission, judged)
        self._earlier[key] = Earlier(submission.content_hash, outcome)
        if judged.verdict != "REFUSED" or known is not None:
            self._keep(judged.state)
        self._tell(entry, outcome, state, judged)

    def pass_time(self, entry: Entry) -> None:
        """Move on every prescription of the tick's partition that is due."""
        if self._agenda is None:
            self._agenda = _Agenda({**self._states, **self.folded.states}.values())
        for due, code in self._agenda.due(entry.record.partition, entry.at):
            state = self._state(code)
            if state is None or due_at(state) != due:
                continue  # it changed since and stands in the agenda anew
            judged = tick(state, entry.at)
            if judged is None:
                continue
            self._keep(judged.state)
            self._tell(entry, _tick_outcome(entry, judged), state, judged)

    def _tell(
        self, entry: Entry, outcome: SubmissionJudged, before: Prescription, judged: Judgement
    ) -> None:
        self.folded.judged.append((entry, outcome))
        self.folded.facts.extend((entry, fact) for fact in judged.facts)
        self.folded.parties[outcome.outcome_id] = parties(before) | parties(judged.state)

    def _state(self, code: str) -> Prescription | None:
        return self.folded.states.get(code) or self._states.get(code)

    def _keep(self, state: Prescription) -> None:
        self.folded.states[state.code] = state
        if self._agenda is not None:
            self._agenda.add(state)


class _Agenda:
    """Who is due when, per partition, the earliest first. Built when a batch holds a tick."""

    def __init__(self, states: Iterable[Prescription]) -> None:
        self._waiting: dict[int, list[tuple[datetime, str]]] = {}
        for state in states:
            due = due_at(state)
            if due is not None and state.partition is not None:
                self._waiting.setdefault(state.partition, []).append((due, state.code))
        for waiting in self._waiting.values():
            heapify(waiting)

    def add(self, state: Prescription) -> None:
        """Note when a prescription that changed is due."""
        due = due_at(state)
        if due is not None and state.partition is not None:
            heappush(self._waiting.setdefault(state.partition, []), (due, state.code))

    def due(self, partition: int, at: datetime) -> Iterator[tuple[datetime, str]]:
        """Take what is due by `at`, in order of moment and code; some of it may be outdated."""
        waiting = self._waiting.get(partition, [])
        while waiting and waiting[0][0] <= at:
            yield heappop(waiting)


def _outcome(entry: Entry, submission: Submission, judged: Judgement) -> SubmissionJudged:
    return _told(
        entry,
        judged,
        outcome_id=_outcome_id(entry.record),
        event_id=submission.event_id,
        submission=type(submission).__name__,
        facility_id=submission.submitter.facility_id,
    )


def _tick_outcome(entry: Entry, judged: Judgement) -> SubmissionJudged:
    """A tick has as many outcomes as prescriptions it touched, so the code is part of the id."""
    return _told(
        entry,
        judged,
        outcome_id=f"{_outcome_id(entry.record)}-{judged.state.code}",
        event_id="",
        submission=TimeTicked.__name__,
    )


def _told(entry: Entry, judged: Judgement, **who: str) -> SubmissionJudged:
    state, record = judged.state, entry.record
    held, issued = state.reservation, state.issued
    return SubmissionJudged(
        **who,
        prescription_code=state.code,
        log_partition=record.partition,
        log_offset=record.offset,
        recorded_at=entry.at,
        verdict=judged.verdict,
        result=judged.result,
        reasons=judged.reasons,
        first_offset=record.offset,
        first_recorded_at=entry.at,
        status=status(state, entry.at),
        holder=held.pharmacy_id if held else None,
        held_until=held.until if held else None,
        valid_until=issued.valid_until if issued else None,
        remaining=remaining(state, entry.at),
    )


def _again(entry: Entry, submission: Submission, before: Earlier) -> SubmissionJudged:
    """The first verdict once more, or a refusal when the content is not the same."""
    record, first = entry.record, before.outcome
    outcome = replace(
        first,
        outcome_id=_outcome_id(record),
        log_partition=record.partition,
        log_offset=record.offset,
        recorded_at=entry.at,
    )
    same = (
        before.content_hash == submission.content_hash
        and first.submission == type(submission).__name__
    )
    if same:
        return outcome
    return replace(
        outcome,
        submission=type(submission).__name__,
        verdict="REFUSED",
        result="same-id-other-content",
        reasons=(Reason(code="same-id-other-content"),),
        first_offset=record.offset,
        first_recorded_at=entry.at,
    )


def _set_aside(folded: Folded, entry: Entry, problem: str) -> None:
    """Unreadable: it counts as never sent, and it is kept whole in the dead letters."""
    record = entry.record
    outcome = SubmissionJudged(
        outcome_id=_outcome_id(record),
        event_id="",
        submission="",
        prescription_code=entry.code,
        log_partition=record.partition,
        log_offset=record.offset,
        recorded_at=entry.at,
        verdict="UNREADABLE",
        result="unreadable",
        reasons=(Reason(code="unreadable"),),
        first_offset=record.offset,
        first_recorded_at=entry.at,
    )
    folded.judged.append((entry, outcome))
    folded.unreadable.append((entry, problem))


def _outcome_id(record: LogRecord) -> str:
    return f"{record.partition}-{record.offset}"


def as_of(entries: Iterable[Entry], code: str, moment: datetime) -> Prescription:
    """The state of one prescription at a moment of log time, from its own records.

    Ticks are not needed for it: they do what settling does.
    """
    before = [entry for entry in entries if entry.at <= moment]
    state = fold({}, {}, before).states.get(code, Prescription(code=code))
    return settle(state, moment)
