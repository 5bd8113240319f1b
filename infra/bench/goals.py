"""What the figures have to reach, beside what a run came to. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isinf
from typing import Literal

from infra.bench.contestants.grown import GROWN
from infra.bench.latency.ladder import Step
from infra.bench.report import Report

RECOVERED_S = 30
AT_RATE = 500
MEMORY_MIB = 300


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of a run (None: not measured), and the least or most that it may be; `endless` says
    in words that it is infinite."""

    what: str
    bound: Literal["least", "most"]
    value: float
    unit: str
    of: Callable[[Report], float | None]
    endless: str = ""

    def reached(self, report: Report) -> bool | None:
        """Whether a run reaches it; None when it was not measured."""
        found = self.of(report)
        if found is None:
            return None
        return found >= self.value if self.bound == "least" else found <= self.value

    def told(self, found: float) -> str:
        """A figure and its unit."""
        if isinf(found):
            return self.endless
        return f"{found:,.2f} {self.unit}" if found < 10 else f"{found:,.0f} {self.unit}"


def _rate(name: str) -> Callable[[Report], float | None]:
    def of(report: Report) -> float | None:
        line = report.line(name)
        return line.rate if line else None

    return of


def _times(name: str, other: str) -> Callable[[Report], float | None]:
    def of(report: Report) -> float | None:
        one, two = report.line(name), report.line(other)
        return one.rate / two.rate if one and two else None

    return of


def _grown(report: Report) -> float | None:
    """How much longer a record takes in the largest registry than in one that begins empty."""
    registry = report.line("registry")
    grown = [line for line in report.lines if line.name.startswith(GROWN)]
    if registry is None or not grown:
        return None
    return registry.rate / max(grown, key=lambda line: int(line.name.removeprefix(GROWN))).rate


def _at_rate(of: Callable[[Step], float | None]) -> Callable[[Report], float | None]:
    """A figure of the calls at `AT_RATE`: endless when fewer calls already were not held."""

    def found(report: Report) -> float | None:
        latency = report.latency
        if latency is None:
            return None
        step = next((step for step in latency.steps if step.rate == AT_RATE), None)
        if step is not None:
            return of(step)
        return inf if latency.not_held is not None and latency.not_held < AT_RATE else None

    return found


def _memory(report: Report) -> float | None:
    return max((line.memory_mib for line in report.lines if line.memory_mib), default=None)


def _recovered(report: Report) -> float | None:
    """Endless when it did not recover while it was watched."""
    overload = report.latency.overload if report.latency else None
    if overload is None:
        return None
    after = overload.recovered_after_s
    return inf if after is None else after


GOALS = (
    Goal("registry, full judge, into Postgres", "least", 30_000, "records/s", _rate("registry")),
    Goal(
        "the registry beside quixstreams", "least", 1.5, "times", _times("registry", "quixstreams")
    ),
    Goal(
        "the registry beside a Faust Table", "least", 8, "times", _times("registry", "faust-table")
    ),
    Goal(
        "the registry beside reading and decoding",
        "least",
        0.35,
        "times",
        _times("registry", "decode"),
    ),
    Goal("surveillance, all enabled rules", "least", 10_000, "facts/s", _rate("surveillance")),
    Goal(
        f"verdict at {AT_RATE} a second, p50",
        "most",
        15,
        "ms",
        _at_rate(lambda step: step.figures.p50_ms),
        "not held",
    ),
    Goal(
        f"verdict at {AT_RATE} a second, p99",
        "most",
        100,
        "ms",
        _at_rate(lambda step: step.figures.p99_ms),
        "not held",
    ),
    Goal("memory of a worker", "most", MEMORY_MIB, "MiB", _memory),
    Goal("a record in the largest registry", "most", 1.3, "times", _grown),
    Goal(
        "recovered after twice the knee",
        "most",
        RECOVERED_S,
        "s",
        _recovered,
        "not while it was watched",
    ),
)
