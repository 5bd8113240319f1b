"""What a contestant is told and what it gives back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic, process_time

import msgspec

SAMPLES_MAX = 200
"""So many points of a curve are kept."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a contestant in a process of its own works on; `run` is different in every round.

    `postgres` is the URL of the database's owner and `schema` the tables to fill, for those who
    write into Postgres.
    """

    bootstrap: str
    topic: str
    records: int
    run: str
    postgres: str = ""
    schema: str = ""


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """What a fold came to, small enough to compare: every state counts, down to its bytes.

    `verdicts` counts what was decided, by its name; `states_digest` is the `digest` of all states.
    """

    verdicts: dict[str, int]
    states: int
    states_digest: str


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one contestant. `seconds` is from owning its partitions to the last record done,
    `began` its beginning on the monotonic clock.

    `cpu_seconds` is what its own processes used meanwhile, `server_cpu_seconds` what Kafka and
    Postgres did; `memory_bytes` is the most of its memory that was resident, 0 when nobody looked,
    and `memory` the same over time: (seconds, bytes). `disk_bytes` is what it left on disk, by what
    it is. `published` is how many results it sent; `folded` None: it folds nothing.
    """

    records: int
    seconds: float
    cpu_seconds: float
    memory_bytes: int = 0
    memory: list[tuple[float, int]] = []
    server_cpu_seconds: dict[str, float] = {}
    disk_bytes: dict[str, int] = {}
    published: int = 0
    began: float = 0
    folded: Folded | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A measurement and, in plain sentences, what is wrong with its result."""

    measured: Measured
    wrong: tuple[str, ...] = ()


class Stopwatch:
    """Wall and processor time of this process since it was made."""

    def __init__(self) -> None:
        self._began, self._cpu_began = monotonic(), process_time()

    def read(self) -> tuple[float, float]:
        """Seconds passed, and seconds of processor time used."""
        return monotonic() - self._began, process_time() - self._cpu_began


def thinned(
    samples: Sequence[tuple[float, int]], most: int = SAMPLES_MAX
) -> list[tuple[float, int]]:
    """At most so many samples, evenly taken, the last one among them."""
    step = -(-len(samples) // most) or 1
    return list(reversed(samples[::-1][::step]))


def digest(states: Iterable[tuple[str, bytes]]) -> tuple[int, str]:
    """Count and SHA-256 of (key, state as JSON) pairs, which come sorted by key."""
    count, found = 0, hashlib.sha256()
    for key, state in states:
        found.update(key.encode() + b"\0" + state + b"\n")
        count += 1
    return count, found.hexdigest()


def differences(right: Folded, found: Folded | None) -> tuple[str, ...]:
    """What a fold came to that it should not have, one sentence each."""
    if found is None:
        return ("it told no result",)
    wrong = [
        f"{name}: {found.verdicts.get(name, 0)} instead of {right.verdicts.get(name, 0)}"
        for name in sorted(right.verdicts | found.verdicts)
        if found.verdicts.get(name, 0) != right.verdicts.get(name, 0)
    ]
    if found.states != right.states:
        wrong.append(f"{found.states} states instead of {right.states}")
    elif found.states_digest != right.states_digest:
        wrong.append("the states differ in content")
    return tuple(wrong)
