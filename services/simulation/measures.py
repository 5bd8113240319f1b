"""What is counted and measured while the country lives: exact, every latency is kept."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from services.simulation.acts import Answer

TOLD_MAX = 20
"""So many wrong verdicts are told in full; all are counted."""


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of ascending values: the least one that `percent` of all do not
    exceed; 0 when there are none."""
    if not ordered:
        return 0.0
    return ordered[max(ceil(percent / 100 * len(ordered)), 1) - 1]


@dataclass
class Measures:
    """`latencies_ms` ascend: from the moment a record was due until its verdict was there.

    `verdicts` counts by kind of act and verdict, `refusals` and `findings` by code.
    """

    latencies_ms: list[float] = field(default_factory=list)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    stories: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    wrong_verdicts: int = 0
    unanswered: int = 0

    @property
    def records(self) -> int:
        """How many records were judged."""
        return len(self.latencies_ms)

    def took(self, answer: Answer, latency_ms: float) -> None:
        """One act was answered, or was not."""
        if answer.status == 0:
            self.unanswered += 1
            return
        insort(self.latencies_ms, latency_ms)
        self.verdicts[type(answer.act).__name__, answer.verdict or f"HTTP {answer.status}"] += 1
        if answer.verdict == "refused":
            self.refusals[answer.result] += 1
        if answer.verdict == "recorded":
            self.findings.update(set(answer.reasons))

    def went_wrong(self, texts: Sequence[str]) -> None:
        """So many answers were not the expected ones."""
        self.wrong_verdicts += len(texts)
        self.wrong.extend(texts[: TOLD_MAX - len(self.wrong)])

    def by_verdict(self) -> Counter[str]:
        """How many of each verdict, whatever the act."""
        counts: Counter[str] = Counter()
        for (_, verdict), count in self.verdicts.items():
            counts[verdict] += count
        return counts

    def latency_ms(self, percent: float) -> float:
        """The exact percentile of all latencies so far."""
        return percentile(self.latencies_ms, percent)
