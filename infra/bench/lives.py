"""What happens to prescriptions, and in which order it reaches the log. Pure: a seed gives it all.

The order is that of a busy country: thousands of prescriptions are under way at once, so the
records of one of them lie about `GAP` of the whole log apart, far more than one fetch.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

GAP = 0.05
"""Mean distance of two records of one prescription, as a share of the whole log."""

REPEATS, REPEAT_GAP = 0.01, 0.005
"""So many records come twice, byte for byte, and how far apart: a caller lost its answer."""

POISON = 0.0005
"""So many records nobody can read."""


class Act(Enum):
    """What a record of the log tells; PART and REST are a dispense in two."""

    ISSUE = auto()
    CANCEL = auto()
    RESERVE = auto()
    RELEASE = auto()
    DISPENSE = auto()
    PART = auto()
    REST = auto()
    REVERSE = auto()
    CLAIM = auto()
    WITHDRAW = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One act; `pharmacy` says which of the two pharmacies of this life it is."""

    act: Act
    pharmacy: int = 0


@dataclass(frozen=True, slots=True)
class Life:
    """One course of a prescription; `share` of all, in thousandths.

    It was written within `days_ago` (least, most) before its first record.
    """

    name: str
    share: int
    steps: tuple[Step, ...]
    days_ago: tuple[int, int] = (0, 0)

    @property
    def is_history(self) -> bool:
        """Long over; a pharmacy that was offline reports it only now."""
        return self.days_ago != (0, 0) and self.is_offline

    @property
    def is_offline(self) -> bool:
        """Handed over without asking first."""
        return all(step.act is not Act.RESERVE for step in self.steps)


def _life(name: str, share: int, *acts: Act | Step, days_ago: tuple[int, int] = (0, 0)) -> Life:
    steps = tuple(act if isinstance(act, Step) else Step(act) for act in acts)
    return Life(name, share, steps, days_ago)


_OTHER = 1
LIVES = (
    _life("collected", 330, Act.ISSUE, Act.RESERVE, Act.DISPENSE, Act.CLAIM),
    _life(
        "collected in two parts",
        190,
        *(Act.ISSUE, Act.RESERVE, Act.PART, Act.RESERVE, Act.REST, Act.CLAIM),
    ),
    _life("never collected", 130, Act.ISSUE),
    _life(
        "wanted by two",
        90,
        *(Act.ISSUE, Act.RESERVE, Step(Act.RESERVE, _OTHER), Act.DISPENSE, Act.CLAIM),
    ),
    _life("claimed twice", 40, Act.ISSUE, Act.RESERVE, Act.DISPENSE, Act.CLAIM, Act.CLAIM),
    _life("cancelled", 40, Act.ISSUE, Act.CANCEL, Act.RESERVE),
    _life(
        "given back",
        30,
        *(Act.ISSUE, Act.RESERVE, Act.RELEASE),
        *(Step(act, _OTHER) for act in (Act.RESERVE, Act.DISPENSE, Act.CLAIM)),
    ),
    _life(
        "reversed",
        15,
        *(Act.ISSUE, Act.RESERVE, Act.DISPENSE, Act.REVERSE, Act.DISPENSE, Act.CLAIM),
    ),
    _life(
        "claim withdrawn",
        10,
        *(Act.ISSUE, Act.RESERVE, Act.DISPENSE, Act.CLAIM, Act.WITHDRAW, Act.CLAIM),
    ),
    _life("reported late", 100, Act.ISSUE, Act.DISPENSE, Act.CLAIM, days_ago=(10, 700)),
    _life("reported before it arrived", 5, Act.DISPENSE, Act.ISSUE, Act.CLAIM),
    _life("too old", 10, Act.ISSUE, Act.RESERVE, days_ago=(60, 60)),
    _life("forged", 10, Act.RESERVE),
)

SHARES = sum(life.share for life in LIVES)


@dataclass(frozen=True, slots=True)
class Due:
    """One record to come: step `index` of the life of prescription `number`.

    `when` is its moment between the first (0) and the last record (1). A `repeat` is the same
    record once more, and `is_repeated` says that it will come; `poison` is a damaged one.
    """

    when: float
    number: int
    index: int
    life: Life
    is_repeated: bool = False
    kind: Literal["first", "repeat", "poison"] = "first"


def schedule(seed: int, records: int) -> list[Due]:
    """The records of a log in order, `records` of them."""
    rng = random.Random(f"rxlog bench/{seed}")
    shares = [life.share for life in LIVES]
    due: list[Due] = []
    number = 0
    while len(due) < records:
        [life] = rng.choices(LIVES, shares)
        due.extend(_lived(rng, number, life))
        number += 1
    due.sort(key=lambda one: (one.when, one.number, one.index, one.kind))
    del due[records:]
    return _spread(due)


def _lived(rng: random.Random, number: int, life: Life) -> Iterator[Due]:
    """One life, with what is sent twice and what gets damaged."""
    when = rng.random()
    for index in range(len(life.steps)):
        is_repeated = rng.random() < REPEATS
        yield Due(when, number, index, life, is_repeated)
        if is_repeated:
            again = when + rng.expovariate(1 / REPEAT_GAP)
            yield Due(again, number, index, life, kind="repeat")
        if rng.random() < POISON:
            yield Due(when + rng.expovariate(1 / GAP), number, index, life, kind="poison")
        when += rng.expovariate(1 / GAP)


def share_of_history() -> float:
    """Prescriptions that are history, of all."""
    return sum(life.share for life in LIVES if life.is_history) / SHARES


def _spread(due: list[Due]) -> list[Due]:
    """The same with `when` from 0 to 1: the last lives end after the last one began."""
    last = due[-1].when if due else 1.0
    return [
        Due(one.when / last, one.number, one.index, one.life, one.is_repeated, one.kind)
        for one in due
    ]
