"""given / when / then over the registry's fold: each submission is one record of the log.

    given(issued(), reserved()).when(reserved(OTHER_PHARMACY)).then("reserved-elsewhere")

A submission happens one minute of log time after the one before; `(minute, submission)` sets it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.contracts.facts import Fact
from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import Submission, TimeTicked
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Entry, Folded, fold
from services.registry.prescription import Prescription
from tests.builders import CODE, WHEN_SENT, at

Step = Submission | TimeTicked | tuple[float, Submission | TimeTicked]


def entries(steps: Iterable[Step]) -> list[Entry]:
    """The steps as records of one partition, in order."""
    found: list[Entry] = []
    minute = -1.0
    for offset, step in enumerate(steps):
        minute, submission = step if isinstance(step, tuple) else (minute + 1, step)
        milliseconds = round(at(minute).timestamp() * 1000)
        code = "" if isinstance(submission, TimeTicked) else submission.prescription_code
        if code and submission.occurred_at == WHEN_SENT:
            submission = msgspec.structs.replace(submission, occurred_at=at(minute))
        record = LogRecord("log", 0, offset, milliseconds, code.encode(), b"", ())
        found.append(Entry(record, code, submission))
    return found


class Story:
    """What a sequence of submissions came to."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self.folded: Folded = fold({}, {}, entries(steps))

    def when(self, *steps: Step) -> Story:
        return Story([*self._steps, *steps])

    @property
    def outcomes(self) -> list[SubmissionJudged]:
        return [outcome for _, outcome in self.folded.judged]

    @property
    def last(self) -> SubmissionJudged:
        return self.outcomes[-1]

    @property
    def facts(self) -> list[Fact]:
        return [fact for _, fact in self.folded.facts]

    def state(self, code: str = CODE) -> Prescription:
        return self.folded.states[code]

    def then(
        self,
        result: str,
        *,
        verdict: str | None = None,
        status: str | None = None,
        findings: tuple[str, ...] | None = None,
        remaining: tuple[float, ...] | None = None,
    ) -> Story:
        """The last submission ended so."""
        assert self.last.result == result, self.last
        if verdict is not None:
            assert self.last.verdict == verdict, self.last
        if status is not None:
            assert self.last.status == status, self.last
        if findings is not None:
            assert tuple(reason.code for reason in self.last.reasons) == findings, self.last
        if remaining is not None:
            assert tuple(float(r.quantity) for r in self.last.remaining) == remaining, self.last
        return self


def given(*steps: Step) -> Story:
    return Story(list(steps))
