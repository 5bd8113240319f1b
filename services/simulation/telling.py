"""How a story is told, whoever listens: a terminal, a plain log, a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Tone = Literal["good", "refused", "finding", "alert", "wrong"]


@dataclass(frozen=True)
class Line:
    """One thing that happened: what was done, what came of it, how long it took."""

    number: int
    what: str
    outcome: str
    tone: Tone
    milliseconds: float
    notes: tuple[str, ...] = ()
    """What the network said to it, in Vietnamese and English."""


class Teller(Protocol):
    """Where a story goes."""

    def heading(self, text: str) -> None:
        """What comes next."""

    def line(self, line: Line) -> None:
        """One line of it."""
