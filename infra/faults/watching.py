"""Follows the log and the outcomes while a campaign runs, and audits as it goes.

A plain consumer in a thread of its own. After each fault it is asked whether everything on the log
up to a point has its outcome and whether what callers were told stands; meanwhile it looks at
every grant as it comes by. The whole-log audit (checks/) is thorough; this one is quick.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from infra.faults.checks.violations import Violation
from infra.faults.history import Call, clock
from services.contracts.dead_letters import DeadLettered
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission, TimeTicked
from services.kernel.log.codec import Codec, UnreadableError
from services.topology import DEAD_LETTERS, LOG, OUTCOMES

Place = tuple[int, int]
READABLE, UNREADABLE, TICK = "readable", "unreadable", "tick"
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the log, as far as it matters here."""

    kind: str
    event_id: str = ""


@dataclass
class Holding:
    """Who holds a prescription, as the outcomes tell it."""

    holder: str
    until: datetime | None


@dataclass
class Seen:
    """What has come by, guarded by one lock."""

    entries: dict[Place, Entry] = field(default_factory=dict)
    outcomes: dict[str, SubmissionJudged] = field(default_factory=dict)
    waiting: dict[Place, list[SubmissionJudged]] = field(default_factory=dict)
    judged: dict[int, int] = field(default_factory=dict)
    """Partition -> the first offset whose outcome has not come."""
    read: dict[int, int] = field(default_factory=dict)
    """Partition -> the next offset of the log to come."""
    holdings: dict[str, Holding] = field(default_factory=dict)
    looked_at: dict[str, int] = field(default_factory=dict)
    """Prescription -> the offset whose outcome was looked at last."""
    dead_letters: set[str] = field(default_factory=set)
    """Ids; a dead letter that was sent twice is the same one."""
    verdicts: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)


class Watch:
    """The incremental audit of one network."""

    def __init__(self, bootstrap: str, codec: Codec) -> None:
        self._bootstrap = bootstrap
        self._codec = codec
        self._seen = Seen()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    # --- questions --------------------------------------------------------------------------

    def violations(self) -> list[Violation]:
        """What was wrong so far."""
        with self._lock:
            return list(self._seen.violations)

    def counts(self) -> dict[str, int]:
        """Records of the log, and outcomes by verdict."""
        with self._lock:
            return {
                "records": len(self._seen.entries),
                "unreadable": sum(e.kind == UNREADABLE for e in self._seen.entries.values()),
                "dead letters": len(self._seen.dead_letters),
                **self._seen.verdicts,
            }

    def outcome(self, partition: int, offset: int) -> SubmissionJudged | None:
        """The outcome of a record, when it has come."""
        with self._lock:
            return self._seen.outcomes.get(f"{partition}-{offset}")

    def missing(self, ends: Mapping[int, int]) -> list[Place]:
        """The first record of each partition before `ends` that has no outcome yet."""
        with self._lock:
            return [
                (partition, self._seen.judged.get(partition, 0))
                for partition, end in sorted(ends.items())
                if self._seen.judged.get(partition, 0) < end
            ]

    def without_dead_letter(self) -> list[Place]:
        """Records that nobody can read and of which no dead letter has come by."""
        with self._lock:
            return [
                (partition, offset)
                for (partition, offset), entry in self._seen.entries.items()
                if entry.kind == UNREADABLE
                and f"registry:{LOG.name}:{partition}:{offset}" not in self._seen.dead_letters
            ]

    async def until_judged(self, ends: Mapping[int, int], timeout_s: float) -> list[Place]:
        """Wait until every record before `ends` has its outcome; what is missing at the end."""
        until = clock() + timeout_s
        while True:
            missing = self.missing(ends)
            if not missing or clock() > until:
                return missing
            await asyncio.sleep(POLL_S)

    def check_answers(self, calls: Iterable[Call]) -> list[Violation]:
        """Whether what callers were told stands: on the log, with the outcome they were told."""
        found = []
        with self._lock:
            for call in calls:
                if call.partition is None or call.offset is None:
                    continue
                entry = self._seen.entries.get((call.partition, call.offset))
                outcome = self._seen.outcomes.get(f"{call.partition}-{call.offset}")
                who = f"{call.operation} of {call.code} by {call.client} (key {call.key})"
                place = f"{call.partition}-{call.offset}"
                if entry is None or entry.event_id != call.event_id:
                    found.append(
                        Violation("acknowledged and lost", f"{who} was answered {call.status}")
                    )
                elif outcome is None:
                    found.append(Violation("acknowledged without outcome", f"{who} at {place}"))
                elif outcome.result != call.result:
                    found.append(
                        Violation(
                            "another verdict than was told",
                            f"{who} was told {call.result}, {place} says {outcome.result}",
                        )
                    )
        return found

    # --- reading ----------------------------------------------------------------------------

    def _run(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": "rxlog-watch",  # required by the client, never joined
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "reconnect.backoff.ms": 50,
                "reconnect.backoff.max.ms": 500,
            }
        )
        try:
            consumer.assign(
                [
                    TopicPartition(topic.name, partition, 0)
                    for topic in (LOG, OUTCOMES, DEAD_LETTERS)
                    for partition in range(topic.partitions)
                ]
            )
            while not self._stopping.is_set():
                try:
                    messages = consumer.consume(500, timeout=0.1)
                except KafkaException:
                    continue
                with self._lock:
                    for message in messages:
                        if message.error() is None:
                            self._take(message)
        finally:
            consumer.close()

    def _take(self, message: Message) -> None:
        if message.topic() == LOG.name:
            self._take_record(message)
        elif message.topic() == OUTCOMES.name:
            self._take_outcome(message)
        else:
            letter = self._codec.decode(message.value())
            if isinstance(letter, DeadLettered):
                self._seen.dead_letters.add(letter.dead_letter_id)

    def _take_record(self, message: Message) -> None:
        seen, partition, offset = self._seen, message.partition(), message.offset()
        if (partition, offset) in seen.entries:
            return  # read again after a lost connection
        if offset != seen.read.get(partition, 0):
            seen.violations.append(
                Violation("a gap in the log", f"{partition}-{offset} follows {seen.read}")
            )
        seen.read[partition] = offset + 1
        seen.entries[partition, offset] = _entry(self._codec, message)
        self._advance(partition)

    def _take_outcome(self, message: Message) -> None:
        try:
            outcome = self._codec.decode(message.value())
        except UnreadableError:
            return  # put there by somebody else
        if not isinstance(outcome, SubmissionJudged):
            return
        seen = self._seen
        known = seen.outcomes.setdefault(outcome.outcome_id, outcome)
        if known is not outcome:
            if known != outcome:
                seen.violations.append(
                    Violation("one record, two outcomes", f"{outcome.outcome_id} of {outcome}")
                )
            return
        seen.verdicts[outcome.verdict] += 1
        place = outcome.log_partition, outcome.log_offset
        if place[1] < seen.judged.get(place[0], 0):  # a tick may have any number of outcomes
            self._look_at(seen.entries[place], outcome)
            return
        seen.waiting.setdefault(place, []).append(outcome)
        self._advance(outcome.log_partition)

    def _advance(self, partition: int) -> None:
        """Go through the outcomes in the order of the log, as far as there is no hole."""
        seen = self._seen
        while True:
            place = partition, seen.judged.get(partition, 0)
            entry = seen.entries.get(place)
            outcomes = seen.waiting.get(place)
            if entry is None or (outcomes is None and entry.kind != TICK):
                return
            seen.judged[partition] = place[1] + 1
            for outcome in seen.waiting.pop(place, ()):
                self._look_at(entry, outcome)

    def _look_at(self, entry: Entry, outcome: SubmissionJudged) -> None:
        seen, code = self._seen, outcome.prescription_code
        if (outcome.verdict == "UNREADABLE") != (entry.kind == UNREADABLE):
            seen.violations.append(
                Violation("readable or not", f"{outcome.outcome_id} is {entry.kind}: {outcome}")
            )
        is_first = outcome.first_offset == outcome.log_offset
        if outcome.verdict == "UNREADABLE" or outcome.result == "same-id-other-content":
            return
        if not is_first:
            self._compare_repeat(outcome)
            return
        if outcome.log_offset < seen.looked_at.get(code, -1):
            return
        seen.looked_at[code] = outcome.log_offset
        before = seen.holdings.get(code)
        if outcome.result == "granted" and before is not None:
            lapsed = before.until is not None and before.until <= outcome.recorded_at
            if not lapsed:
                seen.violations.append(
                    Violation(
                        "two grants overlap",
                        f"{code} at {outcome.outcome_id} for {outcome.holder} while"
                        f" {before.holder} held it until {before.until}",
                    )
                )
        if outcome.holder:
            seen.holdings[code] = Holding(outcome.holder, outcome.held_until)
        else:
            seen.holdings.pop(code, None)

    def _compare_repeat(self, outcome: SubmissionJudged) -> None:
        first = self._seen.outcomes.get(f"{outcome.log_partition}-{outcome.first_offset}")
        if first is None or (first.verdict, first.result, first.holder) != (
            outcome.verdict,
            outcome.result,
            outcome.holder,
        ):
            self._seen.violations.append(
                Violation("a repeat was told something else", f"{outcome} after {first}")
            )


def _entry(codec: Codec, message: Message) -> Entry:
    try:
        event = codec.decode(message.value())
    except UnreadableError:
        return Entry(UNREADABLE)
    if isinstance(event, TimeTicked):
        return Entry(TICK)
    key = (message.key() or b"").decode(errors="replace")
    if not isinstance(event, Submission) or event.prescription_code != key:
        return Entry(UNREADABLE)
    if "\0" in event.event_id + event.submitter.facility_id:
        return Entry(UNREADABLE)
    return Entry(READABLE, event.event_id)
