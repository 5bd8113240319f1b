"""What a check says when a promise did not hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One broken promise. `check` names the check in words, `sentence` names prescription,
    places on the log and calls, so that a reader can go and look."""

    check: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.check}: {self.sentence}"
