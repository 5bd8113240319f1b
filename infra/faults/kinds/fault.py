"""What every kind of fault has: where it strikes, how it begins and ends, what it proves."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from typing import ClassVar

from infra.faults.probing import Question
from infra.faults.stage import COUNTERS, RUNNING_NOW, Stage

QUESTIONS: dict[str, tuple[Question, ...]] = {
    "prescribing": ("cancel", "issue"),
    "claims": ("claim",),
    "registry-api": ("look-up",),
    "identity": ("issue",),
    "issuer": ("sign-in",),
}
"""What to ask of the network when a process was hit; a verdict of each partition is the rule."""

DERIVED = ("surveillance-worker", "oversight-worker", "oversight-dead-letters", "oversight-api")
"""Who answers no question of ours: well again when ready and without lag."""


class Fault(ABC):
    """One fault. `inject` begins it, `heal` ends it `hold_s` later; both may be asked once.

    `name` is its kind, `family` groups kinds, `proves` says what a run without a violation shows,
    `hold_s` are the bounds of how long it lasts. `gone` are the ids of processes it ended.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    proves: ClassVar[str]
    hold_s: ClassVar[tuple[float, float]] = (0.0, 0.0)

    def __init__(self, target: str, rng: random.Random, stage: Stage) -> None:
        self.target = target
        self.rng = rng
        self.stage = stage
        self.gone: set[int] = set()
        self.detail = ""

    @classmethod
    @abstractmethod
    def targets(cls) -> tuple[str, ...]:
        """Where it can strike."""

    @abstractmethod
    async def inject(self) -> None:
        """Begin."""

    async def heal(self) -> None:  # noqa: B027 - a kill needs no healing
        """End it, as far as it does not end by itself."""

    @classmethod
    def uses(cls, target: str) -> set[str]:
        """What it needs for itself, so that two faults at once do not undo each other."""
        return {target}

    def questions(self) -> tuple[Question, ...]:
        """What must be answered again for the network to have recovered."""
        if self.target in DERIVED:
            return ()
        return QUESTIONS.get(self.target, ("reserve",))

    def door(self) -> str:
        """The one URL to ask at, when it matters which process answers."""
        return self.stage.network.urls[self.target] if self.target in COUNTERS else ""

    @property
    def poisons(self) -> int:
        """How many records it put on the log that nobody can read."""
        return 0


def processes() -> tuple[str, ...]:
    """Every process of ours that runs all the time."""
    return RUNNING_NOW
