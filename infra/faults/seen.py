"""What has come by of a log and its outcomes, and what is wrong with it. No I/O.

Records and outcomes come in any order and more than once; outcomes are looked at in the order of
the log, as far as there is no hole. Quick where checks/ is thorough: it is asked after every fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from infra.faults.checks.violations import Violation
from infra.faults.history import Call
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission, TimeTicked
from services.kernel.log.codec import Codec, UnreadableError
from services.topology import LOG

Place = tuple[int, int]
"""Partition and offset."""

READABLE, UNREADABLE, TICK = "readable", "unreadable", "tick"


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
    """The audit so far; `violations` is what was wrong."""

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

    def missing(self, ends: Mapping[int, int]) -> list[Place]:
        """The first record of each partition before `ends` that has no outcome yet."""
        return [
            (partition, self.judged.get(partition, 0))
            for partition, end in sorted(ends.items())
            if self.judged.get(partition, 0) < end
        ]

    def without_dead_letter(self) -> list[Place]:
        """Records that nobody can read and of which no dead letter has come by."""
        return [
            (partition, offset)
            for (partition, offset), entry in self.entries.items()
            if entry.kind == UNREADABLE
            and f"registry:{LOG.name}:{partition}:{offset}" not in self.dead_letters
        ]

    def check_answers(self, calls: Iterable[Call]) -> list[Violation]:
        """Whether what callers were told stands: on the log, with the outcome they were told."""
        found = []
        for call in calls:
            if call.partition is None or call.offset is None:
                continue
            entry = self.entries.get((call.partition, call.offset))
            outcome = self.outcomes.get(f"{call.partition}-{call.offset}")
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

    def take_record(self, partition: int, offset: int, entry: Entry) -> None:
        """A record of the log came by."""
        if (partition, offset) in self.entries:
            return  # read again after a lost connection
        if offset != self.read.get(partition, 0):
            self.violations.append(
                Violation("a gap in the log", f"{partition}-{offset} follows {self.read}")
            )
        self.read[partition] = offset + 1
        self.entries[partition, offset] = entry
        self._advance(partition)

    def take_outcome(self, outcome: SubmissionJudged) -> None:
        """An outcome came by."""
        known = self.outcomes.setdefault(outcome.outcome_id, outcome)
        if known is not outcome:
            if known != outcome:
                self.violations.append(
                    Violation("one record, two outcomes", f"{outcome.outcome_id} of {outcome}")
                )
            return
        self.verdicts[outcome.verdict] += 1
        place = outcome.log_partition, outcome.log_offset
        if place[1] < self.judged.get(place[0], 0):  # a tick may have any number of outcomes
            self._look_at(self.entries[place], outcome)
            return
        self.waiting.setdefault(place, []).append(outcome)
        self._advance(outcome.log_partition)

    def _advance(self, partition: int) -> None:
        """Go through the outcomes in the order of the log, as far as there is no hole."""
        while True:
            place = partition, self.judged.get(partition, 0)
            entry = self.entries.get(place)
            outcomes = self.waiting.get(place)
            if entry is None or (outcomes is None and entry.kind != TICK):
                return
            self.judged[partition] = place[1] + 1
            for outcome in self.waiting.pop(place, ()):
                self._look_at(entry, outcome)

    def _look_at(self, entry: Entry, outcome: SubmissionJudged) -> None:
        code = outcome.prescription_code
        if (outcome.verdict == "UNREADABLE") != (entry.kind == UNREADABLE):
            self.violations.append(
                Violation("readable or not", f"{outcome.outcome_id} is {entry.kind}: {outcome}")
            )
        is_first = outcome.first_offset == outcome.log_offset
        if outcome.verdict == "UNREADABLE" or outcome.result == "same-id-other-content":
            return
        if not is_first:
            self._compare_repeat(outcome)
            return
        if outcome.log_offset < self.looked_at.get(code, -1):
            return
        self.looked_at[code] = outcome.log_offset
        before = self.holdings.get(code)
        if outcome.result == "granted" and before is not None:
            lapsed = before.until is not None and before.until <= outcome.recorded_at
            if not lapsed:
                self.violations.append(
                    Violation(
                        "two grants overlap",
                        f"{code} at {outcome.outcome_id} for {outcome.holder} while"
                        f" {before.holder} held it until {before.until}",
                    )
                )
        if outcome.holder:
            self.holdings[code] = Holding(outcome.holder, outcome.held_until)
        else:
            self.holdings.pop(code, None)

    def _compare_repeat(self, outcome: SubmissionJudged) -> None:
        first = self.outcomes.get(f"{outcome.log_partition}-{outcome.first_offset}")
        if first is None or (first.verdict, first.result, first.holder) != (
            outcome.verdict,
            outcome.result,
            outcome.holder,
        ):
            self.violations.append(
                Violation("a repeat was told something else", f"{outcome} after {first}")
            )


def entry_of(codec: Codec, key: bytes | None, value: bytes | None) -> Entry:
    """What a record is, read with the codec alone."""
    try:
        event = codec.decode(value)
    except UnreadableError:
        return Entry(UNREADABLE)
    if isinstance(event, TimeTicked):
        return Entry(TICK)
    code = (key or b"").decode(errors="replace")
    if not isinstance(event, Submission) or event.prescription_code != code:
        return Entry(UNREADABLE)
    if "\0" in event.event_id + event.submitter.facility_id:
        return Entry(UNREADABLE)
    return Entry(READABLE, event.event_id)
