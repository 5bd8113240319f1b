"""The same log folded into a registry that is already large: what history costs.

It follows the registry: what that one left is copied until there are as many prescriptions as asked
for. Then the log is folded from offset 0, into tables and indexes of that size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import asyncpg

from infra.bench import multiplied
from infra.bench.contestants.workers import REGISTRY
from infra.bench.measured import Round
from infra.bench.stage import Stage

GROWN = "registry-of-"
"""What the names of these contestants begin with."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A registry of about so many prescriptions."""

    prescriptions: int

    @property
    def name(self) -> str:
        return f"{GROWN}{self.prescriptions}"

    @property
    def title(self) -> str:
        return f"registry of {self.prescriptions:,} prescriptions"

    def run(self, stage: Stage, number: int) -> Round:
        worker = replace(REGISTRY, name=self.name, title=self.title, prepare=self._prepare)
        return worker.run(stage, number)

    async def _prepare(self, _stage: Stage, owner: asyncpg.Connection) -> None:
        await multiplied.grow(owner, self.prescriptions)


def sizes(most: int) -> list[Grown]:
    """From a hundred thousand by tens to so many prescriptions."""
    found = []
    size = 100_000
    while size <= most:
        found.append(Grown(size))
        size *= 10
    return found
