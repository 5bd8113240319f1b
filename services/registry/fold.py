"""The fold of a batch: records in log order, states in, states and outcomes out. Pure.

A repeat (an event id judged before) gets the first verdict again; the same id with other content
is refused as such. A record that cannot be read or judged still gets its one outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from services.contracts.facts import Fact
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission
from services.contracts.terms import Reason
from services.kernel.log.log_record import LogRecord
from services.registry.judge import judge
from services.registry.judgement.judgement import Judgement
from services.registry.prescription import Prescription, settle, status


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the log: `submission`, or `problem` saying why there is none."""

    record: LogRecord
    code: str
    submission: Submission | None
    problem: str = ""

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.record.timestamp_ms / 1000, UTC)


class Earlier(msgspec.Struct, frozen=True):
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


def fold(
    states: Mapping[str, Prescription],
    earlier: Mapping[EarlierKey, Earlier],
    entries: Iterable[Entry],
) -> Folded:
    """Fold records over states. `states` and `earlier` hold what the entries touch."""
    folded = Folded()
    known = dict(earlier)
    for entry in entries:
        submission = entry.submission
        if submission is None:
            _set_aside(folded, entry, entry.problem)
            continue
        key = (entry.code, submission.event_id)
        before = known.get(key)
        if before is not None:
            folded.judged.append((entry, _again(entry, submission, before)))
            continue
        state = folded.states.get(entry.code) or states.get(entry.code)
        try:
            judged = judge(state or Prescription(code=entry.code), submission, entry.at)
        except Exception as error:
            _set_aside(folded, entry, f"the record cannot be judged: {error!r}")
            continue
        outcome = _outcome(entry, submission, judged)
        known[key] = Earlier(submission.content_hash, outcome)
        if judged.verdict != "REFUSED" or state is not None:
            folded.states[entry.code] = judged.state
        folded.judged.append((entry, outcome))
        folded.facts.extend((entry, fact) for fact in judged.facts)
    return folded


def _outcome(entry: Entry, submission: Submission, judged: Judgement) -> SubmissionJudged:
    state, record = judged.state, entry.record
    held, issued = state.reservation, state.issued
    return SubmissionJudged(
        outcome_id=_outcome_id(record),
        event_id=submission.event_id,
        submission=type(submission).__name__,
        prescription_code=entry.code,
        facility_id=submission.submitter.facility_id,
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
        remaining=state.remaining(),
    )


def _again(entry: Entry, submission: Submission, before: Earlier) -> SubmissionJudged:
    """The first verdict once more, or a refusal when the content is not the same."""
    record, first = entry.record, before.outcome
    outcome = msgspec.structs.replace(
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
    code = "same-id-other-content"
    return msgspec.structs.replace(
        outcome,
        submission=type(submission).__name__,
        verdict="REFUSED",
        result=code,
        reasons=(Reason(code=code),),
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
    """The state of one prescription at a moment of log time, from its own records."""
    before = [entry for entry in entries if entry.at <= moment]
    state = fold({}, {}, before).states.get(code, Prescription(code=code))
    return settle(state, moment)
