"""Linearizability of a history, by porcupine (github.com/anishathalye/porcupine, MIT)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Verdict:
    """What the checker found. `was_run` False: there is no Go here, and `reason` says so; such a
    verdict is no approval. `picture` is an HTML drawing of the history when it is not."""

    was_run: bool
    holds: bool | None
    reason: str
    operations: int = 0
    prescriptions: int = 0
    broken: tuple[str, ...] = ()
    picture: Path | None = None


def linearizable(history_file: Path) -> Verdict:
    """Whether every prescription of a history behaved as one thing at one place in time."""
    raise NotImplementedError
