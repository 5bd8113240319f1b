"""How many new cases a day people are asked to look at. Pure.

More than people can look at with care is looked at without. The heaviest come first; the others
wait, are counted, can be asked for, and move up as others are taken or they grow heavier.
"""

from __future__ import annotations

from dataclasses import dataclass

NEW_CASES_A_DAY = 50


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Of the day: `taken` new cases were decided on already, `waiting` are there."""

    a_day: int
    taken: int
    waiting: int

    @property
    def shown(self) -> int:
        """How many of those waiting are shown."""
        return min(self.waiting, max(0, self.a_day - self.taken))

    @property
    def left_out(self) -> int:
        """How many wait for another day."""
        return self.waiting - self.shown
