"""Faults of connections: between the rooms and Kafka, Postgres, each other and their callers."""

from __future__ import annotations

import os
import random

from infra.faults.kinds.fault import Fault
from infra.faults.probing import Question
from infra.faults.proxy import How
from infra.faults.stage import COUNTERS, WORKERS, Stage

LINKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "workers > Kafka": ("kafka", WORKERS),
    "one worker > Kafka": ("kafka", WORKERS[:1]),
    "pharmacies' room > Kafka": ("kafka", COUNTERS),
    "clinics' room > Kafka": ("kafka", ("prescribing",)),
    "payers' room > Kafka": ("kafka", ("claims",)),
    "surveillance > Kafka": ("kafka", ("surveillance-worker",)),
    "oversight > Kafka": ("kafka", ("oversight-worker", "oversight-dead-letters")),
    "everybody > Kafka": ("kafka", ()),
    "workers > Postgres": ("postgres", WORKERS),
    "one worker > Postgres": ("postgres", WORKERS[1:]),
    "look-ups > Postgres": ("postgres", ("registry-api",)),
    "identity > Postgres": ("postgres", ("identity",)),
    "surveillance > Postgres": ("postgres", ("surveillance-worker",)),
    "everybody > Postgres": ("postgres", ()),
    "callers > pharmacies' room": (COUNTERS[0], ()),
    "callers > clinics' room": ("prescribing", ()),
    "clinics' room > identity": ("identity", ()),
    "everybody > issuer": ("issuer", ()),
    "everybody > look-ups": ("registry-api", ()),
}
"""What is hit -> the server behind the proxy, and whose connections (all when empty)."""

ASKED: dict[str, tuple[Question, ...]] = {
    "clinics' room > Kafka": ("cancel",),
    "payers' room > Kafka": ("claim",),
    "surveillance > Kafka": (),
    "oversight > Kafka": (),
    "surveillance > Postgres": (),
    "look-ups > Postgres": ("look-up",),
    "identity > Postgres": ("issue",),
    "everybody > Postgres": ("reserve", "issue", "look-up"),
    "callers > clinics' room": ("cancel",),
    "clinics' room > identity": ("issue",),
    "everybody > issuer": ("sign-in",),
    "everybody > look-ups": ("look-up",),
}


class _Trouble(Fault):
    family = "connections"
    hows: tuple[How, ...] = ()

    def __init__(self, target: str, rng: random.Random, stage: Stage) -> None:
        super().__init__(target, rng, stage)
        self.server, self.names = LINKS[target]
        self.how = rng.choice(self.hows)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return tuple(LINKS)

    def amount(self) -> float:
        """Seconds or bytes per second, where the trouble has a measure."""
        return 0.0

    async def inject(self) -> None:
        clients = await self.stage.pids_of(self.names) if self.names else None
        spare = [] if self.names or self.server not in ("kafka", "postgres") else [os.getpid()]
        links, amount = self.stage.links, self.amount()
        met = await links.trouble(self.server, self.how, amount, clients=clients, spare=spare)
        self.detail = f"{self.how}{f' {amount:g}' if amount else ''}, {met} connections"

    async def heal(self) -> None:
        await self.stage.links.calm(self.server)

    @classmethod
    def uses(cls, target: str) -> set[str]:
        server, names = LINKS[target]
        return {server, *names}

    def questions(self) -> tuple[Question, ...]:
        return ASKED.get(self.target, ("reserve",))

    def door(self) -> str:
        return self.stage.network.urls[COUNTERS[0]] if self.server == COUNTERS[0] else ""


class Cut(_Trouble):
    name = "cut"
    proves = "a connection that is reset in mid-request leaves one record or none"
    hows = ("reset",)


class Refused(_Trouble):
    name = "refused"
    proves = "a server that cannot be reached means 503 or 202, never a guess"
    hows = ("refuse",)
    hold_s = (0.5, 3.0)


class Slow(_Trouble):
    name = "slow"
    proves = "late answers are late (202), not wrong"
    hows = ("latency",)
    hold_s = (1.0, 3.0)

    def amount(self) -> float:
        return self.rng.choice((0.02, 0.05, 0.1, 0.3))


class Narrow(_Trouble):
    name = "narrow"
    proves = "a line that carries little delays verdicts and changes none"
    hows = ("bandwidth",)
    hold_s = (1.0, 3.0)

    def amount(self) -> float:
        return self.rng.choice((10_000.0, 50_000.0, 200_000.0))


class Held(_Trouble):
    """A partition that heals: bytes wait, both ways or one, and arrive late."""

    name = "held"
    proves = "requests and acknowledgements that arrive late, one way or both, decide nothing twice"
    hows = ("stall", "stall-up", "stall-down")
    hold_s = (0.5, 4.0)


class Lost(_Trouble):
    """A partition that does not heal: bytes vanish one way, then the connection is reset."""

    name = "lost"
    proves = "an append whose acknowledgement vanished is found again by its key"
    hows = ("drop-up", "drop-down")
    hold_s = (0.5, 4.0)


class HalfOpen(_Trouble):
    """The connections there are die without a word; only new ones work."""

    name = "half-open"
    proves = "who waits for an answer that never comes gives up in time and connects anew"
    hows = ("silence",)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (
            "one worker > Kafka",
            "pharmacies' room > Kafka",
            "one worker > Postgres",
            "look-ups > Postgres",
            "identity > Postgres",
            "clinics' room > identity",
            "callers > pharmacies' room",
        )
