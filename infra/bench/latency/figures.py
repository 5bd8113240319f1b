"""What the calls of a step come to. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from infra.bench.latency.calls import LATE, SHED, UNANSWERED, VERDICTS, Call

WITHIN_S, HELD = 1.0, 0.99
"""A rate is held when so many of its calls have their verdict within so many seconds."""

ENOUGH = {50.0: 20, 99.0: 100, 99.9: 1_000}
"""Percentile -> the least number of calls of which it says anything."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One step: calls by what became of them, and how long verdicts took in milliseconds (None:
    too few calls to tell). `in_time` is the share of all calls with a verdict within a second;
    `lag_p99_ms` is how late the generators themselves were, which counts as waiting too."""

    calls: int
    verdicts: int
    late: int
    shed: int
    unanswered: int
    others: int
    in_time: float
    p50_ms: float | None
    p99_ms: float | None
    p999_ms: float | None
    most_ms: float | None
    lag_p99_ms: float | None
    shed_saying_when: int

    @property
    def is_held(self) -> bool:
        return self.in_time >= HELD

    @property
    def shed_share(self) -> float:
        return self.shed / self.calls if self.calls else 0.0


def figures(calls: Sequence[Call]) -> Figures:
    """The figures of a step."""
    waited = sorted(call.seconds for call in calls if call.status in VERDICTS)
    lags = sorted(call.sent - call.due for call in calls)
    shed = [call for call in calls if call.status in SHED]
    late = sum(call.status == LATE for call in calls)
    unanswered = sum(call.status == UNANSWERED for call in calls)
    return Figures(
        calls=len(calls),
        verdicts=len(waited),
        late=late,
        shed=len(shed),
        unanswered=unanswered,
        others=len(calls) - len(waited) - late - len(shed) - unanswered,
        in_time=sum(map(is_in_time, calls)) / len(calls) if calls else 0.0,
        p50_ms=percentile_ms(waited, 50),
        p99_ms=percentile_ms(waited, 99),
        p999_ms=percentile_ms(waited, 99.9),
        most_ms=round(waited[-1] * 1000, 2) if waited else None,
        lag_p99_ms=percentile_ms(lags, 99),
        shed_saying_when=sum(call.says_when for call in shed),
    )


def is_in_time(call: Call) -> bool:
    """Whether it has its verdict soon enough for somebody who waits."""
    return call.status in VERDICTS and call.seconds <= WITHIN_S


def percentile_ms(ordered: Sequence[float], percent: float) -> float | None:
    """Nearest rank, in milliseconds; None of too few to tell."""
    if len(ordered) < ENOUGH[percent]:
        return None
    rank = math.ceil(len(ordered) * percent / 100)
    return round(ordered[rank - 1] * 1000, 2)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that were due in one second, by what became of them; `most_ms` is the longest that
    one of them waited, for whatever answer."""

    second: int
    calls: int
    in_time: int
    shed: int
    most_ms: float


def windows(calls: Sequence[Call]) -> list[Window]:
    """Second by second, seconds without calls left out."""
    by_second: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        by_second[int(call.due)].append(call)
    return [
        Window(
            second=second,
            calls=len(due),
            in_time=sum(map(is_in_time, due)),
            shed=sum(call.status in SHED for call in due),
            most_ms=round(max(call.seconds for call in due) * 1000, 1),
        )
        for second, due in sorted(by_second.items())
    ]


def recovered_after(calls: Sequence[Call], relieved_at: float, until: float) -> float | None:
    """Seconds from when the load went until calls that come are all answered in time again.

    `until` is the end of the schedule; None when calls were still not answered in time in the last
    tenth of the time watched: it may not have recovered.
    """
    after = [call for call in calls if call.due >= relieved_at]
    bad = [call.due for call in after if not is_in_time(call)]
    if not after or (bad and max(bad) > until - (until - relieved_at) / 10):
        return None
    return max(bad) - relieved_at if bad else 0.0


def next_rate(held: float, not_held: float) -> float:
    """Between a rate that is held and one that is not, in two significant digits."""
    between = math.sqrt(held * not_held)
    digits = 1 - math.floor(math.log10(between))
    return round(between, digits)
