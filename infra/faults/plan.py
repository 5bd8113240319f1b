"""Which fault comes when: seeded decks of cards, dealt into bouts. Pure.

The same seed and kinds give the same faults in the same order, whatever happens to the run, so a
run can be repeated, and one that was interrupted goes on where it was.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.faults.kinds import KINDS, WEIGHTS, Fault
from infra.faults.kinds.disks import DiskFull
from infra.faults.kinds.processes import Zombie
from infra.faults.kinds.servers import BrokerKill, BrokerRestart
from infra.faults.kinds.workers import WorkerAdded, WorkerRemoved

BESIDE = {0: 0.3, 1: 0.35, 2: 0.35}
"""Share of bouts in which so many other faults strike beside the first one."""

SLOW = {
    kind.name for kind in (Zombie, BrokerKill, BrokerRestart, WorkerAdded, WorkerRemoved, DiskFull)
}
BESIDE_SLOW = 3
"""What these faults do takes long to be over; so many other faults strike meanwhile."""

AFTER_S = 2.5
"""Faults of one bout begin within so many seconds (beside a zombie: while it is frozen)."""


@dataclass(frozen=True)
class Card:
    """One fault to come. `number` counts from 1; `after_s` from the beginning of its bout."""

    number: int
    kind: str
    target: str
    hold_s: float
    after_s: float
    seed: str


@dataclass(frozen=True)
class Bout:
    """Faults that overlap; their effects are checked together."""

    number: int
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Plan:
    """All faults of a campaign. `kinds` None: every kind in its proportion; `once`: one card of
    each kind per deck."""

    seed: int
    kinds: tuple[str, ...] | None = None
    once: bool = False

    def weights(self) -> dict[str, int]:
        """Cards of each kind in one deck."""
        chosen = self.kinds if self.kinds is not None else tuple(KINDS)
        return {name: 1 if self.once else WEIGHTS[KINDS[name]] for name in chosen}

    def bouts(self) -> Iterator[Bout]:
        """The bouts in their order, without end."""
        cards = self._cards()
        waiting: list[Card] = []
        for number in itertools.count(1):
            rng = random.Random(f"{self.seed}/bout/{number}")
            while len(waiting) < 2 * BESIDE_SLOW:
                waiting.append(next(cards))
            first = waiting.pop(0)
            [wanted] = rng.choices(list(BESIDE), list(BESIDE.values()))
            if first.kind in SLOW:
                wanted = BESIDE_SLOW
            yield Bout(number, _joined(rng, first, waiting, wanted))

    def _cards(self) -> Iterator[Card]:
        """Deck after deck; the targets of a kind take turns over all decks."""
        weights = self.weights()
        number = 0
        for deck in itertools.count():
            rng = random.Random(f"{self.seed}/deck/{deck}")
            names = [name for name, weight in weights.items() for _ in range(weight)]
            rng.shuffle(names)
            drawn: dict[str, int] = dict.fromkeys(weights, 0)
            for name in names:
                number += 1
                turn = deck * weights[name] + drawn[name]
                drawn[name] += 1
                kind = KINDS[name]
                yield Card(
                    number=number,
                    kind=name,
                    target=self._target(kind, turn),
                    hold_s=round(rng.uniform(*kind.hold_s), 2),
                    after_s=0.0,
                    seed=f"{self.seed}/card/{number}",
                )

    def _target(self, kind: type[Fault], turn: int) -> str:
        every = sorted(kind.targets())
        round_, place = divmod(turn, len(every))
        random.Random(f"{self.seed}/{kind.name}/{round_}").shuffle(every)
        return every[place]


def _joined(rng: random.Random, first: Card, waiting: list[Card], wanted: int) -> tuple[Card, ...]:
    """The first card and up to `wanted` of those waiting that do not get in each other's way."""
    joined = [first]
    taken = KINDS[first.kind].uses(first.target)
    window = first.hold_s if first.kind == Zombie.name else AFTER_S
    for card in list(waiting):
        if len(joined) > wanted:
            break
        uses = KINDS[card.kind].uses(card.target)
        if card.kind != Zombie.name and taken.isdisjoint(uses):
            waiting.remove(card)
            taken = taken | uses
            joined.append(_later(card, round(rng.uniform(0, window), 2)))
    return tuple(joined)


def _later(card: Card, after_s: float) -> Card:
    return Card(card.number, card.kind, card.target, card.hold_s, after_s, card.seed)


def proportions(plan: Plan) -> Mapping[str, float]:
    """Share of each kind, for the report."""
    weights = plan.weights()
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}
