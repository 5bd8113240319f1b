"""A generator's work and what became of it: what goes from process to process."""

from __future__ import annotations

import msgspec

UNANSWERED = 0
VERDICTS = frozenset({201, 409})
"""It holds, or it is refused with the reason: either is a verdict."""

LATE = 202
SHED = frozenset({429, 503})

GIVES_UP_S = 10.0
"""Nobody stands at a counter for longer."""


class Visit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A reservation that is due `at` seconds after the beginning, by the caller of a token."""

    at: float
    code: str
    token: int


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One generator's share of a step; `run` makes the calls' keys different from all others'."""

    url: str
    tokens: list[str]
    visits: list[Visit]
    run: str


class Call(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of a visit. Seconds after the beginning: when it was due, sent, answered.

    `says_when` tells whether a refusal for want of room says when to come back (Retry-After).
    """

    due: float
    sent: float
    done: float
    status: int
    code: str
    says_when: bool = False

    @property
    def seconds(self) -> float:
        """How long the caller waited, from when it wanted to call."""
        return self.done - self.due


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator comes back with; `cpu_seconds` is its own processor time."""

    calls: list[Call]
    cpu_seconds: float
