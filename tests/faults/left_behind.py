"""What a run leaves behind, made without servers: the registry's fold over submissions in words.

left = after(issued(), reserved(), reserved(OTHER_PHARMACY))
left.outcomes[2] = changed(left.outcomes[2], result="granted")
assert "holds never overlap" in left.broken()
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from infra.faults.checks import Logged, Rows, Told, Violation, audit
from infra.faults.history import Call
from services.contracts.outcomes import SubmissionJudged
from services.registry.fold import Entry, Folded, fold
from tests.dsl import Step, entries


@dataclass
class Left:
    """Log, outcomes, rows and history of a run, to be tampered with."""

    log: list[Logged]
    outcomes: list[SubmissionJudged]
    rows: Rows
    history: list[Call] = field(default_factory=list)

    def violations(self) -> list[Violation]:
        told = [Told(outcome, offset) for offset, outcome in enumerate(self.outcomes)]
        return audit(self.history, self.log, told, self.rows, partitions=0)

    def says(self, check: str, *words: str) -> None:
        """Some sentence of the check has all the words, or the test fails."""
        sentences = [str(violation) for violation in self.violations()]
        assert any(
            sentence.startswith(check) and all(word in sentence for word in words)
            for sentence in sentences
        ), "\n".join(sentences) or "nothing was found"

    def broken(self) -> set[str]:
        """The checks that found something."""
        return {violation.check for violation in self.violations()}


def after(*steps: Step) -> Left:
    """What these submissions leave behind when everything is right."""
    return of_entries(entries(steps))


def of_entries(made: Iterable[Entry]) -> Left:
    """The same of records made elsewhere; they get dense offsets in each partition."""
    ends: Counter[int] = Counter()
    listed = []
    for entry in made:
        partition = entry.record.partition
        record = msgspec.structs.replace(entry.record, offset=ends[partition])
        listed.append(Entry(record, entry.code, entry.submission))
        ends[partition] += 1
    folded = fold({}, {}, listed)
    log = [Logged(e.record.partition, e.record.offset, e.at, e.code, e.submission) for e in listed]
    log.sort(key=lambda record: record.place)
    return Left(log, [outcome for _, outcome in folded.judged], rows_of(folded, ends))


def rows_of(folded: Folded, ends: Mapping[int, int]) -> Rows:
    """The registry's tables after a fold of a log that ends there."""
    return Rows(
        {
            code: msgspec.json.decode(msgspec.json.encode(state))
            for code, state in folded.states.items()
        },
        {_place(entry, outcome): outcome for entry, outcome in folded.judged},
        Counter((o.submission, o.verdict, o.result) for _, o in folded.judged),
        dict(ends),
    )


def _place(entry: Entry, outcome: SubmissionJudged) -> tuple[int, int, str]:
    return entry.record.partition, entry.record.offset, outcome.prescription_code


def changed(outcome: SubmissionJudged, **fields: Any) -> SubmissionJudged:
    """The outcome with some fields replaced."""
    return msgspec.structs.replace(outcome, **fields)
