"""How a start reports what it does: one step at a time, with its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Step:
    """`what` begins or is done; `seconds` is its duration when done, `detail` what came of it."""

    what: str
    state: Literal["begins", "done"]
    seconds: float = 0.0
    detail: str = ""


Progress = Callable[[Step], None]
"""May be called from several threads."""


def silent(_step: Step) -> None:
    """Reports nothing."""


@contextmanager
def step(progress: Progress, what: str, detail: str = "") -> Iterator[None]:
    """Report one step around its work; a step that fails is never reported as done."""
    begun = time.monotonic()
    progress(Step(what, "begins"))
    yield
    progress(Step(what, "done", time.monotonic() - begun, detail))
