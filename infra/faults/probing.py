"""Is the network answering again? Asked from the moment of a fault on, until it does.

A probe repeats one request, with one key, until it has a verdict. Reservations are probed on one
prescription in each partition of the log: each worker answers for its own partitions only.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from infra.faults.history import clock
from infra.faults.traffic.clients import Clients
from infra.faults.traffic.errands import Errand, errand, look_up
from infra.faults.traffic.population import Plain, Population
from infra.faults.traffic.stock import Builder
from services.kernel.folding.mechanism import partition_of
from services.simulation.acts import Cancel, Claim, Issue, Reserve
from services.topology import LOG

Question = Literal["reserve", "cancel", "claim", "issue", "look-up", "sign-in"]
"""What is asked: a verdict of each partition, one through each writer, a look-up, a look-up for
which a new token is needed."""

PERSON = "probe"
GIVE_UP_S = 90.0


@dataclass(frozen=True)
class Answered:
    """Seconds until the last question was answered; None when nothing was asked, or when some
    were not answered: then which, and what came back instead."""

    seconds: float | None
    unanswered: list[str] = field(default_factory=list)


@dataclass
class Probes:
    """The prescriptions that are asked about, one per partition, and how to ask."""

    clients: Clients
    population: Population
    rng: random.Random
    _by_partition: dict[int, Plain] = field(default_factory=dict)

    async def prepare(self, builder: Builder) -> None:
        """Put the prescriptions of the probes on the log."""
        while len(self._by_partition) < LOG.partitions:
            one = self.population.plain(self.rng)
            self._by_partition.setdefault(partition_of(one.code, LOG.partitions), one)
        await builder.issue(self.population, list(self._by_partition.values()))

    async def ask(
        self, questions: Iterable[Question], door: str = "", waited_s: float = 0.0
    ) -> Answered:
        """Ask all at once, until every question is answered or patience has ended.

        `door` is the URL of the one process to ask, when it matters which; `waited_s` is added.
        """
        began = clock() - waited_s
        errands = [one for question in questions for one in self._errands(question)]
        heard: list[Counter[str]] = [Counter() for _ in errands]
        calls = await asyncio.gather(
            *(
                self.clients.run(one, GIVE_UP_S, door=door, is_hasty=True, heard=counted)
                for one, counted in zip(errands, heard, strict=True)
            )
        )
        if not calls:
            return Answered(None)
        silent = [
            f"{one.asked.operation} in partition {partition_of(one.asked.code, LOG.partitions)}: "
            + ", ".join(f"{count} x {what}" for what, count in counted.most_common())
            for one, call, counted in zip(errands, calls, heard, strict=True)
            if call is None or not call.is_answered
        ]
        return Answered(None if silent else clock() - began, silent)

    def _errands(self, question: Question) -> list[Errand]:
        key = uuid.UUID(int=self.rng.getrandbits(128)).hex
        every = list(self._by_partition.values())
        one = self.rng.choice(every)
        pharmacy = self.population.pharmacies[0]
        match question:
            case "reserve":
                return [
                    errand(Reserve(by=pharmacy, code=plain.code, key=key), PERSON)
                    for plain in every
                ]
            case "cancel":
                never = self.population.plain(self.rng)  # nobody will issue it
                return [errand(Cancel(by=never.clinic, code=never.code, key=key), PERSON)]
            case "claim":
                claim = Claim(
                    by=pharmacy,
                    code=one.code,
                    claim_id=f"YC-{key[:12]}",
                    payer=self.population.payers[0],
                    quantities={1: one.lines[0].quantity},
                    key=key,
                )
                return [errand(claim, PERSON)]
            case "issue":
                plain = self.population.plain(self.rng)
                draft = self.population.draft(plain)
                return [errand(Issue(by=plain.clinic, draft=draft, key=key), PERSON)]
            case "look-up" | "sign-in":
                asked = look_up(one.code, self.population.regulator)
                if question == "sign-in":
                    self.clients.tokens.forget(asked.client_id)
                return [asked]
