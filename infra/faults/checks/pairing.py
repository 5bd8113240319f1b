"""Each record of the log beside its outcome: exactly one, the right one, again for repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from aiokafka.partitioner import murmur2 as _murmur2

from infra.faults.checks.records import Logged, Told
from infra.faults.checks.violations import Violation
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import (
    PrescriptionClaimed,
    PrescriptionIssued,
    Submission,
    TimeTicked,
)

ONE_OUTCOME = "one outcome per record"
REPEATS = "repeats get the first verdict"
UNREADABLE = "unreadable records"
WHOLE = "the log is whole"

OTHER_CONTENT = "same-id-other-content"
NUL, TEXT_MAX = "\0", 200


def murmur2(key: bytes, partitions: int) -> int:
    """The partition of a key, as Kafka's own clients compute it."""
    return int(_murmur2(key) & 0x7FFFFFFF) % partitions


@dataclass(slots=True)
class Judged:
    """A record and what was told of it. `event` None: it counts as never sent. `ticked` are the
    outcomes of a tick, one per prescription it touched. `first` None: the first of its id."""

    record: Logged
    event: Submission | None
    outcome: SubmissionJudged | None = None
    ticked: list[SubmissionJudged] = field(default_factory=list)
    first: Judged | None = None

    @property
    def where(self) -> str:
        return f"{self.record.partition}/{self.record.offset}"


def pair(
    log: Sequence[Logged], outcomes: Sequence[Told], partitions: int
) -> tuple[list[Judged], Iterator[Violation]]:
    """The records with their outcomes in the log's order, and what is wrong with the pairs."""
    judged = [Judged(record, readable(record, partitions)) for record in log]
    by_place = {one.record.place: one for one in judged}
    found = [*_gaps(log), *_attach(by_place, outcomes)]
    _link_repeats(judged)
    return judged, iter([*found, *(v for one in judged for v in _check(one))])


def readable(record: Logged, partitions: int = 0) -> Submission | None:
    """The submission, if the record is one that may be judged at all.

    Its key is its prescription and lies in the partition where every client of the network looks
    for it (murmur2; `partitions` 0: not looked at). What goes into columns fits there.
    """
    event = record.event
    if not isinstance(event, Submission) or event.prescription_code != record.code:
        return None
    if partitions and record.partition != murmur2(record.code.encode(), partitions):
        return None
    texts = [event.event_id, event.submitter.facility_id]
    if isinstance(event, PrescriptionIssued):
        texts.append(event.patient_ref)
    if isinstance(event, PrescriptionClaimed):
        texts.append(event.payer_id)
    fits = all(NUL not in text and len(text) <= TEXT_MAX for text in [record.code, *texts])
    return event if fits else None


def is_tick(record: Logged) -> bool:
    """A tick has no key and counts in the partition it names."""
    event = record.event
    return isinstance(event, TimeTicked) and not record.code and event.partition == record.partition


def _gaps(log: Sequence[Logged]) -> Iterator[Violation]:
    """Nothing is ever taken out of the log, so offsets are dense from 0 on."""
    following: defaultdict[int, int] = defaultdict(int)
    for record in log:
        if record.offset != following[record.partition]:
            yield Violation(
                WHOLE,
                f"partition {record.partition} goes on at {record.offset} where "
                f"{following[record.partition]} should lie: what was there is gone",
            )
        following[record.partition] = record.offset + 1


def _attach(
    by_place: dict[tuple[int, int], Judged], outcomes: Sequence[Told]
) -> Iterator[Violation]:
    """Give every record its outcomes; the same outcome sent again is one outcome."""
    known: dict[str, SubmissionJudged] = {}
    for told in outcomes:
        outcome = told.outcome
        before = known.get(outcome.outcome_id)
        if before is not None:
            if before != outcome:
                yield Violation(
                    ONE_OUTCOME,
                    f"outcome {outcome.outcome_id} of {outcome.prescription_code} was published "
                    f"twice with different content: {_difference(before, outcome)}",
                )
            continue
        known[outcome.outcome_id] = outcome
        one = by_place.get((outcome.log_partition, outcome.log_offset))
        if one is None:
            yield Violation(
                ONE_OUTCOME,
                f"outcome {outcome.outcome_id} of {outcome.prescription_code} names "
                f"{outcome.log_partition}/{outcome.log_offset}, where the log has no record",
            )
        elif is_tick(one.record):
            one.ticked.append(outcome)
        elif one.outcome is not None:
            yield Violation(
                ONE_OUTCOME,
                f"{one.where} of {one.record.code} has two outcomes, {one.outcome.outcome_id} and "
                f"{outcome.outcome_id}",
            )
        else:
            one.outcome = outcome


def _link_repeats(judged: Sequence[Judged]) -> None:
    firsts: dict[tuple[str, str], Judged] = {}
    for one in judged:
        if one.event is not None:
            first = firsts.setdefault((one.record.code, one.event.event_id), one)
            one.first = None if first is one else first


def _check(one: Judged) -> Iterator[Violation]:
    outcome, record = one.outcome, one.record
    if isinstance(record.event, TimeTicked):
        yield from _check_tick(one)
        return
    if outcome is None:
        yield Violation(
            ONE_OUTCOME, f"{one.where} of {record.code} has no outcome: whoever sent it waits"
        )
        return
    expected_id = f"{record.partition}-{record.offset}"
    if outcome.outcome_id != expected_id:
        yield Violation(ONE_OUTCOME, f"the outcome of {one.where} has the id {outcome.outcome_id}")
    for name, said, is_so in (
        ("prescription", outcome.prescription_code, record.code.replace(NUL, "\ufffd")[:TEXT_MAX]),
        ("append time", outcome.recorded_at, record.at),
    ):
        if said != is_so:
            yield Violation(
                ONE_OUTCOME,
                f"the outcome of {one.where} of {record.code} names the {name} {said}, the record "
                f"has {is_so}",
            )
    if one.event is None or outcome.verdict == "UNREADABLE":
        yield from _check_unreadable(one, outcome)
    elif one.first is None:
        yield from _check_first(one, one.event, outcome)
    else:
        yield from _check_repeat(one, one.event, one.first, outcome)


def _check_tick(one: Judged) -> Iterator[Violation]:
    seen: defaultdict[str, int] = defaultdict(int)
    for outcome in one.ticked:
        seen[outcome.prescription_code] += 1
        expected = f"{one.record.partition}-{one.record.offset}-{outcome.prescription_code}"
        if outcome.event_id or outcome.outcome_id != expected or outcome.verdict != "RECORDED":
            yield Violation(
                ONE_OUTCOME,
                f"the tick at {one.where} told {outcome.outcome_id} ({outcome.verdict}, event "
                f"{outcome.event_id!r}) where it should have told {expected} as recorded",
            )
    for code, times in seen.items():
        if times > 1:
            yield Violation(ONE_OUTCOME, f"the tick at {one.where} told {times} outcomes of {code}")


def _check_unreadable(one: Judged, outcome: SubmissionJudged) -> Iterator[Violation]:
    if one.event is not None:
        yield Violation(
            UNREADABLE,
            f"{one.where} of {one.record.code} is a readable {type(one.event).__name__} and was "
            "set aside as unreadable",
        )
    elif outcome.verdict != "UNREADABLE" or outcome.event_id:
        yield Violation(
            UNREADABLE,
            f"{one.where} of {one.record.code} is no record of ours and was judged "
            f"{outcome.verdict} {outcome.result}",
        )


def _check_first(one: Judged, event: Submission, outcome: SubmissionJudged) -> Iterator[Violation]:
    for name, said, is_so in (
        ("event id", outcome.event_id, event.event_id),
        ("kind", outcome.submission, type(event).__name__),
        ("facility", outcome.facility_id, event.submitter.facility_id),
        ("first offset", outcome.first_offset, one.record.offset),
        ("first append time", outcome.first_recorded_at, one.record.at),
    ):
        if said != is_so:
            yield Violation(
                ONE_OUTCOME,
                f"the outcome of {one.where} of {one.record.code} names the {name} {said}, the "
                f"record has {is_so}",
            )
    if outcome.result == OTHER_CONTENT:
        yield Violation(
            REPEATS,
            f"{one.where} of {one.record.code} is the first record with event id "
            f"{event.event_id} and was refused as a repeat with other content",
        )


def _check_repeat(
    one: Judged, event: Submission, first: Judged, outcome: SubmissionJudged
) -> Iterator[Violation]:
    if first.event is None or first.outcome is None:
        return  # what is wrong with the first record is said there
    same = first.event.content_hash == event.content_hash and type(first.event) is type(event)
    name = f"{one.where} of {one.record.code} repeats event {event.event_id} of {first.where}"
    if not same:
        if (outcome.verdict, outcome.result) != ("REFUSED", OTHER_CONTENT):
            yield Violation(
                REPEATS,
                f"{name} with other content and was judged {outcome.verdict} {outcome.result}",
            )
        return
    expected = msgspec.structs.replace(
        first.outcome,
        outcome_id=outcome.outcome_id,
        log_partition=outcome.log_partition,
        log_offset=outcome.log_offset,
        recorded_at=outcome.recorded_at,
    )
    if outcome != expected:
        yield Violation(
            REPEATS, f"{name} and got another verdict: {_difference(expected, outcome)}"
        )


def _difference(before: SubmissionJudged, after: SubmissionJudged) -> str:
    """The fields that differ, as `name first -> second`."""
    return ", ".join(
        f"{name} {getattr(before, name)!r} -> {getattr(after, name)!r}"
        for name in before.__struct_fields__
        if getattr(before, name) != getattr(after, name)
    )
